"""`netchat say`: say lines for a script, and exit when they are stored, or with an error."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall, IHalfCloseableProtocol, IReactorTime
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure
from zope.interface import implementer

from netchat.client.conversation.display_lines import DisplayLine, Refusal, ServerProblem
from netchat.client.conversation.interfaces import ChatClient, Frontend, SecretKind
from netchat.client.frontends.input_buffer import MAX_LINE_BYTES, InputBuffer
from netchat.client.frontends.one_room import OneRoom

_NOT_STORED = "the server did not store it in time; try again later."


@implementer(IHalfCloseableProtocol)
class SayFrontend(OneRoom, Protocol):
    """A `Frontend` that says lines and shows none; as a protocol it reads them from an input.

    `connect` opens the client. It gives up when no line is stored for `timeout` seconds. `done`
    fires with "" once every line is stored, or else with a sentence that says why not.
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
        """Say each line of `text`; if it is None, say the lines read as a protocol."""
        self._deadline = self._clock.callLater(self._timeout, self._give_up)
        if text is not None:
            self._input.feed(text.encode(errors="surrogateescape") + b"\n")
            self._input.end()
        self._client = self._connect(self)

    def connectionMade(self) -> None:
        """Pause the input until lines can be said."""
        self._pump()

    def dataReceived(self, data: bytes) -> None:
        """Say the lines in `data`."""
        self._input.feed(data)
        self._pump()

    def readConnectionLost(self) -> None:
        """Leave when every line is said."""
        if not self._input.ended:
            self._input.end()
            self._pump()

    def writeConnectionLost(self) -> None:
        """Do nothing: nothing is written."""

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Leave when every line is said: the input has ended."""
        self.readConnectionLost()

    def entered(self, *, again: bool) -> None:
        """Say the lines."""
        self._online = self._has_entered = True
        self._problem = ""
        self._pump()

    def show(self, line: DisplayLine) -> None:
        """Record problems, and of the refusals the first."""
        if isinstance(line, Refusal):
            self._refusal = self._refusal or line.text.removeprefix("! ")
        elif isinstance(line, ServerProblem):
            self._problem = line.sentence or line.text.removeprefix("! ")

    def show_on_entry(self, line: DisplayLine) -> None:
        """Do nothing: `say` shows no lines."""

    def caught_up(self) -> None:
        """Do nothing: `say` shows no lines."""

    def unstored_changed(self, lines: int) -> None:
        """Restart the timeout if a line was stored, and say more lines."""
        if lines < self._unstored and self._deadline is not None and self._deadline.active():
            self._deadline.reset(self._timeout)
        self._unstored = lines
        self._pump()

    def removed(self, room: str) -> None:
        """End: nothing more can be said."""
        self._refusal = f"A moderator has removed you from {room}; ask one why."
        self._give_up()

    def name_refused(self, reason: str) -> None:
        """End: the name is refused."""
        self._end(reason)

    def secret_required(self, reason: str, unstored: int, kind: SecretKind) -> None:
        """End: `say` does not ask for it."""
        self.closed(reason, unstored)

    def new_password_required(self) -> None:
        """Do nothing: `say` executes no commands."""

    def reconnecting(self, reason: str) -> None:
        """Wait for the connection, until the timeout."""
        self._online = False
        self._problem = reason
        self._pump()

    def closed(self, problem: str, unstored: int) -> None:
        """End with the reason, if a line is refused or not stored."""
        if problem or self._refusal:
            self._end(problem or self._refusal)
        elif unstored or not (self._has_entered and self._input.exhausted):
            self._end(f"Not all is stored: {self._problem or _NOT_STORED}")
        else:
            self._end("")

    def interrupt(self) -> None:
        """Leave at once; only lines stored by now count."""
        self._give_up("it was interrupted; try again.")

    def _give_up(self, problem: str = "") -> None:
        self._problem = problem or self._problem
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
