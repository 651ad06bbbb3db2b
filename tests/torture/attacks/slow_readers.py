"""Clients that do not read for a while, and resume, in JSON lines and in IRC."""

from __future__ import annotations

import re
import socket
from typing import Any

from tests.torture.attacks.raw_connection import RawConnection

STAGE = "stage"
"""The room of the many lines; the slow readers are in the lobby as well."""


class SlowReader:
    """A client that does not read for a while, in JSON lines."""

    line = re.compile(rb'^\{"type":"said","room":"stage","id":(\d+),', re.MULTILINE)

    def __init__(self, connection: socket.socket, name: str, client: str) -> None:
        self.socket = connection
        self.last = 0
        """The id of the last line that it has read in the room."""
        self.wanted = -1
        self.fault = ""
        self._name = name
        self._client = client
        self._buffer = b""

    def hello(self, **more: Any) -> None:
        """Log in."""
        connection = RawConnection.on(self.socket)
        rooms = ["lobby", STAGE]
        connection.ask(type="hello", name=self._name, client=self._client, rooms=rooms, **more)

    def wait_for_entry(self) -> None:
        """Read until `entered`, and record the last id of the room."""
        while (at := self._buffer.find(b'"entered","room":"stage"')) < 0 or (
            b"\n" not in self._buffer[at:]
        ):
            self._buffer += self._receive()
        last = re.search(rb'"entered","room":"stage".*?"last":(\d+)', self._buffer)
        assert last is not None
        _, _, self._buffer = self._buffer[at:].partition(b"\n")
        self.wanted = int(last[1])
        self.last = self.last or self.wanted

    def read_to_the_end(self) -> bool:
        """Read what has arrived; return whether the server has closed the connection."""
        self.socket.settimeout(2.0)
        try:
            while data := self._receive():
                self._take(data)
        except TimeoutError:
            self.fault = "still connected"
            return False
        return True

    def reconnect(self, port: int) -> None:
        """Reconnect, and resume after the last line read."""
        self.socket.close()
        self._buffer = b""
        self.socket = socket.create_connection(("127.0.0.1", port), 20)
        self.hello(after={STAGE: self.last})
        self.wait_for_entry()
        self._take(b"")
        self.socket.setblocking(False)

    def read(self) -> bool:
        """Read more of the backfill; return whether more is missing."""
        data = self._receive()
        self._take(data)
        return bool(data) and self.last < self.wanted and not self.fault

    def _take(self, data: bytes) -> None:
        whole, end, self._buffer = (self._buffer + data).rpartition(b"\n")
        for id in map(int, self.line.findall(whole + end)):
            if id != self.last + 1:
                self.fault = self.fault or f"had {self.last}, received {id}"
            self.last = id
        self._took(whole)

    def _took(self, lines: bytes) -> None:
        """Called when `lines` have been read."""

    def _receive(self) -> bytes:
        try:
            return self.socket.recv(1 << 20)
        except ConnectionError:
            return b""


class SlowIrcReader(SlowReader):
    """Uses IRC, and asks for one page of history after the other when it has come back."""

    line = re.compile(rb"msgid=\w+-stage-(\d+)[; ]")
    _newest = re.compile(rb"msgid=(\w+-stage-)(\d+)")
    _prefix = ""
    """The msgid of a line, without its id."""
    _resumes = False

    def hello(self, **more: Any) -> None:
        """Log in, and ask for the last line."""
        lines = (
            "CAP REQ :message-tags batch draft/chathistory",
            f"NICK {self._name}",
            f"USER {self._name} 0 * :{self._name}",
            "CAP END",
            f"JOIN #lobby,#{STAGE}",
            f"CHATHISTORY LATEST #{STAGE} * 1",
        )
        self.socket.sendall("".join(f"{line}\r\n" for line in lines).encode())

    def wait_for_entry(self) -> None:
        """Read until the end of the answer with the last line, and record its id."""
        while (at := self._buffer.find(b"BATCH -")) < 0 or b"\n" not in self._buffer[at:]:
            self._buffer += self._receive()
        *_, (prefix, last) = self._newest.findall(self._buffer[:at])
        _, _, self._buffer = self._buffer[at:].partition(b"\n")
        self._prefix, self.wanted = prefix.decode(), int(last)
        self.last = self.last or self.wanted

    def reconnect(self, port: int) -> None:
        """Reconnect, and ask for what is after the last line read."""
        super().reconnect(port)
        self._resumes = True
        self._ask()

    def _took(self, lines: bytes) -> None:
        if self._resumes and b"BATCH -" in lines and self.last < self.wanted:
            self._ask()

    def _ask(self) -> None:
        after = f"msgid={self._prefix}{self.last}"
        self.socket.send(f"CHATHISTORY AFTER #{STAGE} {after} 500\r\n".encode())


READERS = {"json": SlowReader, "irc": SlowIrcReader}
