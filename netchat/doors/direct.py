"""TCP connections that hand to the kernel at once what it takes.

Twisted keeps what is written until the reactor finds the socket writable: for each write of each
member two system calls more (epoll_ctl), a buffer, and a round of the reactor. But nearly always
the kernel has room. A chat server does hardly anything else than send, so this is what its speed
hangs on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twisted.internet import tcp

if TYPE_CHECKING:
    from twisted.internet.interfaces import IListeningPort


class DirectServer(tcp.Server):
    """A connection whose `write` sends first, and leaves to Twisted what the kernel did not take.

    Errors are left to Twisted, too: a write never tells that the connection is lost, so that nobody
    is called back from within it.
    """

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        # Two texts that say which connection it is, and that nobody reads: there may be many.
        self.logstr = self.repstr = type(self).__name__

    def write(self, data: bytes) -> None:
        """Send `data` behind all that was written before."""
        if self._tempDataLen or self.dataBuffer or not self.connected:
            super().write(data)  # type: ignore[no-untyped-call]
            return
        try:
            sent = self.socket.send(data)
        except OSError:
            sent = 0
        if sent != len(data):
            super().write(data[sent:])  # type: ignore[no-untyped-call]


def send_directly(port: IListeningPort) -> None:
    """Let the connections that come in through `port` be direct ones, if they are TCP (or TLS)."""
    if isinstance(port, tcp.Port) and port.transport is tcp.Server:
        port.transport = DirectServer  # type: ignore[assignment]  # "is" narrows it
