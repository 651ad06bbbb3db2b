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

from netchat.client.connection.endpoint import ReportingEndpoint, ServerEndpoint
from netchat.client.connection.errors import (
    TemporaryError,
    UserFacingError,
    not_netchat,
    password_problem,
)
from netchat.client.connection.protocol import ClientProtocol
from netchat.client.connection.retry import RetrySchedule
from netchat.client.connection.timers import Timers
from netchat.client.conversation.conversation import Conversation
from netchat.client.conversation.decoder import ProtocolViolation
from netchat.client.conversation.interfaces import Frontend
from netchat.client.conversation.outbox import WINDOW
from netchat.dialects.jsonl import events as wire
from netchat.model.requests import Request

_LOGIN_TIMEOUT = 20.0
_TEMPORARY = (TemporaryError, error.ConnectError, error.ConnectionClosed)


class PersistentConnection:
    """A `Talk`: the conversation, kept alive at `server`.

    `random` gives numbers from 0 to 1.
    """

    def __init__(
        self,
        conversation: Conversation,
        frontend: Frontend,
        endpoint: ServerEndpoint,
        *,
        clock: IReactorTime,
        random: Callable[[], float],
    ) -> None:
        self._conversation = conversation
        self._frontend = frontend
        self._endpoint = endpoint
        self._timers = Timers(clock)
        self._schedule = RetrySchedule(random)
        self._finished = False
        self._reading_paused = False
        self._protocol: ClientProtocol | None = None
        # No prepareConnection: a connection lost in it raises NoTransition in ClientService
        # (Twisted 26.10), so logging in is part of the talk, and the failures are counted here.
        self._service = ClientService(
            ReportingEndpoint(endpoint.endpoint, self._unreachable),
            Factory.forProtocol(partial(ClientProtocol, self)),
            retryPolicy=lambda _: self._schedule.next_delay(),
            clock=clock,
        )

    def start(self) -> None:
        """Connect, and log in."""
        self._service.startService()

    @property
    def name(self) -> str:
        """Our own name, after all renaming."""
        return self._conversation.roster.name

    @property
    def participants(self) -> Collection[str]:
        """The names in the room, as far as they are known."""
        return self._conversation.roster.participants

    @property
    def rooms(self) -> Collection[str]:
        """The rooms, as far as they are known."""
        return self._conversation.roster.rooms

    @property
    def leaving(self) -> bool:
        """Whether we are on the way out."""
        return self._conversation.leaving

    @property
    def line_limit(self) -> int:
        """How many bytes of text the server takes in a line, 0 for any number."""
        return self._conversation.line_limit

    @property
    def can_send(self) -> bool:
        """Whether so few lines wait to be stored that another may be said."""
        return self._conversation.outbox.unstored < WINDOW

    def say(self, text: str) -> None:
        """Say `text`; while there is no connection, keep it until then."""
        self._conversation.say(text)

    def retry_with_password(self, password: str) -> None:
        """Go on with another `password`, and with all that is not stored."""
        self._conversation.set_password(password)
        # Behind the stop, which may still be to come.
        self._timers.set("start", 0, self._service.startService)

    def leave(self, timeout: float | None) -> None:
        """Say goodbye once everything is stored; `over` follows, after `patience` at the latest."""
        self._conversation.leave()
        if not self._conversation.online and not self._conversation.outbox.unstored:
            self._finish()
        elif timeout is not None and not self._finished:
            self._timers.set("leave", timeout, self._finish)

    def pauseProducing(self) -> None:
        """Hear no more for now."""
        self._reading_paused = True
        if self._protocol is not None:
            self._protocol.transport.pauseProducing()

    def resumeProducing(self) -> None:
        """Go on hearing."""
        self._reading_paused = False
        if self._protocol is not None:
            self._protocol.transport.resumeProducing()

    def stopProducing(self) -> None:
        """Learn that nobody reads any more what is heard."""

    def connected(self, protocol: ClientProtocol) -> None:
        """Learn that there is a connection."""
        self._protocol = protocol
        if self._reading_paused:
            protocol.transport.pauseProducing()
        self._timers.set("log in", _LOGIN_TIMEOUT, self._login_timed_out)
        self._conversation.connected(self)

    def data_received(self, data: bytes) -> None:
        """Take what the server sent."""
        protocol = self._protocol
        if protocol is None:
            return
        for received in protocol.decoder.feed(data):
            if isinstance(received, ProtocolViolation):
                self._abort(not_netchat(self._endpoint.address))
            else:
                self._conversation.receive(received)
            if protocol is not self._protocol:
                return

    def disconnected(self, protocol: ClientProtocol, reason: Failure) -> None:
        """Learn that the connection is gone."""
        if protocol is not self._protocol:
            return
        self._protocol = None
        self._timers.cancel("log in", "wake")
        was_online = self._conversation.online
        self._conversation.disconnected()
        assert reason.value is not None, "a failure has a reason"
        why = self._endpoint.loss_reason(protocol, reason.value)
        if self.leaving and not self._conversation.outbox.unstored:
            self._finish()
        elif not self._will_retry(why):
            self._finish(self._endpoint.describe(why))
        elif was_online or self._endpoint.keep_trying:
            self._frontend.reconnecting(self._endpoint.describe(why))

    def send(self, request: Request) -> None:
        """Send `request`."""
        if self._protocol is not None:
            self._protocol.transport.write(msgspec.json.encode(request) + b"\n")

    def logged_in(self) -> None:
        """Learn that we are in."""
        self._schedule.reset()
        self._timers.cancel("log in")

    def login_refused(self, error: wire.Error) -> None:
        """Learn that the server does not let us in."""
        if error.code == "bad-password":
            self._handle_password_error()
            return
        taken = error.code == "name-taken"
        problem = TemporaryError(error.message) if taken else UserFacingError(error.message)
        if self._will_retry(problem):
            self._abort(problem)
        elif taken or error.code == "bad-name":
            self._close()
            self._frontend.name_refused(error.message)
        else:
            self._finish(error.message)

    def closing(self, closing: wire.Closing) -> None:
        """Learn that the server closes the connection."""
        address = self._endpoint.address
        problem = TemporaryError(closing.message or f"{address} closed ({closing.reason}).")
        if closing.reason == "bye":
            self._finish()
        elif closing.retry is None or not self._will_retry(problem):
            self._finish(str(problem))
        else:
            self._schedule.requested = closing.retry
            self._abort(problem)

    def retry_in(self, seconds: float) -> None:
        """Have the conversation try again after so many seconds."""
        self._timers.set("wake", seconds, self._conversation.retry)

    def _unreachable(self, why: BaseException) -> None:
        if self._finished:
            return
        if not self._will_retry(why):
            self._finish(self._endpoint.describe(why))
        elif self._endpoint.keep_trying:
            self._frontend.reconnecting(self._endpoint.describe(why))

    def _handle_password_error(self) -> None:
        conversation = self._conversation
        why = password_problem(
            given=conversation.has_password, before=conversation.password_accepted
        )
        if self.leaving:
            self._finish(why)
            return
        self._disconnect()
        self._frontend.password_required(why, conversation.outbox.unstored)

    def _will_retry(self, why: BaseException) -> bool:
        if self._endpoint.is_untrusted(why):
            return False
        waits = self._endpoint.keep_trying and isinstance(why, _TEMPORARY)
        return waits or self._conversation.has_entered

    def _login_timed_out(self) -> None:
        # As long as we do not listen, silence is no sign.
        if self._reading_paused:
            self._timers.set("log in", _LOGIN_TIMEOUT, self._login_timed_out)
        else:
            self._abort(not_netchat(self._endpoint.address))

    def _abort(self, problem: UserFacingError) -> None:
        """Drop this connection; `lost` follows, and says why."""
        if self._protocol is not None:
            self._protocol.problem = problem
            self._protocol.transport.abortConnection()

    def _finish(self, problem: str = "") -> None:
        if not self._finished:
            unstored = self._conversation.outbox.unstored
            self._close()
            self._frontend.closed(problem, unstored)

    def _close(self) -> None:
        self._finished = True
        self._disconnect()

    def _disconnect(self) -> None:
        """Drop this connection, and seek no other."""
        self._timers.cancel_all()
        protocol, self._protocol = self._protocol, None
        self._conversation.disconnected()
        if protocol is not None:
            protocol.transport.loseConnection()
        # ClientService, which may be the one that called us, is not to be entered again.
        self._timers.set("stop", 0, self._service.stopService)
