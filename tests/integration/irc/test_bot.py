"""Bots that speak IRC on a plain socket."""

from __future__ import annotations

import subprocess
import sys

from tests.integration.irc.conftest import json_client
from tests.integration.irc.test_talk import reads
from tests.support.bots import bot_of_the_document
from tests.support.processes import PATIENCE, Server


def test_the_bot_of_the_document_answers_in_the_room_and_in_private(server: Server) -> None:
    code = bot_of_the_document("python", 0, server, "irc.md")
    with server.guest("Bob") as bob, json_client(server, "Carol") as carol:
        reads(bob, "* Carol joined")
        bot = subprocess.Popen([sys.executable, "-c", code])
        try:
            reads(bob, "* clock joined")
            bob.say("!time")
            assert bob.line().startswith("clock: It is ")
            carol.ask(type="tell", to="clock", text="!time")
            while (told := carol.event("told"))["from"] != "clock":
                pass
            assert told["text"].startswith("It is ")
        finally:
            bot.kill()
            bot.wait(PATIENCE)
