"""A loop that serves many non-blocking sockets in one thread. Nothing sleeps."""

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


class EventLoop:
    """Calls back when one of its sources can be read or written."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()

    def run_until(self, until: Callable[[], bool], what: str, seconds: float = PATIENCE) -> None:
        """Serve all sources until `until()` is true.

        Raises AssertionError, with `what` in its text, if that takes longer than `seconds`.
        """
        end = monotonic() + seconds
        while not until():
            left = end - monotonic()
            assert left > 0, f"not reached after {seconds:g} s: {what}"
            # The condition may become true without any event on a source.
            self.run_once(min(left, 0.05))

    def run_for(self, seconds: float) -> None:
        """Serve all sources for so many seconds."""
        end = monotonic() + seconds
        while (left := end - monotonic()) > 0:
            self.run_once(left)

    def run_once(self, seconds: float) -> None:
        """Wait at most so many seconds until a source is ready, and serve all that are."""
        for key, mask in self._selector.select(seconds):
            key.data(mask)

    def watch(self, connection: Source, mask: int, ready: Callable[[int], None]) -> None:
        """Call `ready` whenever `connection` is ready for an event in `mask`."""
        if connection in self._selector.get_map():
            self._selector.modify(connection, mask, ready)
        else:
            self._selector.register(connection, mask, ready)

    def unwatch(self, connection: Source) -> None:
        """Stop watching `connection`, if it is watched."""
        if connection in self._selector.get_map():
            self._selector.unregister(connection)

    def __enter__(self) -> EventLoop:
        return self

    def __exit__(self, *_: object) -> None:
        for key in list(self._selector.get_map().values()):
            cast(Source, key.fileobj).close()
        self._selector.close()


class BufferedSocket:
    """A socket with a send buffer.

    `received` is called with the bytes that arrive, `lost` when the other side has closed.
    """

    def __init__(
        self,
        loop: EventLoop,
        connection: socket.socket,
        received: Callable[[bytes], None],
        lost: Callable[[], None],
    ) -> None:
        connection.setblocking(False)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.closed = False
        self.port: int = connection.getsockname()[1]
        self._loop = loop
        self._connection = connection
        self._received = received
        self._lost = lost
        self._out = b""
        self._closing = False
        self._watch()

    def send(self, data: bytes) -> None:
        """Send `data` after everything sent before; do nothing on a closed socket."""
        if not self.closed:
            self._out += data
            self._write()

    def detach(self) -> socket.socket:
        """Return the open socket, and neither read from it nor write to it any more."""
        self.closed = True
        self._loop.unwatch(self._connection)
        return self._connection

    def close_when_sent(self) -> None:
        """Close the socket once the kernel has taken the send buffer."""
        self._closing = True
        if not self._out:
            self.close()

    def close(self, *, reset: bool = False) -> None:
        """Close the connection with a FIN, or with a reset; `lost` is not called."""
        if self.closed:
            return
        self.closed = True
        self._loop.unwatch(self._connection)
        if reset:
            self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self._connection.close()

    def _watch(self) -> None:
        mask = selectors.EVENT_READ | (selectors.EVENT_WRITE if self._out else 0)
        self._loop.watch(self._connection, mask, self._ready)

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
            # The next read reports the error, after the bytes that arrived before it.
            self._out = b""
        if self._closing and not self._out:
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
            self._received(data)
        else:
            self.close()
            self._lost()


def connect(
    loop: EventLoop, port: int, received: Callable[[bytes], None], lost: Callable[[], None]
) -> BufferedSocket:
    """Return a socket connected to `port` of 127.0.0.1."""
    return BufferedSocket(
        loop, socket.create_connection(("127.0.0.1", port), PATIENCE), received, lost
    )
