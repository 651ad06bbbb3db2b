"""People at terminals who run the client, and a server that says what it is told."""

from __future__ import annotations

import json
import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pexpect
import pyte

from tests.support.checkout import CHECKOUT
from tests.support.processes import PATIENCE

CLIENT = [sys.executable, "-m", "netchat.client.cli.command"]
NOON = "2026-01-01T12:00:00.000Z"


def environment(home: Path, **more: str) -> dict[str, str]:
    """Return an environment in which nothing of ours is found but what is in `home`."""
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
    return {
        **kept,
        "HOME": str(home),
        "XDG_STATE_HOME": str(home / "state"),
        "PYTHONPATH": str(CHECKOUT),
        "PYTHONWARNINGS": "error",
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "TERM": "xterm-256color",
        **more,
    }


class ScriptedServer:
    """A server on a plain socket; the test is its brain."""

    def __init__(self) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._listening.settimeout(PATIENCE)
        self.address = f"127.0.0.1:{self._listening.getsockname()[1]}"
        self.last = 0
        self._peer: Any = None

    def accept(self) -> None:
        """Wait for the client."""
        self.hang_up()
        self._socket, _ = self._listening.accept()
        self._socket.settimeout(PATIENCE)
        self._peer = self._socket.makefile("rb")

    def let_in(self, *past: tuple[str, str]) -> dict[str, Any]:
        """Wait for the client, and let it in; return its hello.

        `past` is who said what before; who asks for it, or has missed it, is told.
        """
        self.accept()
        login_requests = self.request()
        assert login_requests["type"] == "hello"
        name = login_requests["name"]
        lines = [self.said(*line) for line in past]
        limits = {"line": 4096}
        self.tell(type="welcome", name=name, server="told", protocol=1, limits=limits)
        self.tell(type="entered", room="lobby", topic="", names=["Bob", name], last=self.last)
        if login_requests["after"]:
            for line in lines:
                self.tell(**line)
        elif past:
            assert self.request()["type"] == "history"
            self.tell(type="history", room="lobby", lines=lines, more=False)
        return login_requests

    def said(self, name: str, text: str, **more: Any) -> dict[str, Any]:
        """Return a line said at noon, with the next number."""
        self.last += 1
        line = {"type": "said", "room": "lobby", "id": self.last, "time": NOON}
        return {**line, "from": name, "text": text, **more}

    def tell(self, **event: Any) -> None:
        self.send(json.dumps(event) + "\n")

    def tell_said(self, name: str, *texts: str) -> None:
        """Tell that `name` has said `texts`."""
        self.send("".join(json.dumps(self.said(name, text)) + "\n" for text in texts))

    def send(self, text: str) -> None:
        self._socket.sendall(text.encode())

    def request(self) -> dict[str, Any]:
        """Return the next thing that the client sends, {} if there is none any more."""
        line = self._peer.readline()
        request: dict[str, Any] = json.loads(line) if line else {}
        return request

    def line(self) -> str:
        """Return the next thing that the client says; it is stored."""
        request = self.request()
        assert request["type"] == "say", request
        text: str = request["text"]
        self.tell(**self.said("Alice", text, nonce=request["nonce"]))
        return text

    def let_go(self) -> None:
        """Wait for the goodbye, and answer it."""
        assert self.request() == {"type": "bye"}
        self.tell(type="closing", reason="bye", message="", retry=None)

    def hang_up(self) -> None:
        if self._peer is not None:
            self._peer.close()
            self._socket.close()

    def close(self) -> None:
        self.hang_up()
        self._listening.close()


class TerminalUser:
    """Somebody at a terminal, who runs `netchat` there, types, and reads the screen."""

    def __init__(self, home: Path, *arguments: str, **more: str) -> None:
        self.shown = b""
        self._screen = pyte.Screen(80, 24)
        self._stream = pyte.ByteStream(self._screen)
        self._child = pexpect.spawn(
            CLIENT[0],
            [*CLIENT[1:], *arguments],
            env=environment(home, **more),
            dimensions=(24, 80),
            timeout=PATIENCE,
        )
        # pexpect waits before it sends, for programs that are not ready; ours is.
        self._child.delaybeforesend = None

    @property
    def screen(self) -> list[str]:
        """The lines on the screen that are not empty; spaces at their ends are not seen."""
        return [line.rstrip() for line in self._screen.display if line.strip()]

    @property
    def title(self) -> str:
        """The title of the window, empty if nobody has set it."""
        return str(self._screen.title)

    def types(self, text: str) -> None:
        """Press the keys of `text`."""
        self._child.send(text)

    def pastes(self, text: str) -> None:
        """Paste `text` in a terminal that knows bracketed paste."""
        self.types(f"\x1b[200~{text}\x1b[201~")

    def sees(self, *lines: str) -> None:
        """Wait until `lines` are the last on the screen; TIMEOUT shows what is there instead."""
        self.waits(lambda: self.screen[-len(lines) :] == list(lines))

    def waits(self, for_this: Callable[[], bool]) -> None:
        """Read until `for_this` is so."""
        while not for_this():
            try:
                data = self._child.read_nonblocking(65536, PATIENCE)
            except (pexpect.EOF, pexpect.TIMEOUT) as error:
                raise AssertionError("\n".join(self.screen)) from error
            self.shown += data
            self._stream.feed(data)

    def resizes(self, rows: int, columns: int) -> None:
        """Pull at the corner of the window."""
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

    def is_gone(self) -> None:
        """End the client, whatever it is doing."""
        self._child.close(force=True)
