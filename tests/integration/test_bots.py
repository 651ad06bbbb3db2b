"""The bots of docs/bots.md, run unchanged."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.bots import DOCUMENT, bot_of_the_document
from tests.support.needs import needs
from tests.support.processes import PATIENCE

if TYPE_CHECKING:
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
    assert sorted(languages) == sorted(str(bot.values[0]) for bot in BOTS)
