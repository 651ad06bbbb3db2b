"""`netchat tail`: print the earlier and then the live lines of a room, for files and scripts.

Each line is printed once and in order, over any reconnect. The server is read only as fast as
stdout is, so memory is bounded.
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

from netchat.client.conversation.display_lines import (
    DisplayLine,
    MissingLines,
    Refusal,
    SaidLine,
    ServerProblem,
)
from netchat.client.conversation.interfaces import ChatClient, Frontend, SecretKind
from netchat.client.frontends.one_room import OneRoom
from netchat.commandline.output import lost_output

_LEAVE_TIMEOUT = 2.0


def to_text(line: SaidLine | MissingLines) -> bytes:
    """Return `line` as text for people, with its date and time in local time."""
    if isinstance(line, MissingLines):
        return line.text.encode(errors="replace")
    when = time.strftime("%Y-%m-%d %H:%M", time.localtime(line.seconds))
    return f"[{when}] {line.what}".encode(errors="replace")


def to_json(line: SaidLine | MissingLines) -> bytes:
    """Return `line` as the server sent it."""
    return line.raw


@implementer(IHalfCloseableProtocol)
class TailFrontend(OneRoom, Protocol):
    """A `Frontend` that prints the lines of a room on stdout, as a protocol on StandardIO.

    `write` encodes a line; with `follow`, it stays after the earlier lines. `done` fires with the
    exit code, when stdout has taken everything.
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
        """Connect to the server."""
        self._client = self._connect(self)
        # While stdout is full, the client does not read from the server.
        self.transport.registerProducer(self._client, True)

    def readConnectionLost(self) -> None:
        """Do nothing: no input is read."""

    def writeConnectionLost(self) -> None:
        """Leave: nobody reads the output."""
        self._stdout_closed = self._caught_up = True
        if self._client is not None:
            self._client.resumeProducing()
            self._client.leave(_LEAVE_TIMEOUT)

    def output_lost(self, error: OSError) -> None:
        """Report that stdout cannot be written; the transport closes next."""
        self._failed = True
        self._print_error(f"netchat: {lost_output(error)}")

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Exit: stdout has taken everything."""
        if not self.done.called:
            self.done.callback(int(self._failed))

    def entered(self, *, again: bool) -> None:
        """Do nothing: the missed lines follow."""

    def show(self, line: DisplayLine) -> None:
        """Print lines of the room; errors go to stderr."""
        if isinstance(line, SaidLine | MissingLines):
            self._print(line)
        elif isinstance(line, Refusal | ServerProblem):
            self._failed = self._failed or isinstance(line, Refusal)
            self._print_error(f"netchat: {line.text.removeprefix('! ')}")

    def show_on_entry(self, line: DisplayLine) -> None:
        """Print the earlier lines."""
        self.show(line)

    def caught_up(self) -> None:
        """Leave, unless `follow` is set."""
        self._caught_up = True
        if self._client is not None and not self._follow:
            self._client.leave(_LEAVE_TIMEOUT)

    def unstored_changed(self, lines: int) -> None:
        """Do nothing: `tail` says no lines."""

    def removed(self, room: str) -> None:
        """End: nothing of the room comes any more."""
        self._failed = True
        self._print_error(f"netchat: A moderator has removed you from {room}; ask one why.")
        if self._client is not None:
            self._client.leave(_LEAVE_TIMEOUT)

    def name_refused(self, reason: str) -> None:
        """End: the name is refused."""
        self.closed(reason, 0)

    def secret_required(self, reason: str, unstored: int, kind: SecretKind) -> None:
        """End: `tail` does not ask for it."""
        self.closed(reason, unstored)

    def new_password_required(self) -> None:
        """Do nothing: `tail` executes no commands."""

    def reconnecting(self, reason: str) -> None:
        """Wait for the connection; no line is lost."""

    def closed(self, problem: str, unstored: int) -> None:
        """Report why the conversation ended, and exit."""
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
        """Leave within a short time: with `follow`, this is the normal end."""
        self._caught_up = self._caught_up or self._follow
        if self._client is not None:
            self._client.leave(_LEAVE_TIMEOUT)

    def _print(self, line: SaidLine | MissingLines) -> None:
        if not self._stdout_closed and (self._follow or not self._caught_up):
            self.transport.write(self._write(line) + b"\n")
