"""What lies between a guest and the server, and may cut them off."""

from __future__ import annotations

import selectors
import socket
from collections.abc import Callable
from random import Random

from tests.torture.event_loop import Company, Wire, connect


class Pair:
    """A guest's connection to the proxy, and the proxy's to the server."""

    def __init__(self, company: Company, guest: socket.socket, port: int, dice: Random) -> None:
        self.dice = dice
        self.down = Wire(company, guest, self.from_guest, self.guest_lost)
        self.up = connect(company, port, self.from_server, self.server_lost)

    def from_guest(self, data: bytes) -> None:
        """Pass on what the guest says."""
        self.up.send(data)

    def from_server(self, data: bytes) -> None:
        """Pass on what the server says."""
        self.down.send(data)

    def guest_lost(self) -> None:
        """Pass on that the guest has gone."""
        self.up.end()

    def server_lost(self) -> None:
        """Pass on that the server has closed."""
        self.down.end()

    def cut(self) -> None:
        """Cut both off, what is on its way included, by a reset or not."""
        for wire in (self.up, self.down):
            wire.close(reset=self.dice.random() < 0.5)


class Proxy:
    """Listens on `port` for whoever wants to the server on `target`, and makes a pair for each."""

    def __init__(
        self,
        company: Company,
        target: int,
        make: Callable[[Company, socket.socket, int], Pair],
    ) -> None:
        self.count = 0
        self._company = company
        self._target = target
        self._make = make
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self._listener.setblocking(False)
        self.port: int = self._listener.getsockname()[1]
        company.watch(self._listener, selectors.EVENT_READ, self._accept)

    def _accept(self, _: int) -> None:
        connection, _address = self._listener.accept()
        self.count += 1
        self._make(self._company, connection, self._target)
