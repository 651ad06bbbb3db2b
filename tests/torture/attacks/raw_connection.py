"""What attackers have in common: raw connections that come in, say much and read little."""

from __future__ import annotations

import socket
from contextlib import suppress
from typing import Any

import msgspec

from tests.support.processes import PATIENCE

PROMPT = b"Enter username: "


class Caller:
    """One connection, blocking, from `source` if it is given."""

    def __init__(self, port: int, host: str = "127.0.0.1", source: str = "") -> None:
        origin = (source, 0) if source else None
        self.socket = socket.create_connection((host, port), PATIENCE, origin)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._heard = b""

    @classmethod
    def on(cls, connection: socket.socket) -> Caller:
        """Return one on a connection that exists."""
        caller = cls.__new__(cls)
        caller.socket, caller._heard = connection, b""
        return caller

    def send(self, data: bytes) -> None:
        """Send all of `data`."""
        self.socket.sendall(data)

    def ask(self, **request: Any) -> None:
        """Send an object."""
        self.send(msgspec.json.encode(request) + b"\n")

    def ask_anyway(self, **request: Any) -> None:
        """Send an object, if there is anybody to take it."""
        with suppress(OSError):
            self.ask(**request)

    def line(self) -> bytes:
        """Return the next line (no line end, no prompt); b"" at the end of all."""
        while b"\n" not in self._heard:
            try:
                data = self.socket.recv(1 << 16)
            except ConnectionError:
                data = b""
            if not data:
                rest, self._heard = self._heard, b""
                return rest
            self._heard += data
        line, _, self._heard = self._heard.partition(b"\n")
        return line.removeprefix(PROMPT)

    def event(self, *types: str) -> dict[str, Any]:
        """Return the next object of one of these types (of any, without them); {} at the end."""
        while line := self.line():
            event: dict[str, Any] = msgspec.json.decode(line)
            if not types or event["type"] in types:
                return event
        return {}

    def hello(self, name: str, *types: str, **fields: Any) -> dict[str, Any]:
        """Come in as a program, and return the first answer of these types."""
        self.ask(type="hello", name=name, **fields)
        return self.event(*(types or ("entered", "error", "closing")))

    def greet(self, name: str) -> bytes:
        """Come in as a person, and return what is said to that."""
        self.send(name.encode() + b"\n")
        return self.line()

    def take(self) -> bytes:
        """Return what has come on a connection that can be read; b"" at the end."""
        try:
            return self.socket.recv(1 << 16)
        except ConnectionError:
            return b""

    def push(self, data: bytes) -> None:
        """Send what goes of `data` in the time that the socket has; the rest never."""
        with suppress(OSError):
            self.socket.sendall(data)

    def pull(self) -> bytes | None:
        """Return what has come, None if nothing has; b"" at the end."""
        try:
            return self.socket.recv(1 << 16)
        except (BlockingIOError, TimeoutError):
            return None
        except OSError:
            return b""

    def drip(self) -> None:
        """Send one byte, if there is anybody to take it."""
        with suppress(OSError):
            self.socket.send(b"x")

    def read_off(self) -> None:
        """Read what has come on a connection that does not block, and forget it."""
        with suppress(BlockingIOError):
            while self.socket.recv(1 << 20):
                pass

    def rest(self) -> bytes:
        """Return all that comes until the end."""
        heard = b""
        while line := self.line():
            heard += line + b"\n"
        return heard

    def close(self) -> None:
        """Go."""
        self.socket.close()
