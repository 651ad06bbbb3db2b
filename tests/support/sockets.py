"""Real sockets without a reactor: the kernel is real, and each test runs the turns."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

from twisted.internet.protocol import Protocol

from netchat.doors.transport.direct import DirectServer

if TYPE_CHECKING:
    from collections.abc import Callable


class ReactorDouble:
    """The part of a reactor that a connection uses; it records who wants to read and to write."""

    def __init__(self) -> None:
        self.writers: set[object] = set()
        self.readers: set[object] = set()
        self.calls: list[Callable[[], object]] = []
        """The calls that are due in a later turn."""

    def addWriter(self, writer: object) -> None:  # noqa: N802
        self.writers.add(writer)

    def removeWriter(self, writer: object) -> None:  # noqa: N802
        self.writers.discard(writer)

    def addReader(self, reader: object) -> None:  # noqa: N802
        self.readers.add(reader)

    def removeReader(self, reader: object) -> None:  # noqa: N802
        self.readers.discard(reader)

    def callLater(self, _: float, call: Callable[..., object], *arguments: object) -> None:
        self.calls.append(lambda: call(*arguments))


def tcp_pair() -> tuple[socket.socket, socket.socket]:
    """Return the two ends of a TCP connection with small buffers."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 16)
        far = socket.socket()
        far.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)
        far.connect(listening.getsockname())
        return listening.accept()[0], far


class DirectConnection:
    """A DirectServer with `protocol`, called `near`, and the socket of its client, `far`."""

    def __init__(self, protocol: Protocol | None = None) -> None:
        near, self.far = tcp_pair()
        near.setblocking(False)
        self.reactor = ReactorDouble()
        protocol = protocol or Protocol()
        self.near = DirectServer(near, protocol, ("127.0.0.1", 1), None, 1, self.reactor)
        protocol.makeConnection(self.near)

    def read_all(self, size: int) -> bytes:
        """Read `size` bytes at the far end, and run turns meanwhile."""
        data = b""
        while len(data) < size:
            data += self.far.recv(1 << 16)
            self.turn()
        return data

    def turn(self) -> None:
        """Let the near end write, if it wants to."""
        if self.near in self.reactor.writers:
            self.near.doWrite()

    def fill(self) -> None:
        """Write until the kernel takes no more, as for a client that does not read."""
        while not self.near.unsent:
            self.near.write(bytes(1 << 16))

    def close(self) -> None:
        self.far.close()
        self.near.socket.close()
