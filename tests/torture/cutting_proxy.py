"""A TCP proxy between clients and the server that can cut connections."""

from __future__ import annotations

import selectors
import socket
from collections.abc import Callable
from random import Random

from tests.torture.event_loop import BufferedSocket, EventLoop, connect


class ProxiedConnection:
    """The connection of a client to the proxy, and the proxy's own to the server."""

    def __init__(self, loop: EventLoop, client: socket.socket, port: int, rng: Random) -> None:
        self.rng = rng
        self.down = BufferedSocket(loop, client, self.from_client, self.client_lost)
        self.up = connect(loop, port, self.from_server, self.server_lost)

    def from_client(self, data: bytes) -> None:
        """Forward bytes of the client."""
        self.up.send(data)

    def from_server(self, data: bytes) -> None:
        """Forward bytes of the server."""
        self.down.send(data)

    def client_lost(self) -> None:
        """Close the server's side after the client has closed."""
        self.up.close_when_sent()

    def server_lost(self) -> None:
        """Close the client's side after the server has closed."""
        self.down.close_when_sent()

    def cut(self) -> None:
        """Close both sides, each with a reset half of the time; buffered bytes are lost."""
        for side in (self.up, self.down):
            side.close(reset=self.rng.random() < 0.5)


class CuttingProxy:
    """Listens on `port`; calls `make` for each connection, to connect it to port `target`."""

    def __init__(
        self,
        loop: EventLoop,
        target: int,
        make: Callable[[EventLoop, socket.socket, int], ProxiedConnection],
    ) -> None:
        self.count = 0
        self._loop = loop
        self._target = target
        self._make = make
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self._listener.setblocking(False)
        self.port: int = self._listener.getsockname()[1]
        loop.watch(self._listener, selectors.EVENT_READ, self._accept)

    def _accept(self, _: int) -> None:
        connection, _address = self._listener.accept()
        self.count += 1
        self._make(self._loop, connection, self._target)
