"""Terminals behind SSH in memory: real keys on one side, the real server on the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import pyte
from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure

from netchat.doors.ssh.terminal.session import DRAW_INTERVAL, TerminalSession
from netchat.testing import START, Guest, Network


class Screen:
    """A terminal with a scrollback."""

    def __init__(self, columns: int, rows: int) -> None:
        self.screen = pyte.HistoryScreen(columns, rows, history=10_000, ratio=0.5)
        self._stream = pyte.ByteStream(self.screen)
        self.written = b""

    def feed(self, data: bytes) -> None:
        self.written += data
        self._stream.feed(data)

    @property
    def rows(self) -> list[str]:
        """The rows down to the one with the cursor, without those that are empty."""
        rows = self.screen.display[: self.screen.cursor.y + 1]
        return [row.rstrip() for row in rows if row.strip()]

    @property
    def below(self) -> list[str]:
        """The rows below the one with the cursor that are not empty."""
        rows = self.screen.display[self.screen.cursor.y + 1 :]
        return [row.rstrip() for row in rows if row.strip()]

    @property
    def scrollback(self) -> list[str]:
        """The rows that have left the screen at its top."""
        columns = range(self.screen.columns)
        rows = ["".join(row[x].data for x in columns) for row in self.screen.history.top]
        return [row.rstrip() for row in rows]

    def style_of(self, text: str) -> Any:
        """Return the first cell of `text`, where it is shown last."""
        for number in reversed(range(self.screen.lines)):
            column = self.screen.display[number].find(text)
            if column >= 0:
                return self.screen.buffer[number][column]
        raise AssertionError("\n".join(self.screen.display))


class SshUser(Guest):
    """A user at a terminal; it is the `Link` of the terminal's session, too."""

    owns_key = False

    def __init__(
        self,
        network: Network,
        name: str,
        screen: Screen,
        environment: Mapping[str, str],
    ) -> None:
        super().__init__()
        self.network = network
        self.name = name
        self.clock = network.clock
        self.terminal = screen
        self.is_paused = False
        self.status: int | None = None
        self.writes: list[bytes] = []
        columns, rows = screen.screen.columns, screen.screen.lines
        self.session = TerminalSession(self, environment["TERM"], environment, columns, rows)
        network.connect(self)
        # The door of SSH says hello in the place of the terminal.
        self.transport.write(msgspec.json.encode({"type": "hello", "name": name}) + b"\n")
        self.sees()

    def now(self) -> float:
        return START + self.clock.seconds()

    def people(self, room: str) -> Sequence[str]:
        found = self.network.service.factory.chat.rooms.find(room)
        return found.names if found is not None else ()

    def write(self, data: bytes) -> None:
        self.writes.append(data)
        self.terminal.feed(data)

    def write_error(self, data: bytes) -> None:
        self.write(data)

    def end_input(self) -> None:
        self.transport.loseConnection()

    def send(self, lines: bytes) -> None:
        self.transport.write(lines)

    def pause_input(self) -> None:
        self.is_paused = True

    def resume_input(self) -> None:
        self.is_paused = False

    def close(self, status: int = 0) -> None:
        self.status = status
        self.transport.loseConnection()

    def dataReceived(self, data: bytes) -> None:
        self.session.chat_received(data)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self.online = False
        self.session.closing()
        self.session.connection_lost()

    def types(self, keys: str | bytes) -> None:
        """Type `keys`, and let everything happen that follows."""
        self.session.data_received(keys if isinstance(keys, bytes) else keys.encode())
        self.sees()

    def resizes(self, columns: int, rows: int) -> None:
        """Resize the window, and wait until the size is known to stay."""
        self.terminal.screen.resize(rows, columns)
        self.session.resize(columns, rows)
        self.network.advance(1)

    def sees(self) -> list[str]:
        """Let everything happen; return the rows down to the one with the cursor."""
        self.network.settle()
        self.network.advance(DRAW_INTERVAL)
        self.network.settle()
        return self.terminal.rows


def join(
    network: Network,
    name: str = "Alice",
    columns: int = 80,
    rows: int = 24,
    term: str = "xterm-256color",
    **environment: str,
) -> SshUser:
    """Return a user called `name` who has come to the lobby through SSH."""
    return SshUser(network, name, Screen(columns, rows), {"TERM": term, **environment})
