"""`netchat say`: lines that a script has to say, said and stored, or a complaint."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall, IHalfCloseableProtocol, IReactorTime
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure
from zope.interface import implementer

from netchat.client.conversation.interfaces import (
    ChatClient,
    DisplayLine,
    Frontend,
    Refusal,
    ServerProblem,
)
from netchat.client.frontends.input_buffer import MAX_LINE_BYTES, InputBuffer

_NOT_STORED = "the server did not store it in time; try again later."


@implementer(IHalfCloseableProtocol)
class SayFrontend(Protocol):
    """A `Front` that says lines, and hears nothing; as a protocol it reads them from an input.

    `connect` opens the talk. It gives up when nothing is stored for `timeout` seconds. `done` fires
    with "" once all is stored, or else with a sentence that says why it is not.
    """

    transport: Any = None

    def __init__(
        self, connect: Callable[[Frontend], ChatClient], clock: IReactorTime, timeout: float
    ) -> None:
        self.done: Deferred[str] = Deferred()
        self._connect = connect
        self._clock = clock
        self._timeout = timeout
        self._deadline: IDelayedCall | None = None
        self._client: ChatClient | None = None
        self._input = InputBuffer(self._refuse_line)
        self._online = False
        self._has_entered = False
        self._unstored = 0
        self._problem = ""
        self._refusal = ""

    def start(self, text: str | None) -> None:
        """Say `text`, a line for a line of it; None for what is read as a protocol."""
        self._deadline = self._clock.callLater(self._timeout, self._give_up)
        if text is not None:
            self._input.feed(text.encode(errors="surrogateescape") + b"\n")
            self._input.end()
        self._client = self._connect(self)

    def connectionMade(self) -> None:
        """Read nothing before it can be said."""
        self._pump()

    def dataReceived(self, data: bytes) -> None:
        """Say what was read."""
        self._input.feed(data)
        self._pump()

    def readConnectionLost(self) -> None:
        """Leave when all is said."""
        if not self._input.ended:
            self._input.end()
            self._pump()

    def writeConnectionLost(self) -> None:
        """Go on: nothing is written."""

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Leave when all is said: the input is gone."""
        self.readConnectionLost()

    def entered(self, *, again: bool) -> None:
        """Say on."""
        self._online = self._has_entered = True
        self._problem = ""
        self._pump()

    def show(self, line: DisplayLine) -> None:
        """Take note of what is wrong, and above all of the first line that is refused."""
        if isinstance(line, Refusal):
            self._refusal = self._refusal or line.text.removeprefix("! ")
        elif isinstance(line, ServerProblem):
            self._problem = line.text.removeprefix("! ")

    def show_on_entry(self, line: DisplayLine) -> None:
        """Hear nothing."""

    def caught_up(self) -> None:
        """Hear nothing."""

    def unstored_changed(self, lines: int) -> None:
        """Say on, if lines are stored."""
        if lines < self._unstored and self._deadline is not None and self._deadline.active():
            self._deadline.reset(self._timeout)
        self._unstored = lines
        self._pump()

    def name_refused(self, reason: str) -> None:
        """Give up: the name cannot be had."""
        self._end(reason)

    def password_required(self, reason: str, unstored: int) -> None:
        """Give up: there is nobody to ask for a password."""
        self.closed(reason, unstored)

    def reconnecting(self, reason: str) -> None:
        """Wait for the connection to come back, or to come at all."""
        self._online = False
        self._problem = reason
        self._pump()

    def closed(self, problem: str, unstored: int) -> None:
        """End."""
        if problem or self._refusal:
            self._end(problem or self._refusal)
        elif unstored or not (self._has_entered and self._input.exhausted):
            self._end(f"Not all is stored: {self._problem or _NOT_STORED}")
        else:
            self._end("")

    def interrupt(self) -> None:
        """Leave at once, with what is stored until now."""
        self._give_up("it was interrupted; try again.")

    def _give_up(self, trouble: str = "") -> None:
        self._problem = trouble or self._problem
        if self._client is not None:
            self._client.leave(0)

    def _pump(self) -> None:
        if self._client is not None and self._online:
            self._input.flush_to(self._client)
        if self._client is not None and self._has_entered and self._input.exhausted:
            self._client.leave(None)
        if self.transport is not None:
            if self._online and self._input.wants_input and not self._input.ended:
                self.transport.resumeProducing()
            else:
                self.transport.pauseProducing()

    def _refuse_line(self) -> None:
        longest = self._client.line_limit if self._client else 0
        problem = f"A line of more than {longest or MAX_LINE_BYTES} bytes was not sent; split it."
        self._refusal = self._refusal or problem

    def _end(self, problem: str) -> None:
        self._client = None
        if self._deadline is not None and self._deadline.active():
            self._deadline.cancel()
        if not self.done.called:
            self.done.callback(problem)
