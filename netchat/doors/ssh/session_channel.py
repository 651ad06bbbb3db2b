"""The one channel of a connection: a session, with or without a terminal, or a command.

Source: RFC 4254 section 6.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any, NamedTuple

from twisted.conch.ssh.channel import SSHChannel
from twisted.conch.ssh.common import getNS
from twisted.logger import Logger

from netchat.doors.ssh.channel_input import WINDOW

if TYPE_CHECKING:
    pass

MAX_PACKET = 32 * 1024
"""The most bytes of data that are sent or taken in one message."""
MIN_PACKET = 256
"""A client that takes less in one message is refused."""
MAX_VARIABLES, MAX_VARIABLE = 32, 256
"""How many variables of its environment a client may send, and how long each may be."""
STDERR = 1


class TerminalKind(NamedTuple):
    """The terminal of a client."""

    term: str
    columns: int
    rows: int


class Start(NamedTuple):
    """What a client wants of its session.

    `command` is None for a shell; a `subsystem` is a name such as sftp, or "".
    """

    terminal: TerminalKind | None
    environment: dict[str, str]
    command: str | None = None
    subsystem: str = ""


class SessionUser:
    """What is done with a session."""

    def start(self, start: Start) -> None:
        """Called once, when the client has said what it wants."""

    def resized(self, columns: int, rows: int) -> None:
        """Called when the terminal of the client has another size."""

    def received(self, data: bytes) -> None:
        """Called with input."""

    def input_ended(self) -> None:
        """Called when the client sends nothing more."""

    def window_opened(self) -> None:
        """Called when more can be sent."""

    def channel_closed(self) -> None:
        """Called when the client has closed the channel."""


class SessionChannel(SSHChannel):
    """A session channel whose client takes `window` bytes, `max_packet` in one message."""

    name = b"session"
    conn: Any
    _log = Logger(observer=lambda event: None)  # type: ignore[arg-type]

    def __init__(self, user: SessionUser, window: int, max_packet: int, conn: Any) -> None:
        super().__init__(WINDOW, MAX_PACKET, window, min(max_packet, MAX_PACKET), conn)
        self._user = user
        self._terminal: TerminalKind | None = None
        self._environment: dict[str, str] = {}
        self._started = False
        self._granted = 0

    # What the channel transport uses.

    @property
    def room(self) -> int:
        """How many bytes can be sent now in one message; 0: none."""
        transport = self.conn.transport
        if self.localClosed or transport.is_full or transport.is_exchanging:
            return 0
        return min(self.remoteWindowLeft, self.remoteMaxPacket)

    def send(self, kind: int, data: bytes) -> None:
        """Send `data`, which fits; the `kind` is 0, or STDERR."""
        self.remoteWindowLeft -= len(data)
        if kind:
            self.conn.sendExtendedData(self, kind, data)
        else:
            self.conn.sendData(self, data)

    def grant(self, size: int) -> None:
        """Let the client send `size` more bytes, told in one message for half a window."""
        self._granted += size
        if self._granted >= WINDOW // 2 and not self.localClosed:
            granted, self._granted = self._granted, 0
            self.conn.adjustWindow(self, granted)

    def finish(self, status: int) -> None:
        """Send the exit code, and close the channel."""
        self.conn.sendRequest(self, b"exit-status", struct.pack(">L", status))
        self.conn.sendEOF(self)
        self.conn.sendClose(self)

    # What conch calls.

    def channelOpen(self, specificData: bytes) -> None:
        """Do nothing: the client says next what it wants."""

    def addWindowBytes(self, data: int) -> None:
        """Record that the client takes `data` more bytes."""
        self.remoteWindowLeft += data
        self._user.window_opened()

    def dataReceived(self, data: bytes) -> None:
        """Take input."""
        self._user.received(data)

    def eofReceived(self) -> None:
        """Take the end of the input."""
        self._user.input_ended()

    def closeReceived(self) -> None:
        """Take note that the client has closed the channel."""
        self._user.channel_closed()
        self.conn.sendClose(self)

    def closed(self) -> None:
        """Do nothing: both ends have closed the channel."""

    def request_pty_req(self, data: bytes) -> bool:
        """Record which terminal the client has."""
        term, rest = getNS(data)
        columns, rows = struct.unpack_from(">2L", rest)
        self._terminal = TerminalKind(_text(term), columns, rows)
        return True

    def request_window_change(self, data: bytes) -> bool:
        """Pass on another size of the terminal."""
        columns, rows = struct.unpack_from(">2L", data)
        if self._terminal is not None:
            self._terminal = self._terminal._replace(columns=columns, rows=rows)
            self._user.resized(columns, rows)
        return True

    def request_env(self, data: bytes) -> bool:
        """Record a variable of the client's environment."""
        name, value, _ = getNS(data, 2)
        fits = len(self._environment) < MAX_VARIABLES and len(name + value) <= MAX_VARIABLE
        if fits and not self._started:
            self._environment[_text(name)] = _text(value)
        return fits

    def request_shell(self, data: bytes) -> bool:
        """Start a session without a command."""
        return self._start()

    def request_exec(self, data: bytes) -> bool:
        """Start a command."""
        return self._start(command=getNS(data)[0].decode(errors="replace"))

    def request_subsystem(self, data: bytes) -> bool:
        """Start what refuses the subsystem: so the client is told why."""
        return self._start(subsystem=_text(getNS(data)[0]))

    def _start(self, *, command: str | None = None, subsystem: str = "") -> bool:
        if self._started:
            return False
        self._started = True
        start = Start(self._terminal, self._environment, command, subsystem)
        self._environment = {}
        self._user.start(start)
        return True


def _text(data: bytes) -> str:
    return data[:MAX_VARIABLE].decode(errors="replace")
