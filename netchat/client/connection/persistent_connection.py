"""The way to the server: one connection after the other, for one conversation.

Before we have been in once, whatever goes wrong ends it: the person is there, and can put it right.
(Unless we are patient, as scripts are.) From then on a lost connection is sought again, by itself,
for as long as it takes.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial

import msgspec
from twisted.application.internet import ClientService
from twisted.internet import error
from twisted.internet.interfaces import IReactorTime
from twisted.internet.protocol import Factory
from twisted.python.failure import Failure

from netchat.client.connection.endpoint import Server, Way, back_off, wait_for
from netchat.client.connection.errors import ComplaintError, PassingError, locked_out, stranger
from netchat.client.connection.protocol import Line
from netchat.client.connection.timers import Plans
from netchat.client.conversation.conversation import Conversation
from netchat.client.conversation.decoder import Nonsense
from netchat.client.conversation.interfaces import Front
from netchat.client.conversation.outbox import WINDOW
from netchat.dialects.jsonl import events as wire
from netchat.model.requests import Request

_LOGIN_PATIENCE = 20.0
_PASSING = (PassingError, error.ConnectError, error.ConnectionClosed)


class Connection:
    """A `Talk`: the conversation, kept alive at `server`.

    `random` gives numbers from 0 to 1.
    """

    def __init__(
        self,
        conversation: Conversation,
        front: Front,
        server: Server,
        *,
        clock: IReactorTime,
        random: Callable[[], float],
    ) -> None:
        self._conversation = conversation
        self._front = front
        self._server = server
        self._plans = Plans(clock)
        self._random = random
        self._failures = 0
        self._retry = 0.0
        self._finished = False
        self._deaf = False
        self._line: Line | None = None
        # No prepareConnection: a connection lost in it raises NoTransition in ClientService
        # (Twisted 26.10), so logging in is part of the talk, and the failures are counted here.
        self._service = ClientService(
            Way(server.endpoint, self._unreachable),
            Factory.forProtocol(partial(Line, self)),
            retryPolicy=self._wait,
            clock=clock,
        )

    def start(self) -> None:
        """Connect, and log in."""
        self._service.startService()

    @property
    def name(self) -> str:
        """Our own name, after all renaming."""
        return self._conversation.company.name

    @property
    def people(self) -> Collection[str]:
        """The names in the room, as far as they are known."""
        return self._conversation.company.people

    @property
    def rooms(self) -> Collection[str]:
        """The rooms, as far as they are known."""
        return self._conversation.company.rooms

    @property
    def leaving(self) -> bool:
        """Whether we are on the way out."""
        return self._conversation.leaving

    @property
    def longest(self) -> int:
        """How many bytes of text the server takes in a line, 0 for any number."""
        return self._conversation.longest

    @property
    def room_left(self) -> bool:
        """Whether so few lines wait to be stored that another may be said."""
        return self._conversation.outbox.unstored < WINDOW

    def say(self, text: str) -> None:
        """Say `text`; while there is no connection, keep it until then."""
        self._conversation.say(text)

    def unlock(self, password: str) -> None:
        """Go on with another `password`, and with all that is not stored."""
        self._conversation.unlock(password)
        # Behind the stop, which may still be to come.
        self._plans.make("start", 0, self._service.startService)

    def leave(self, patience: float | None) -> None:
        """Say goodbye once everything is stored; `over` follows, after `patience` at the latest."""
        self._conversation.leave()
        if not self._conversation.online and not self._conversation.outbox.unstored:
            self._finish()
        elif patience is not None and not self._finished:
            self._plans.make("leave", patience, self._finish)

    def pauseProducing(self) -> None:
        """Hear no more for now."""
        self._deaf = True
        if self._line is not None:
            self._line.transport.pauseProducing()

    def resumeProducing(self) -> None:
        """Go on hearing."""
        self._deaf = False
        if self._line is not None:
            self._line.transport.resumeProducing()

    def stopProducing(self) -> None:
        """Learn that nobody reads any more what is heard."""

    def made(self, line: Line) -> None:
        """Learn that there is a connection."""
        self._line = line
        if self._deaf:
            line.transport.pauseProducing()
        self._plans.make("log in", _LOGIN_PATIENCE, self._be_tired)
        self._conversation.connected(self)

    def heard(self, data: bytes) -> None:
        """Take what the server sent."""
        line = self._line
        if line is None:
            return
        for received in line.inbox.feed(data):
            if isinstance(received, Nonsense):
                self._give_up(stranger(self._server.address))
            else:
                self._conversation.receive(received)
            if line is not self._line:
                return

    def lost(self, line: Line, reason: Failure) -> None:
        """Learn that the connection is gone."""
        if line is not self._line:
            return
        self._line = None
        self._plans.drop("log in", "wake")
        was_in = self._conversation.online
        self._conversation.lost()
        assert reason.value is not None, "a failure has a reason"
        why = self._server.why_lost(line, reason.value)
        if self.leaving and not self._conversation.outbox.unstored:
            self._finish()
        elif not self._comes_back(why):
            self._finish(self._server.tell(why))
        elif was_in or self._server.patient:
            self._front.cut(self._server.tell(why))

    def send(self, request: Request) -> None:
        """Send `request`."""
        if self._line is not None:
            self._line.transport.write(msgspec.json.encode(request) + b"\n")

    def entered(self) -> None:
        """Learn that we are in."""
        self._failures = 0
        self._plans.drop("log in")

    def refused(self, error: wire.Error) -> None:
        """Learn that the server does not let us in."""
        if error.code == "bad-password":
            self._be_locked_out()
            return
        taken = error.code == "name-taken"
        complaint = PassingError(error.message) if taken else ComplaintError(error.message)
        if self._comes_back(complaint):
            self._give_up(complaint)
        elif taken or error.code == "bad-name":
            self._close()
            self._front.refused(error.message)
        else:
            self._finish(error.message)

    def closing(self, closing: wire.Closing) -> None:
        """Learn that the server closes the connection."""
        address = self._server.address
        complaint = PassingError(closing.message or f"{address} closed ({closing.reason}).")
        if closing.reason == "bye":
            self._finish()
        elif closing.retry is None or not self._comes_back(complaint):
            self._finish(str(complaint))
        else:
            self._retry = closing.retry
            self._give_up(complaint)

    def wake_in(self, seconds: float) -> None:
        """Have the conversation try again after so many seconds."""
        self._plans.make("wake", seconds, self._conversation.wake)

    def _unreachable(self, why: BaseException) -> None:
        if self._finished:
            return
        if not self._comes_back(why):
            self._finish(self._server.tell(why))
        elif self._server.patient:
            self._front.cut(self._server.tell(why))

    def _be_locked_out(self) -> None:
        talk = self._conversation
        why = locked_out(given=talk.has_password, before=talk.accepted)
        if self.leaving:
            self._finish(why)
            return
        self._hang_up()
        self._front.locked(why, talk.outbox.unstored)

    def _comes_back(self, why: BaseException) -> bool:
        if self._server.distrusts(why):
            return False
        waits = self._server.patient and isinstance(why, _PASSING)
        return waits or self._conversation.has_been_in

    def _wait(self, _: int) -> float:
        self._failures += 1
        retry, self._retry = self._retry, 0.0
        chance = self._random()
        return wait_for(retry, chance) if retry > 0 else back_off(self._failures, chance)

    def _be_tired(self) -> None:
        # As long as we do not listen, silence is no sign.
        if self._deaf:
            self._plans.make("log in", _LOGIN_PATIENCE, self._be_tired)
        else:
            self._give_up(stranger(self._server.address))

    def _give_up(self, complaint: ComplaintError) -> None:
        """Drop this connection; `lost` follows, and says why."""
        if self._line is not None:
            self._line.complaint = complaint
            self._line.transport.abortConnection()

    def _finish(self, complaint: str = "") -> None:
        if not self._finished:
            unstored = self._conversation.outbox.unstored
            self._close()
            self._front.over(complaint, unstored)

    def _close(self) -> None:
        self._finished = True
        self._hang_up()

    def _hang_up(self) -> None:
        """Drop this connection, and seek no other."""
        self._plans.drop_all()
        line, self._line = self._line, None
        self._conversation.lost()
        if line is not None:
            line.transport.loseConnection()
        # ClientService, which may be the one that called us, is not to be entered again.
        self._plans.make("stop", 0, self._service.stopService)
