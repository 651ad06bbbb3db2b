"""The way to the server: one connection after the other, for one conversation.

Before we have been in once, whatever goes wrong ends it: the person is there, and can put it right.
From then on a lost connection is sought again, by itself, for as long as it takes.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import partial

from twisted.application.internet import ClientService
from twisted.internet.interfaces import IDelayedCall, IReactorTime, IStreamClientEndpoint
from twisted.internet.protocol import Factory
from twisted.python.failure import Failure

from netchat.client.address import Address
from netchat.client.conversation import Conversation
from netchat.client.heard import Front
from netchat.client.lines import EndlessLineError
from netchat.client.reasons import ComplaintError, explain
from netchat.client.wire import Line, Pressure

LONGEST_WAIT = 60.0
"""How many seconds at most go by before the next attempt to come back."""
_LOGIN_PATIENCE = 20.0
_QUIET = 2.0
"""How many seconds after a line the server is asked whether it has taken it."""


def back_off(failures: int, chance: float) -> float:
    """Return how many seconds to wait after so many `failures` in a row (1, 2, 3 ...).

    One second, doubling, at most a minute; `chance` (0 to 1) shortens it by up to a half, so that
    not everybody comes back to a restarted server at the same moment.
    """
    return min(2.0 ** min(failures - 1, 10), LONGEST_WAIT) * (1 - chance / 2)


@dataclass(frozen=True, slots=True)
class Server:
    """Where the server is, the way there, and why there is none if it fails."""

    address: Address
    endpoint: IStreamClientEndpoint
    explain: Callable[[BaseException, Address], str] = explain


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
        self._clock = clock
        self._random = random
        self._failures = 0
        self._finished = False
        self._line: Line | None = None
        self._deadline: IDelayedCall | None = None
        self._proof: IDelayedCall | None = None
        # No prepareConnection: a connection lost in it raises NoTransition in ClientService
        # (Twisted 26.10), so logging in is part of the talk, and the failures are counted here.
        self._service = ClientService(
            server.endpoint,
            Factory.forProtocol(partial(Line, self)),
            retryPolicy=self._wait,
            clock=clock,
        )

    def start(self) -> None:
        """Connect, and log in."""
        self._service.startService()
        self._service.whenConnected(failAfterFailures=1).addErrback(self._unreachable)

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
        """Whether the goodbye is said already."""
        return self._conversation.leaving

    def say(self, text: str) -> None:
        """Say `text`; while there is no connection, keep it until then."""
        self._conversation.say(text)
        self._plan_proof()

    def leave(self, patience: float | None) -> None:
        """Say goodbye; `over` follows, after `patience` seconds at the latest (None: no haste)."""
        if not self.leaving:
            self._conversation.say("/quit")
        if not self._conversation.online:
            self._finish()
        elif patience is not None:
            self._set_deadline(patience, self._finish)

    def pauseProducing(self) -> None:
        """Hear no more for now."""
        if self._line is not None:
            self._line.transport.pauseProducing()

    def resumeProducing(self) -> None:
        """Go on hearing."""
        if self._line is not None:
            self._line.transport.resumeProducing()

    def stopProducing(self) -> None:
        """Learn that nobody reads any more what is heard."""

    def made(self, line: Line) -> None:
        """Learn that there is a connection."""
        self._line = line
        line.transport.registerProducer(Pressure(self._front), True)
        self._conversation.connected(self)
        silent = ComplaintError(
            f"{self._server.address} does not answer as a netchat server does; "
            "check the port, and whether it wants --tls."
        )
        self._set_deadline(_LOGIN_PATIENCE, partial(self._give_up, silent))

    def heard(self, data: bytes) -> None:
        """Take what the server sent."""
        line = self._line
        if line is None:
            return
        try:
            for heard in line.inbox.feed(data):
                self._conversation.receive(heard)
                if line is not self._line:
                    return
            # What was kept has gone out if this let us in.
            self._plan_proof()
        except EndlessLineError:
            self._finish(
                f"{self._server.address} sent a line without an end; it is no netchat server."
            )

    def lost(self, line: Line, reason: Failure) -> None:
        """Learn that the connection is gone."""
        if line is not self._line:
            return
        self._line = None
        self._forget_calls()
        complaint = self._explain(line.complaint or reason.value)
        if self.leaving:
            self._finish()
        elif not self._conversation.has_been_in:
            self._finish(complaint)
        else:
            was_in, unproven = self._conversation.online, self._conversation.unproven
            self._conversation.lost()
            if was_in:
                self._front.cut(complaint.partition(";")[0], unproven)

    def send(self, line: str) -> None:
        """Send `line`, which has no line end."""
        if self._line is not None:
            self._line.transport.write(line.encode(errors="surrogateescape") + b"\n")

    def entered(self) -> None:
        """Learn that we are in."""
        self._failures = 0
        self._forget_calls()

    def refused(self, reason: str) -> None:
        """Learn that the server does not let us in."""
        complaint = ComplaintError(reason)
        if self._conversation.has_been_in:
            self._give_up(complaint)
        else:
            self._close()
            self._front.refused(reason)

    def ended(self) -> None:
        """Learn that the goodbye was heard."""
        self._finish()

    def _unreachable(self, failure: Failure) -> None:
        self._finish(self._explain(failure.value))

    def _explain(self, reason: BaseException | None) -> str:
        assert reason is not None, "a failure has a reason"
        return self._server.explain(reason, self._server.address)

    def _wait(self, _: int) -> float:
        self._failures += 1
        return back_off(self._failures, self._random())

    def _plan_proof(self) -> None:
        if self._proof is None and self._conversation.online and self._conversation.unproven:
            self._proof = self._clock.callLater(_QUIET, self._prove)

    def _prove(self) -> None:
        self._proof = None
        if self._conversation.online and self._conversation.unproven:
            self._conversation.prove()

    def _set_deadline(self, seconds: float, act: Callable[[], None]) -> None:
        _cancel(self._deadline)
        self._deadline = self._clock.callLater(seconds, act)

    def _give_up(self, complaint: ComplaintError) -> None:
        """Drop this connection; `lost` follows, and says why."""
        if self._line is not None:
            self._line.complaint = complaint
            self._line.transport.abortConnection()

    def _finish(self, complaint: str = "") -> None:
        if not self._finished:
            unproven = self._conversation.unproven
            self._close()
            self._front.over(complaint, unproven)

    def _close(self) -> None:
        self._finished = True
        self._forget_calls()
        line, self._line = self._line, None
        self._conversation.lost()
        if line is not None:
            # With a producer registered, a connection never closes.
            line.transport.unregisterProducer()
        # ClientService, which may be the one that called us, is not to be entered again.
        self._clock.callLater(0, self._service.stopService)

    def _forget_calls(self) -> None:
        _cancel(self._deadline)
        _cancel(self._proof)
        self._deadline = self._proof = None


def _cancel(call: IDelayedCall | None) -> None:
    if call is not None and call.active():
        call.cancel()
