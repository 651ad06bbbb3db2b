"""All use of attributes that Twisted does not document, for ports, connections and endpoints.

Checked with Twisted 26.10; a new version has to be compared with this file
(twisted/internet/tcp.py, abstract.py, unix.py and endpoints.py).
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from twisted.internet import endpoints, tcp, unix
from twisted.internet.endpoints import UNIXServerEndpoint
from twisted.python.systemd import ListenFDs

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Sequence

    from twisted.internet.interfaces import IProtocol, IReadDescriptor, IStreamServerEndpoint

    from netchat.chat.clients import Send
    from netchat.doors.transport.unix import SocketLock

_EMPTY: list[bytes] = []
"""The send buffer of every connection that has nothing in it; it always stays empty."""


def _closed() -> int:
    return -1


class BufferedServer(tcp.Server):
    """A connection that tells what is in its send buffer, and takes less memory.

    What many connections have in common is kept once. Not kept are an empty buffer per connection,
    and the texts for a log that is not written.
    """

    def __init__(
        self, sock: socket.socket, protocol: IProtocol, client: tuple[Any, ...], *more: Any
    ) -> None:
        client = tuple(sys.intern(part) if isinstance(part, str) else part for part in client)
        super().__init__(sock, protocol, client, *more)
        self.logstr = self.repstr = type(self).__name__
        self._tempDataBuffer: list[bytes] = _EMPTY

    @property
    def fileno(self) -> Callable[[], int]:
        """The function that returns the descriptor of the socket, or -1 if it is closed."""
        connection: socket.socket | None = getattr(self, "socket", None)
        return connection.fileno if connection is not None else _closed

    @fileno.setter
    def fileno(self, _: Callable[[], int]) -> None:
        """Ignore it: Twisted would keep a bound method for each connection."""

    @fileno.deleter
    def fileno(self) -> None:
        """Do nothing, since nothing is kept."""

    @property
    def unsent(self) -> int:
        """How many bytes are in the send buffer."""
        return len(self.dataBuffer) - self.offset + self._tempDataLen

    @property
    def fast_send(self) -> Send | None:
        """The `send` of the socket; None if the send buffer is not empty or the connection lost."""
        if self._tempDataLen or self.dataBuffer or not self.connected:
            return None
        send: Send = self.socket.send
        return send

    def buffer(self, data: bytes) -> None:
        """Put `data` in the send buffer."""
        if self._tempDataBuffer is _EMPTY:
            self._tempDataBuffer = []
        super().write(data)  # type: ignore[no-untyped-call]

    def replace_unsent(self, last: bytes) -> None:
        """Drop what is in the send buffer, but for the end of a line that is sent in part.

        Send `last` instead. What is kept may be a whole line, since nobody knows where a line ends
        that has been sent.
        """
        unsent = bytes(self.dataBuffer)[self.offset :] + b"".join(self._tempDataBuffer)
        self.dataBuffer = unsent[: unsent.find(b"\n") + 1] + last
        self.offset = 0
        self._tempDataBuffer, self._tempDataLen = _EMPTY, 0

    def release_buffer(self) -> None:
        """Give back the memory of the send buffer, which is empty."""
        self._tempDataBuffer = _EMPTY


class PortInternals:
    """What Twisted's `port` keeps to itself; an `admission.pending_connections.AcceptingPort`."""

    def __init__(self, port: tcp.Port) -> None:
        self._port: Any = port

    @property
    def factory(self) -> object:
        """The factory that makes the protocols."""
        return self._port.factory

    @property
    def socket(self) -> Any:
        """The listening socket."""
        return self._port.socket

    @socket.setter
    def socket(self, replacement: Any) -> None:
        self._port.socket = replacement

    @property
    def is_open(self) -> bool:
        """Whether the port listens, and is not about to close."""
        return bool(self._port.connected and not self._port.disconnecting)

    def set_backlog(self, least: int) -> None:
        """Let `least` connections at least wait to be accepted."""
        # None: the socket was inherited, with a backlog that Twisted does not know.
        if (self._port.backlog or 0) < least:
            self._port.socket.listen(least)

    def replace_connection_class(
        self, original: type[tcp.Server], replacement: type[tcp.Server]
    ) -> None:
        """Make connections of the class `replacement` instead of `original`."""
        if self._port.transport is original:
            self._port.transport = replacement

    def accept_now(self, count: int) -> None:
        """Accept now, `count` connections at least if there are that many."""
        self._port.numberAccepts = max(self._port.numberAccepts, count)
        self._port.doRead()

    def watch(self, connection: IReadDescriptor) -> None:
        """Have the reactor tell `connection` when it can be read."""
        self._port.reactor.addReader(connection)

    def unwatch(self, connection: IReadDescriptor) -> None:
        """End `watch`."""
        self._port.reactor.removeReader(connection)

    def pause(self) -> None:
        """Accept nothing for now."""
        self._port.stopReading()

    def resume(self) -> None:
        """Accept again."""
        self._port.startReading()


def unix_path(endpoint: IStreamServerEndpoint) -> str:
    """Return the path at which `endpoint` makes a unix socket; "" if it makes none."""
    if not isinstance(endpoint, UNIXServerEndpoint):
        return ""
    # Twisted tells it nowhere else, and the string can only be parsed the way Twisted does.
    return str(endpoint._address)


def release_at_close(port: object, lock: SocketLock) -> None:
    """Have the unix `port` release `lock` when it has closed, and removed its socket."""
    holder: Any = port
    holder.lockFile = lock


def set_inherited_sockets(descriptors: Sequence[int], names: Sequence[str]) -> None:
    """Let `systemd:` endpoints use the sockets at `descriptors`, which have these `names`."""
    endpoints._SystemdParser._sddaemon = ListenFDs(descriptors, names)


def leave_inherited_socket(port: object) -> None:
    """Have a unix `port` leave its socket to systemd when it closes: listening, and its file.

    A TCP port does so by itself.
    """
    if isinstance(port, unix.Port):
        holder: Any = port
        holder._shouldShutdown = False
        holder._bindPath = "\0"  # Twisted takes it for an address without a file.
