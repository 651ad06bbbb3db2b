"""A program and a person at the server: sockets, and the lines that come over them."""

from __future__ import annotations

from typing import Any

import msgspec

from tests.torture.event_loop import Company, Wire, connect

_PROMPT = b"Enter username: "
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


class Reader:
    """Reads lines from the connection that it has; what comes on an older one is not for it."""

    def __init__(self, company: Company, name: str) -> None:
        self.company = company
        self.name = name
        self.wire: Wire | None = None
        self._buffer = b""

    @property
    def online(self) -> bool:
        """Whether there is a connection."""
        return self.wire is not None and not self.wire.closed

    def connect(self, port: int) -> None:
        """Have a new connection; the one before is left as it is."""
        self._buffer = b""
        self.wire = connect(self.company, port, self._heard, self.lost)

    def write(self, line: bytes) -> None:
        """Send a line."""
        assert self.wire is not None
        self.wire.send(line + b"\n")

    def read(self, line: bytes) -> None:
        """Take a line."""
        raise NotImplementedError

    def lost(self) -> None:
        """Learn that the other side has ended the connection."""

    def leave(self, *, reset: bool = False) -> None:
        """Go, without a word."""
        if self.wire is not None:
            self.wire.close(reset=reset)

    def _heard(self, data: bytes) -> None:
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        wire = self.wire
        for line in lines:
            if self.wire is wire and self.online:
                self.read(line.removeprefix(_PROMPT))


class Program(Reader):
    """Speaks in JSON lines."""

    def hello(self, port: int, **fields: Any) -> None:
        """Come in over a new connection."""
        self.connect(port)
        self.send(type="hello", name=self.name, **fields)

    def send(self, **request: Any) -> None:
        """Ask for something."""
        self.write(_encode(request))

    def read(self, line: bytes) -> None:
        """Take an object."""
        self.hear(_decode(line))

    def hear(self, event: dict[str, Any]) -> None:
        """Take what the server says."""
        raise NotImplementedError


class Person(Reader):
    """Speaks in text, as with nc."""

    def greet(self, port: int) -> None:
        """Come in over a new connection."""
        self.connect(port)
        self.type(self.name)

    def type(self, line: str) -> None:
        """Send a line."""
        self.write(line.encode())

    def read(self, line: bytes) -> None:
        """Take a line."""
        self.see(line.decode())

    def see(self, line: str) -> None:
        """Take what the server says."""
        raise NotImplementedError
