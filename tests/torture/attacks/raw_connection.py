"""A raw, blocking connection of an attacker, in any dialect."""

from __future__ import annotations

import socket
from contextlib import suppress
from typing import Any

import msgspec

from netchat.dialects.irc.message import Message, parse
from tests.support.processes import PATIENCE

PROMPT = b"Enter username: "


class RawConnection:
    """A blocking connection; `source` is the address that it is made from, if given."""

    def __init__(self, port: int, host: str = "127.0.0.1", source: str = "") -> None:
        origin = (source, 0) if source else None
        self.socket = socket.create_connection((host, port), PATIENCE, origin)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = b""

    @classmethod
    def on(cls, existing: socket.socket) -> RawConnection:
        """Return a raw connection on a connected socket."""
        connection = cls.__new__(cls)
        connection.socket, connection._buffer = existing, b""
        return connection

    def send(self, data: bytes) -> None:
        """Send all of `data`."""
        self.socket.sendall(data)

    def ask(self, **request: Any) -> None:
        """Send a request of the JSON lines dialect."""
        self.send(msgspec.json.encode(request) + b"\n")

    def try_ask(self, **request: Any) -> None:
        """Send a request, and ignore a closed connection."""
        with suppress(OSError):
            self.ask(**request)

    def line(self) -> bytes:
        """Return the next line without line end and prompt; b"" at the end of the stream."""
        while b"\n" not in self._buffer:
            try:
                data = self.socket.recv(1 << 16)
            except ConnectionError:
                data = b""
            if not data:
                rest, self._buffer = self._buffer, b""
                return rest
            self._buffer += data
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line.removeprefix(PROMPT)

    def event(self, *types: str) -> dict[str, Any]:
        """Return the next event of these types (without types: of any); {} at the end."""
        while line := self.line():
            event: dict[str, Any] = msgspec.json.decode(line)
            if not types or event["type"] in types:
                return event
        return {}

    def hello(self, name: str, *types: str, **fields: Any) -> dict[str, Any]:
        """Log in with the JSON lines dialect, and return the first event of these types."""
        self.ask(type="hello", name=name, **fields)
        return self.event(*(types or ("entered", "error", "closing")))

    def greet(self, name: str) -> bytes:
        """Log in with the text dialect, and return the server's first line."""
        self.send(name.encode() + b"\n")
        return self.line()

    def register(self, nick: str, *rooms: str, capabilities: str = "") -> None:
        """Log in as a client of IRC, join `rooms`, and read the answers to that."""
        request = f"CAP REQ :{capabilities}\r\n" if capabilities else ""
        self.send(f"{request}NICK {nick}\r\nUSER {nick} 0 * :{nick}\r\nCAP END\r\n".encode())
        self.send("".join(f"JOIN #{room}\r\n" for room in rooms).encode() + b"PING :in\r\n")
        while line := self.line():
            if b" PONG " in line:
                return
        raise AssertionError("the server has closed")

    def message(self, *commands: str) -> Message:
        """Return the next message of IRC with one of these commands (without commands: any).

        A PING is answered; AssertionError at the end of the stream.
        """
        while line := self.line():
            message = parse(line.removesuffix(b"\r"))
            if message is None:
                continue
            if message.command == "PING":
                self.send(f"PONG :{message.parameters[0]}\r\n".encode())
            if not commands or message.command in commands:
                return message
        raise AssertionError("the server has closed")

    def take(self) -> bytes:
        """Return the bytes that have arrived on a readable connection; b"" at the end."""
        try:
            return self.socket.recv(1 << 16)
        except ConnectionError:
            return b""

    def push(self, data: bytes) -> None:
        """Send as much of `data` as the socket's timeout allows; the rest is dropped."""
        with suppress(OSError):
            self.socket.sendall(data)

    def pull(self) -> bytes | None:
        """Return the bytes that have arrived, None if there are none; b"" at the end."""
        try:
            return self.socket.recv(1 << 16)
        except (BlockingIOError, TimeoutError):
            return None
        except OSError:
            return b""

    def drip(self) -> None:
        """Send one byte, and ignore a closed connection."""
        with suppress(OSError):
            self.socket.send(b"x")

    def discard_input(self) -> None:
        """Read and drop all that has arrived on a non-blocking connection."""
        with suppress(BlockingIOError):
            while self.socket.recv(1 << 20):
                pass

    def rest(self) -> bytes:
        """Return everything up to the end of the stream."""
        received = b""
        while line := self.line():
            received += line + b"\n"
        return received

    def close(self) -> None:
        """Close the connection."""
        self.socket.close()
