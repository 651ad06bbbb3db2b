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

from tests.support.checkout import CHECKOUT
from tests.support.needs import needs
from tests.support.processes import PATIENCE

if TYPE_CHECKING:
    from tests.support.processes import Server

DOCUMENT = (CHECKOUT / "docs" / "bots.md").read_text(encoding="utf-8")
RUNNERS = {"python": [sys.executable, "-c"], "bash": ["bash", "-c"]}


@pytest.mark.parametrize("language", ["python", pytest.param("bash", marks=needs("bash", "jq"))])
def test_the_bot_answers(language: str, server: Server, tmp_path: Path) -> None:
    (code,) = re.findall(rf"```{language}\n(.*?)```", DOCUMENT, re.DOTALL)
    code = code.replace("5001", str(server.ports[0]))
    with server.guest("Alice") as alice:
        bot = subprocess.Popen([*RUNNERS[language], code], cwd=tmp_path, start_new_session=True)
        try:
            name = alice.line().split()[1]
            alice.say("pong")
            alice.say("ping")
            assert alice.line() == f"{name}: pong, Alice"
            assert server.stop() == 0
            assert bot.wait(PATIENCE) == 0
        finally:
            if bot.poll() is None:
                os.killpg(bot.pid, signal.SIGKILL)
                bot.wait()
