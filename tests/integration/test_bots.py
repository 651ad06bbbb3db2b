"""The bots of docs/bots.md, run unchanged."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.bots import DOCUMENT, bot_of_the_document
from tests.support.needs import needs
from tests.support.processes import PATIENCE
from tests.support.relay import Relay

if TYPE_CHECKING:
    from tests.support.client_processes import ScriptedServer
    from tests.support.processes import Server

RUNNERS = {
    "python": [sys.executable, "-c"],
    "bash": ["bash", "-c"],
    "javascript": ["node", "-e"],
}
WS = "ws@8.23.0"
"""What the bot in JavaScript needs where Node.js has no WebSocket of its own, from npm."""
BOTS = [
    pytest.param("python", 0, id="python"),
    pytest.param("bash", 0, id="bash", marks=needs("bash", "jq")),
    pytest.param("python", 1, id="python by WebSocket"),
    pytest.param("javascript", 0, id="javascript", marks=needs("node", "npm")),
]

LASTING = [
    pytest.param("python", 2, id="python that lasts"),
    pytest.param("javascript", 1, id="javascript that lasts", marks=needs("node", "npm")),
]


def install_websocket(folder: Path) -> None:
    """Install WS for programs in `folder`, if Node.js has no WebSocket of its own."""
    own = subprocess.run(["node", "-e", "WebSocket"], capture_output=True, check=False)
    if own.returncode:
        install = ["npm", "install", "--silent", "--no-save", "--prefix", str(folder), WS]
        subprocess.run(install, check=True, timeout=120)


@pytest.mark.parametrize(("language", "place"), BOTS)
def test_the_bot_answers(language: str, place: int, page_server: Server, tmp_path: Path) -> None:
    code = bot_of_the_document(language, place, page_server)
    if language == "javascript":
        install_websocket(tmp_path)
    with page_server.guest("Alice") as alice:
        bot = subprocess.Popen([*RUNNERS[language], code], cwd=tmp_path, start_new_session=True)
        try:
            name = alice.line().split()[1]
            alice.say("pong")
            alice.say("ping")
            assert alice.line() == f"{name}: pong, Alice"
            assert page_server.stop() == 0
            assert bot.wait(PATIENCE) == 0
        finally:
            if bot.poll() is None:
                os.killpg(bot.pid, signal.SIGKILL)
                bot.wait()


def test_every_bot_of_the_document_is_run() -> None:
    languages = re.findall(r"```(\w+)\n", DOCUMENT)
    assert sorted(languages) == sorted(str(bot.values[0]) for bot in [*BOTS, *LASTING])


def journal_of(server: Server) -> str:
    """Return the identifier of the journal of `server`."""
    with socket.create_connection(("127.0.0.1", server.ports[0]), PATIENCE) as connection:
        connection.sendall(b'{"type":"hello","name":"probe","rooms":[]}\n')
        with connection.makefile("rb") as answers:
            return str(json.loads(answers.readline())["journal"])


def test_the_bot_that_lasts_comes_back_on_another_server(
    page_server: Server, scripted_server: ScriptedServer
) -> None:
    code = bot_of_the_document("python", 2, page_server)
    code = code.replace(page_server.address, scripted_server.address)
    with page_server.guest("Alice") as alice:
        alice.say("first")
        bot = subprocess.Popen([*RUNNERS["python"], code])
        try:
            scripted_server.accept()
            assert scripted_server.read_request()["after"] == {}
            servers, journal = [page_server.address], journal_of(page_server)
            scripted_server.send_event(type="welcome", journal=journal, servers=servers)
            scripted_server.send_event(type="entered", room="lobby", last=0)
            scripted_server.send_event(**scripted_server.said("Bob", "ping"))
            assert scripted_server.read_request()["nonce"] == "lobby 1"
            scripted_server.close()
            assert alice.line() == "* lasting joined"
            assert alice.line() == "lasting: pong, Bob"
            alice.say("ping")
            assert alice.line() == "lasting: pong, Alice"
        finally:
            bot.kill()
            bot.wait()


@needs("node", "npm")
def test_the_bot_that_lasts_comes_back_by_websocket(page_server: Server, tmp_path: Path) -> None:
    install_websocket(tmp_path)
    code = bot_of_the_document("javascript", 1, page_server)
    relay = Relay(page_server.page_port)
    with page_server.guest("Alice") as alice, closing(relay):
        code = code.replace(f"127.0.0.1:{page_server.page_port}", f"127.0.0.1:{relay.port}")
        bot = subprocess.Popen([*RUNNERS["javascript"], code], cwd=tmp_path)
        try:
            assert alice.line() == "* lasting joined"
            # It is told that it is in the room later than she is.
            alice.say("ping")
            assert alice.line() == "lasting: pong, Alice"
            relay.cut()
            assert alice.line() == "* lasting left"
            alice.say("ping")
            relay.mend()
            assert alice.line() == "* lasting joined"
            assert alice.line() == "lasting: pong, Alice"
            alice.say("ping")
            assert alice.line() == "lasting: pong, Alice"
        finally:
            bot.kill()
            bot.wait()
