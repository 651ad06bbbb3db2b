"""Users at terminals who run the client, and a server that the test scripts."""

from __future__ import annotations

import json
import os
import socket
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pexpect
import pyte

from tests.support.checkout import CHECKOUT
from tests.support.processes import PATIENCE

CLIENT = [sys.executable, "-m", "netchat.client.cli.command"]
NOON = "2026-01-01T12:00:00.000Z"


def environment(home: Path, **more: str) -> dict[str, str]:
    """Return an environment where the user's files are those in `home` only."""
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
    return {
        **kept,
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_STATE_HOME": str(home / "state"),
        "PYTHONPATH": str(CHECKOUT),
        "PYTHONWARNINGS": "error",
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "TERM": "xterm-256color",
        **more,
    }


class ScriptedServer:
    """A server on a plain socket; the test decides what it sends."""

    def __init__(self) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._listening.settimeout(PATIENCE)
        self.address = f"127.0.0.1:{self._listening.getsockname()[1]}"
        self.last = 0
        self._peer: Any = None

    def accept(self) -> None:
        """Wait for the client to connect."""
        self.disconnect()
        self._socket, _ = self._listening.accept()
        self._socket.settimeout(PATIENCE)
        self._peer = self._socket.makefile("rb")

    def accept_login(self, *past: tuple[str, str]) -> dict[str, Any]:
        """Wait for the client, and log it in; return its hello.

        `past` is the names and texts of earlier lines, which the client gets as its history or as
        missed lines.
        """
        self.accept()
        login_requests = self.read_request()
        assert login_requests["type"] == "hello"
        name = login_requests["name"]
        lines = [self.said(*line) for line in past]
        limits = {"line": 4096}
        self.send_event(type="welcome", name=name, server="told", protocol=1, limits=limits)
        self.send_event(type="entered", room="lobby", topic="", names=["Bob", name], last=self.last)
        if login_requests["after"]:
            for line in lines:
                self.send_event(**line)
        elif past:
            assert self.read_request()["type"] == "history"
            self.send_event(type="history", room="lobby", lines=lines, more=False)
        return login_requests

    def said(self, name: str, text: str, **more: Any) -> dict[str, Any]:
        """Return a line said at noon, with the next id."""
        self.last += 1
        line = {"type": "said", "room": "lobby", "id": self.last, "time": NOON}
        return {**line, "from": name, "text": text, **more}

    def send_event(self, **event: Any) -> None:
        self.send(json.dumps(event) + "\n")

    def send_lines(self, name: str, *texts: str) -> None:
        """Send the lines `texts`, said by `name`."""
        self.send("".join(json.dumps(self.said(name, text)) + "\n" for text in texts))

    def send(self, text: str) -> None:
        self._socket.sendall(text.encode())

    def read_request(self) -> dict[str, Any]:
        """Return the next request of the client, {} if it has closed; its pings are answered."""
        while line := self._peer.readline():
            request: dict[str, Any] = json.loads(line)
            if request["type"] != "ping":
                return request
            self.send_event(type="pong", nonce=request["nonce"])
        return {}

    def read_line(self) -> str:
        """Return the next line that the client says, and acknowledge it as stored."""
        request = self.read_request()
        assert request["type"] == "say", request
        text: str = request["text"]
        self.send_event(**self.said("Alice", text, nonce=request["nonce"]))
        return text

    def accept_goodbye(self) -> None:
        """Wait for the goodbye, and answer it."""
        assert self.read_request() == {"type": "bye"}
        self.send_event(type="closing", reason="bye", message="", retry=None)

    def disconnect(self) -> None:
        if self._peer is not None:
            self._peer.close()
            self._socket.close()

    def close(self) -> None:
        self.disconnect()
        self._listening.close()


class TerminalUser:
    """A user at a terminal, who runs `netchat` there, types, and reads the screen."""

    program: Sequence[str] = CLIENT

    def __init__(self, home: Path, *arguments: str, **more: str) -> None:
        self.shown = b""
        self._screen = pyte.Screen(80, 24)
        self._stream = pyte.ByteStream(self._screen)
        self._child = pexpect.spawn(
            self.program[0],
            [*self.program[1:], *arguments],
            env=environment(home, **more),
            dimensions=(24, 80),
            timeout=PATIENCE,
        )
        # pexpect's delay before sending is for programs that are not ready; netchat is.
        self._child.delaybeforesend = None

    @property
    def screen(self) -> list[str]:
        """The lines that are not empty, down to the one with the cursor, without ends of spaces."""
        lines = self._screen.display[: self._screen.cursor.y + 1]
        return [line.rstrip() for line in lines if line.strip()]

    @property
    def status(self) -> str:
        """The lines below the one with the cursor."""
        return "\n".join(self._screen.display[self._screen.cursor.y + 1 :]).strip()

    @property
    def title(self) -> str:
        """The title of the window, empty if none was set."""
        return str(self._screen.title)

    def types(self, text: str) -> None:
        """Press the keys of `text`."""
        self._child.send(text)

    def pastes(self, text: str) -> None:
        """Paste `text` in a terminal that supports bracketed paste."""
        self.types(f"\x1b[200~{text}\x1b[201~")

    def sees(self, *lines: str) -> None:
        """Wait until `lines` are the last on the screen; a failure shows the screen instead."""
        self.waits(lambda: self.screen[-len(lines) :] == list(lines))

    def waits(self, for_this: Callable[[], bool]) -> None:
        """Read until `for_this` returns true."""
        while not for_this():
            try:
                data = self._child.read_nonblocking(65536, PATIENCE)
            except (pexpect.EOF, pexpect.TIMEOUT) as error:
                raise AssertionError("\n".join(self.screen)) from error
            self.shown += data
            self._stream.feed(data)

    def resizes(self, rows: int, columns: int) -> None:
        """Resize the window."""
        self._screen.resize(rows, columns)
        self._child.setwinsize(rows, columns)

    def leaves(self) -> int:
        """Read to the end; return the exit code."""
        while True:
            try:
                data = self._child.read_nonblocking(65536, PATIENCE)
            except pexpect.EOF:
                break
            self.shown += data
            self._stream.feed(data)
        self._child.close()
        code: int = self._child.exitstatus
        return code

    def kill(self) -> None:
        """Kill the client, whatever it is doing."""
        self._child.close(force=True)
