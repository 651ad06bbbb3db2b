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

from netchat.client.conversation.interfaces import Alarm, Front, Heard, Missing, Refusal, Said, Talk

_PATIENCE = 2.0


def plain(heard: Said | Missing) -> bytes:
    """Return `heard` as a person reads it, with its date, and local time."""
    if isinstance(heard, Missing):
        return heard.text.encode(errors="replace")
    when = time.strftime("%Y-%m-%d %H:%M", time.localtime(heard.seconds))
    return f"[{when}] {heard.what}".encode(errors="replace")


def as_json(heard: Said | Missing) -> bytes:
    """Return `heard` as it came over the wire."""
    return heard.raw


@implementer(IHalfCloseableProtocol)
class Tail(Protocol):
    """A `Front` that prints what was said on stdout, as a protocol on StandardIO.

    `write` tells how; with `follow` it stays when all that was said before is told. `done` fires
    with the exit code, when stdout has taken everything.
    """

    transport: Any

    def __init__(
        self,
        connect: Callable[[Front], Talk],
        complain: Callable[[str], None],
        *,
        write: Callable[[Said | Missing], bytes] = plain,
        follow: bool = False,
    ) -> None:
        self.done: Deferred[int] = Deferred()
        self._connect = connect
        self._complain = complain
        self._write = write
        self._follow = follow
        self._talk: Talk | None = None
        self._caught_up = False
        self._deaf = False
        self._failed = False

    def connectionMade(self) -> None:
        """Begin."""
        self._talk = self._connect(self)
        # A stdout that is full lets the talk hear no more.
        self.transport.registerProducer(self._talk, True)

    def readConnectionLost(self) -> None:
        """Go on: nothing is read."""

    def writeConnectionLost(self) -> None:
        """Leave: nobody reads what is told."""
        self._deaf = self._caught_up = True
        if self._talk is not None:
            self._talk.resumeProducing()
            self._talk.leave(_PATIENCE)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Exit: stdout has taken everything."""
        if not self.done.called:
            self.done.callback(int(self._failed))

    def entered(self, *, again: bool) -> None:
        """Tell nobody: whatever was missed comes now."""

    def hear(self, heard: Heard) -> None:
        """Print what was said, and tell what is wrong."""
        if isinstance(heard, Said | Missing):
            self._print(heard)
        elif isinstance(heard, Refusal | Alarm):
            self._failed = self._failed or isinstance(heard, Refusal)
            self._complain(f"netchat: {heard.text.removeprefix('! ')}")

    def recall(self, heard: Heard) -> None:
        """Print what was said before."""
        self.hear(heard)

    def caught_up(self) -> None:
        """Leave, unless the rest is to be followed."""
        self._caught_up = True
        if self._talk is not None and not self._follow:
            self._talk.leave(_PATIENCE)

    def unstored(self, lines: int) -> None:
        """Say nothing, and so wait for nothing."""

    def refused(self, reason: str) -> None:
        """Give up: the name cannot be had."""
        self.over(reason, 0)

    def locked(self, reason: str, unstored: int) -> None:
        """Give up: there is nobody to ask for a password."""
        self.over(reason, unstored)

    def cut(self, reason: str) -> None:
        """Wait for the connection to come back; nothing is lost with it."""

    def over(self, complaint: str, unstored: int) -> None:
        """Exit."""
        if complaint:
            self._complain(f"netchat: {complaint}")
        self._failed = self._failed or bool(complaint) or not self._caught_up
        if self._talk is not None:
            self._talk = None
            self.transport.unregisterProducer()
        self.transport.loseConnection()
        if self._deaf:
            self.connectionLost()

    def interrupt(self) -> None:
        """Leave politely: this is how following ends."""
        self._caught_up = self._caught_up or self._follow
        if self._talk is not None:
            self._talk.leave(_PATIENCE)

    def _print(self, heard: Said | Missing) -> None:
        if not self._deaf and (self._follow or not self._caught_up):
            self.transport.write(self._write(heard) + b"\n")
