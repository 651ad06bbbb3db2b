"""`netchat say`: lines that a script has to say, said and stored, or a complaint."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall, IHalfCloseableProtocol, IReactorTime
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure
from zope.interface import implementer

from netchat.client.conversation.interfaces import Alarm, Front, Heard, Refusal, Talk
from netchat.client.frontends.input_buffer import LONGEST, Feed

_SILENT = "the server did not store it in time; try again later."


@implementer(IHalfCloseableProtocol)
class Saying(Protocol):
    """A `Front` that says lines, and hears nothing; as a protocol it reads them from an input.

    `connect` opens the talk. It gives up when nothing is stored for `timeout` seconds. `done` fires
    with "" once all is stored, or else with a sentence that says why it is not.
    """

    transport: Any = None

    def __init__(
        self, connect: Callable[[Front], Talk], clock: IReactorTime, timeout: float
    ) -> None:
        self.done: Deferred[str] = Deferred()
        self._connect = connect
        self._clock = clock
        self._timeout = timeout
        self._deadline: IDelayedCall | None = None
        self._talk: Talk | None = None
        self._feed = Feed(self._refuse_line)
        self._in = False
        self._was_in = False
        self._unstored = 0
        self._trouble = ""
        self._refusal = ""

    def start(self, text: str | None) -> None:
        """Say `text`, a line for a line of it; None for what is read as a protocol."""
        self._deadline = self._clock.callLater(self._timeout, self._give_up)
        if text is not None:
            self._feed.read(text.encode(errors="surrogateescape") + b"\n")
            self._feed.end()
        self._talk = self._connect(self)

    def connectionMade(self) -> None:
        """Read nothing before it can be said."""
        self._flow()

    def dataReceived(self, data: bytes) -> None:
        """Say what was read."""
        self._feed.read(data)
        self._flow()

    def readConnectionLost(self) -> None:
        """Leave when all is said."""
        if not self._feed.ended:
            self._feed.end()
            self._flow()

    def writeConnectionLost(self) -> None:
        """Go on: nothing is written."""

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Leave when all is said: the input is gone."""
        self.readConnectionLost()

    def entered(self, *, again: bool) -> None:
        """Say on."""
        self._in = self._was_in = True
        self._trouble = ""
        self._flow()

    def hear(self, heard: Heard) -> None:
        """Take note of what is wrong, and above all of the first line that is refused."""
        if isinstance(heard, Refusal):
            self._refusal = self._refusal or heard.text.removeprefix("! ")
        elif isinstance(heard, Alarm):
            self._trouble = heard.text.removeprefix("! ")

    def recall(self, heard: Heard) -> None:
        """Hear nothing."""

    def caught_up(self) -> None:
        """Hear nothing."""

    def unstored(self, lines: int) -> None:
        """Say on, if lines are stored."""
        if lines < self._unstored and self._deadline is not None and self._deadline.active():
            self._deadline.reset(self._timeout)
        self._unstored = lines
        self._flow()

    def refused(self, reason: str) -> None:
        """Give up: the name cannot be had."""
        self._end(reason)

    def locked(self, reason: str, unstored: int) -> None:
        """Give up: there is nobody to ask for a password."""
        self.over(reason, unstored)

    def cut(self, reason: str) -> None:
        """Wait for the connection to come back, or to come at all."""
        self._in = False
        self._trouble = reason
        self._flow()

    def over(self, complaint: str, unstored: int) -> None:
        """End."""
        if complaint or self._refusal:
            self._end(complaint or self._refusal)
        elif unstored or not (self._was_in and self._feed.spent):
            self._end(f"Not all is stored: {self._trouble or _SILENT}")
        else:
            self._end("")

    def interrupt(self) -> None:
        """Leave at once, with what is stored until now."""
        self._give_up("it was interrupted; try again.")

    def _give_up(self, trouble: str = "") -> None:
        self._trouble = trouble or self._trouble
        if self._talk is not None:
            self._talk.leave(0)

    def _flow(self) -> None:
        if self._talk is not None and self._in:
            self._feed.pour(self._talk)
        if self._talk is not None and self._was_in and self._feed.spent:
            self._talk.leave(None)
        if self.transport is not None:
            if self._in and self._feed.hungers and not self._feed.ended:
                self.transport.resumeProducing()
            else:
                self.transport.pauseProducing()

    def _refuse_line(self) -> None:
        longest = self._talk.longest if self._talk else 0
        told = f"A line of more than {longest or LONGEST} bytes was not sent; split it."
        self._refusal = self._refusal or told

    def _end(self, complaint: str) -> None:
        self._talk = None
        if self._deadline is not None and self._deadline.active():
            self._deadline.cancel()
        if not self.done.called:
            self.done.callback(complaint)
