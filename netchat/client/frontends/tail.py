"""`netchat tail`: what was said in a room, and what is said from now on, for files and scripts.

Each line once and in order, over any cut; and only as fast as stdout takes it, so memory stays
small, however much there is.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IHalfCloseableProtocol
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure
from zope.interface import implementer

from netchat.client.conversation.interfaces import (
    ChatClient,
    DisplayLine,
    Frontend,
    MissingLines,
    Refusal,
    SaidLine,
    ServerProblem,
)

_LEAVE_TIMEOUT = 2.0


def to_text(line: SaidLine | MissingLines) -> bytes:
    """Return `heard` as a person reads it, with its date, and local time."""
    if isinstance(line, MissingLines):
        return line.text.encode(errors="replace")
    when = time.strftime("%Y-%m-%d %H:%M", time.localtime(line.seconds))
    return f"[{when}] {line.what}".encode(errors="replace")


def to_json(line: SaidLine | MissingLines) -> bytes:
    """Return `heard` as it came over the wire."""
    return line.raw


@implementer(IHalfCloseableProtocol)
class TailFrontend(Protocol):
    """A `Front` that prints what was said on stdout, as a protocol on StandardIO.

    `write` tells how; with `follow` it stays when all that was said before is told. `done` fires
    with the exit code, when stdout has taken everything.
    """

    transport: Any

    def __init__(
        self,
        connect: Callable[[Frontend], ChatClient],
        print_error: Callable[[str], None],
        *,
        write: Callable[[SaidLine | MissingLines], bytes] = to_text,
        follow: bool = False,
    ) -> None:
        self.done: Deferred[int] = Deferred()
        self._connect = connect
        self._print_error = print_error
        self._write = write
        self._follow = follow
        self._client: ChatClient | None = None
        self._caught_up = False
        self._stdout_closed = False
        self._failed = False

    def connectionMade(self) -> None:
        """Begin."""
        self._client = self._connect(self)
        # A stdout that is full lets the talk hear no more.
        self.transport.registerProducer(self._client, True)

    def readConnectionLost(self) -> None:
        """Go on: nothing is read."""

    def writeConnectionLost(self) -> None:
        """Leave: nobody reads what is told."""
        self._stdout_closed = self._caught_up = True
        if self._client is not None:
            self._client.resumeProducing()
            self._client.leave(_LEAVE_TIMEOUT)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Exit: stdout has taken everything."""
        if not self.done.called:
            self.done.callback(int(self._failed))

    def entered(self, *, again: bool) -> None:
        """Tell nobody: whatever was missed comes now."""

    def show(self, line: DisplayLine) -> None:
        """Print what was said, and tell what is wrong."""
        if isinstance(line, SaidLine | MissingLines):
            self._print(line)
        elif isinstance(line, Refusal | ServerProblem):
            self._failed = self._failed or isinstance(line, Refusal)
            self._print_error(f"netchat: {line.text.removeprefix('! ')}")

    def show_on_entry(self, line: DisplayLine) -> None:
        """Print what was said before."""
        self.show(line)

    def caught_up(self) -> None:
        """Leave, unless the rest is to be followed."""
        self._caught_up = True
        if self._client is not None and not self._follow:
            self._client.leave(_LEAVE_TIMEOUT)

    def unstored_changed(self, lines: int) -> None:
        """Say nothing, and so wait for nothing."""

    def name_refused(self, reason: str) -> None:
        """Give up: the name cannot be had."""
        self.closed(reason, 0)

    def password_required(self, reason: str, unstored: int) -> None:
        """Give up: there is nobody to ask for a password."""
        self.closed(reason, unstored)

    def reconnecting(self, reason: str) -> None:
        """Wait for the connection to come back; nothing is lost with it."""

    def closed(self, problem: str, unstored: int) -> None:
        """Exit."""
        if problem:
            self._print_error(f"netchat: {problem}")
        self._failed = self._failed or bool(problem) or not self._caught_up
        if self._client is not None:
            self._client = None
            self.transport.unregisterProducer()
        self.transport.loseConnection()
        if self._stdout_closed:
            self.connectionLost()

    def interrupt(self) -> None:
        """Leave politely: this is how following ends."""
        self._caught_up = self._caught_up or self._follow
        if self._client is not None:
            self._client.leave(_LEAVE_TIMEOUT)

    def _print(self, line: SaidLine | MissingLines) -> None:
        if not self._stdout_closed and (self._follow or not self._caught_up):
            self.transport.write(self._write(line) + b"\n")
