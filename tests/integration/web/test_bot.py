"""The bot in JavaScript of docs/bots.md, in a browser: in a page that the server lets in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.bots import bot_of_the_document
from tests.support.needs import needs

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.support.processes import Server

pytestmark = [needs("chromium"), pytest.mark.long]


def test_the_bot_answers_from_a_browser(browser: Browser, server: Server) -> None:
    # The server's own page lets no other script run; one of another site has rules of its own.
    with browser.new_context(bypass_csp=True) as context, server.guest("Alice") as alice:
        page = context.new_page()
        page.goto(f"http://127.0.0.1:{server.page_port}/")
        page.add_script_tag(content=bot_of_the_document("javascript", 0, server))
        name = alice.line().split()[1]
        alice.say("ping")
        assert alice.line() == f"{name}: pong, Alice"
