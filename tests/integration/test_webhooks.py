"""Webhooks by a real server, curl, and a real receiver; docs/webhooks.md, run unchanged."""

from __future__ import annotations

import json
import re
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from queue import Queue
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.checkout import CHECKOUT
from tests.support.needs import needs
from tests.support.processes import PATIENCE, SCRIPTS, Server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DOCUMENT = (CHECKOUT / "docs" / "webhooks.md").read_text(encoding="utf-8")
PAGE = ("--web", "tcp:port=0:interface=127.0.0.1")


def example(language: str) -> str:
    """Return the program of the document in `language`."""
    return str(re.findall(rf"```{language}\n(.*?)```", DOCUMENT, re.DOTALL)[0])


def admin(tmp_path: Path, *arguments: str) -> str:
    """Return what `netchat admin` prints; the server runs in `tmp_path`."""
    command = [str(SCRIPTS / "netchat"), "admin", str(tmp_path / "data"), *arguments]
    return subprocess.run(
        command, check=True, timeout=PATIENCE, capture_output=True, text=True
    ).stdout


def secret_in(printed: str) -> str:
    """Return the token or the secret of a new webhook."""
    return str(re.findall(r"[0-9a-f]{40}", printed)[0])


class Receiver:
    """An HTTP server that records what it is sent; it answers with the next of `statuses`."""

    def __init__(self) -> None:
        self.requests: Queue[tuple[str, dict[str, str], bytes]] = Queue()
        self.statuses: list[int] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = receiver.statuses.pop(0) if receiver.statuses else 204
                self.send_response(status)
                self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()
                receiver.requests.put((self.path, dict(self.headers), body))

            def log_message(self, *_: object) -> None:
                pass

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/lines"
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    def next(self) -> tuple[str, dict[str, str], bytes]:
        """Return the next request."""
        return self.requests.get(timeout=PATIENCE)

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.close()


@needs("curl", "bash")
def test_the_commands_of_the_document_say_two_lines(tmp_path: Path) -> None:
    with Server(*PAGE, cwd=tmp_path) as server, server.guest("Alice") as alice:
        alice.say("/join builds")
        token = secret_in(admin(tmp_path, "webhook", "add", "ci", "builds"))
        program = example("bash").replace(":5080", f":{server.page_port}")
        ran = subprocess.run(
            ["bash", "-ec", f"TOKEN={token}\n{program}"],
            check=True,
            timeout=PATIENCE,
            capture_output=True,
            text=True,
        )
        assert [json.loads(line)["id"] for line in ran.stdout.splitlines()] == [1, 2]
        assert alice.line() == "* You are now in builds"
        assert [alice.line(), alice.line()] == ["ci: build 7 is done"] * 2
        assert token not in server.log
        server.stop()
        assert token not in server.log
    stored = (tmp_path / "data" / "journal.sqlite").read_bytes()
    assert token.encode() not in stored


def test_the_lines_of_a_room_arrive_signed_as_the_document_says(
    tmp_path: Path, receiver: Receiver
) -> None:
    scope: dict[str, Any] = {}
    exec(example("python"), scope)
    with Server(cwd=tmp_path) as server, server.guest("Alice") as alice:
        alice.say("before")
        alice.say("/rooms")
        assert alice.line().startswith("* Rooms")
        secret = secret_in(admin(tmp_path, "webhook", "add", "log", "lobby", receiver.url))
        receiver.statuses = [302, 500]
        alice.say("hello")
        for _ in range(3):
            path, headers, body = receiver.next()
            assert path == "/lines"
            assert scope["is_genuine"](secret, headers, body)
            assert not scope["is_genuine"](secret, headers, body + b" ")
            assert not scope["is_genuine"]("other", headers, body)
            assert [line["text"] for line in json.loads(body)["lines"]] == ["hello"]
        server.process.kill()
        server.process.wait(PATIENCE)
    with Server(cwd=tmp_path) as server, server.guest("Bob") as bob:
        bob.say("again")
        texts: list[str] = []
        while "again" not in texts:
            texts += [line["text"] for line in json.loads(receiver.next()[2])["lines"]]
        # At least once: what was answered just before the server was killed may come again.
        assert texts in (["again"], ["hello", "again"])
        server.stop()
        assert secret not in server.log
