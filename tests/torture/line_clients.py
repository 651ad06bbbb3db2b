"""Clients of both dialects: a socket of the event loop, and the lines that arrive on it."""

from __future__ import annotations

from typing import Any

import msgspec

from tests.torture.event_loop import BufferedSocket, EventLoop, connect

_PROMPT = b"Enter username: "
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


class LineClient:
    """Reads lines from its current connection; lines of an older connection are ignored."""

    def __init__(self, loop: EventLoop, name: str) -> None:
        self.loop = loop
        self.name = name
        self.socket: BufferedSocket | None = None
        self._buffer = b""

    @property
    def online(self) -> bool:
        """Whether the current connection is open."""
        return self.socket is not None and not self.socket.closed

    def connect(self, port: int) -> None:
        """Open a new connection; the previous one is left as it is."""
        self._buffer = b""
        self.socket = connect(self.loop, port, self._received, self.lost)

    def write(self, line: bytes) -> None:
        """Send a line."""
        assert self.socket is not None
        self.socket.send(line + b"\n")

    def read(self, line: bytes) -> None:
        """Process a line of the server."""
        raise NotImplementedError

    def lost(self) -> None:
        """Called when the server has closed the connection."""

    def leave(self, *, reset: bool = False) -> None:
        """Close the connection without a goodbye."""
        if self.socket is not None:
            self.socket.close(reset=reset)

    def _received(self, data: bytes) -> None:
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        current = self.socket
        for line in lines:
            if self.socket is current and self.online:
                self.read(line.removeprefix(_PROMPT))


class JsonClient(LineClient):
    """Speaks the JSON lines dialect."""

    def hello(self, port: int, **fields: Any) -> None:
        """Log in over a new connection."""
        self.connect(port)
        self.send(type="hello", name=self.name, **fields)

    def send(self, **request: Any) -> None:
        """Send a request."""
        self.write(_encode(request))

    def read(self, line: bytes) -> None:
        """Decode an event."""
        self.handle_event(_decode(line))

    def handle_event(self, event: dict[str, Any]) -> None:
        """Process an event of the server."""
        raise NotImplementedError


class TextClient(LineClient):
    """Speaks the text dialect, as with nc."""

    def greet(self, port: int) -> None:
        """Log in over a new connection."""
        self.connect(port)
        self.type(self.name)

    def type(self, line: str) -> None:
        """Send a line."""
        self.write(line.encode())

    def read(self, line: bytes) -> None:
        """Decode a line."""
        self.handle_line(line.decode())

    def handle_line(self, line: str) -> None:
        """Process a line of the server."""
        raise NotImplementedError
