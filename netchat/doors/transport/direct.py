"""TCP and unix connections that hand to the kernel at once what it takes, and know what it did not.

Twisted keeps what is written until the reactor finds the socket writable: for each write of each
member two system calls more (epoll_ctl), a buffer, and a round of the reactor. But nearly always
the kernel has room. A chat server does hardly anything else than send, so this is what its speed
hangs on.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from twisted.internet import tcp, unix

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from twisted.internet.interfaces import IListeningPort, IProtocol

    from netchat.chat.room import Send


BACKLOG = 4096
"""How many connections may wait to be accepted."""


_NOTHING: list[bytes] = []
"""What no connection has to send; nothing is ever put into it."""


def _closed() -> int:
    return -1


class DirectServer(tcp.Server):
    """A connection whose `write` sends first, and leaves to Twisted what the kernel did not take.

    Errors are left to Twisted, too: a write never tells that the connection is lost, so that nobody
    is called back from within it.
    """

    def __init__(
        self, sock: socket.socket, protocol: IProtocol, client: tuple[Any, ...], *more: Any
    ) -> None:
        # There may be many connections: what is the same for some is kept once, and neither what
        # holds nothing yet, nor the texts that say which connection it is, which nobody reads.
        client = tuple(sys.intern(part) if isinstance(part, str) else part for part in client)
        super().__init__(sock, protocol, client, *more)
        self.logstr = self.repstr = type(self).__name__
        self._tempDataBuffer: list[bytes] = _NOTHING

    @property
    def fileno(self) -> Callable[[], int]:
        """What returns the socket's descriptor, or -1 if it is closed."""
        connection: socket.socket | None = getattr(self, "socket", None)
        return connection.fileno if connection is not None else _closed

    @fileno.setter
    def fileno(self, _: Callable[[], int]) -> None:
        """Keep nothing: Twisted would have a method more for each connection."""

    @fileno.deleter
    def fileno(self) -> None:
        """Nothing is kept."""

    emptied: Callable[[], None] | None = None
    """Is called, once, when everything that was left to Twisted has been sent."""
    taken = 0
    """How many bytes the kernel has taken of what was left to Twisted."""

    @property
    def unsent(self) -> int:
        """How many bytes are left to Twisted, and wait for the kernel."""
        return len(self.dataBuffer) - self.offset + self._tempDataLen

    @property
    def fast_send(self) -> Send | None:
        """The socket's own `send`, if everything written before has been sent."""
        if self._tempDataLen or self.dataBuffer or not self.connected:
            return None
        send: Send = self.socket.send
        return send

    def doWrite(self) -> Any:  # noqa: N802
        """Send what waits."""
        result: Any = super().doWrite()  # type: ignore[no-untyped-call]
        if self.fast_send is not None:
            self._tempDataBuffer = _NOTHING
        if self.emptied is not None and self.fast_send is not None:
            emptied, self.emptied = self.emptied, None
            emptied()
        return result

    def writeSomeData(self, data: bytes) -> Any:
        """Count what the kernel takes."""
        result: Any = super().writeSomeData(data)
        if isinstance(result, int) and result > 0:
            self.taken += result
        return result

    def write(self, data: bytes) -> None:
        """Send `data` behind all that was written before."""
        send = self.fast_send
        try:
            sent = send(data) if send else 0
        except OSError:
            sent = 0
        if sent != len(data):
            if self._tempDataBuffer is _NOTHING:
                self._tempDataBuffer = []
            super().write(data[sent:])  # type: ignore[no-untyped-call]


class DirectLocal(DirectServer, unix.Server):
    """The same on a unix socket."""


def below(transport: object) -> DirectServer | None:
    """Return the connection that carries `transport`, which may be TLS; None if it is none of ours.

    Only those tell what waits to be sent, so only their readers can be found too slow.
    """
    while not isinstance(transport, DirectServer):
        transport = getattr(transport, "transport", None)
        if transport is None:
            return None
    return transport


def prepare(port: IListeningPort) -> None:
    """Make the most of `port`: direct connections, and room for a crowd.

    When a room comes back all at once, whoever finds no place in the backlog tries again after a
    second, and then after two more; Twisted has place for 50.
    """
    if isinstance(port, tcp.Port) and port.backlog < BACKLOG:
        port.socket.listen(BACKLOG)
    if isinstance(port, tcp.Port) and port.transport is tcp.Server:
        port.transport = DirectServer  # type: ignore[assignment]  # "is" narrows it
    if isinstance(port, unix.Port) and port.transport is unix.Server:
        port.transport = DirectLocal
