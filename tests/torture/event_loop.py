"""Many connections in one thread: whoever can read or write does so in turn. Nothing sleeps."""

from __future__ import annotations

import selectors
import socket
import struct
from collections.abc import Callable
from time import monotonic
from typing import IO, cast

from tests.support.processes import PATIENCE

Source = socket.socket | IO[bytes]

_RESET = struct.pack("ii", 1, 0)


class Company:
    """Everybody who takes part in a scenario."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()

    def attend(self, until: Callable[[], bool], what: str, seconds: float = PATIENCE) -> None:
        """Let everybody read and write until `until()`; AssertionError says `what` did not come."""
        end = monotonic() + seconds
        while not until():
            left = end - monotonic()
            assert left > 0, f"after {seconds:g} s there is still not: {what}"
            # What is waited for may not come over a connection.
            self.turn(min(left, 0.05))

    def attend_for(self, seconds: float) -> None:
        """Let everybody read and write for some time: that is how long it goes on undisturbed."""
        end = monotonic() + seconds
        while (left := end - monotonic()) > 0:
            self.turn(left)

    def turn(self, seconds: float) -> None:
        """Wait until somebody can read or write, and let him."""
        for key, mask in self._selector.select(seconds):
            key.data(mask)

    def watch(self, connection: Source, mask: int, ready: Callable[[int], None]) -> None:
        """Call `ready` when `connection` can do what `mask` says."""
        if connection in self._selector.get_map():
            self._selector.modify(connection, mask, ready)
        else:
            self._selector.register(connection, mask, ready)

    def forget(self, connection: Source) -> None:
        """Call nobody any more."""
        if connection in self._selector.get_map():
            self._selector.unregister(connection)

    def __enter__(self) -> Company:
        return self

    def __exit__(self, *_: object) -> None:
        for key in list(self._selector.get_map().values()):
            cast(Source, key.fileobj).close()
        self._selector.close()


class Wire:
    """A connection: `heard` is called with what comes, `lost` when the other side has ended it."""

    def __init__(
        self,
        company: Company,
        connection: socket.socket,
        heard: Callable[[bytes], None],
        lost: Callable[[], None],
    ) -> None:
        connection.setblocking(False)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.closed = False
        self.port: int = connection.getsockname()[1]
        self._company = company
        self._connection = connection
        self._heard = heard
        self._lost = lost
        self._out = b""
        self._ending = False
        self._watch()

    def send(self, data: bytes) -> None:
        """Send `data` behind all that was sent before; after the end it goes nowhere."""
        if not self.closed:
            self._out += data
            self._write()

    def let_go(self) -> socket.socket:
        """Return the connection, which stays open, and neither read from it nor write to it."""
        self.closed = True
        self._company.forget(self._connection)
        return self._connection

    def end(self) -> None:
        """Close when what was sent is on its way."""
        self._ending = True
        if not self._out:
            self.close()

    def close(self, *, reset: bool = False) -> None:
        """End the connection, by a reset or as it should be; `lost` is not called."""
        if self.closed:
            return
        self.closed = True
        self._company.forget(self._connection)
        if reset:
            self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self._connection.close()

    def _watch(self) -> None:
        mask = selectors.EVENT_READ | (selectors.EVENT_WRITE if self._out else 0)
        self._company.watch(self._connection, mask, self._ready)

    def _ready(self, mask: int) -> None:
        if mask & selectors.EVENT_WRITE and not self.closed:
            self._write()
        if mask & selectors.EVENT_READ and not self.closed:
            self._read()

    def _write(self) -> None:
        waited = bool(self._out)
        try:
            self._out = self._out[self._connection.send(self._out) :]
        except BlockingIOError:
            pass
        except OSError:
            # Reading will tell, and what came before it is still to be read.
            self._out = b""
        if self._ending and not self._out:
            self.close()
        elif waited:
            self._watch()

    def _read(self) -> None:
        try:
            data = self._connection.recv(1 << 18)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data:
            self._heard(data)
        else:
            self.close()
            self._lost()


def connect(
    company: Company, port: int, heard: Callable[[bytes], None], lost: Callable[[], None]
) -> Wire:
    """Return a wire to what listens on `port`."""
    return Wire(company, socket.create_connection(("127.0.0.1", port), PATIENCE), heard, lost)
