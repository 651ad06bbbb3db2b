"""Makes docs/page.png, the picture in README.md: `python -m tests.support.page_screenshot`."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from tests.support.browser import chromium, visitor, web_port
from tests.support.checkout import CHECKOUT
from tests.support.processes import Server

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ViewportSize

PICTURE = CHECKOUT / "docs" / "page.png"
SIZE: ViewportSize = {"width": 1120, "height": 560}
WEB = "tcp:0:backlog=100:interface=127.0.0.1"
TALK = [
    ("Bob", "Good morning! The build of last night is green."),
    ("Bob", "I have put the report at https://ci.example/night/412"),
    ("Carol", "/me puts the kettle on"),
    ("Dana", "בוקר טוב"),
    ("Carol", "Tea at ten, deploy at eleven?"),
]


def take(browser: Browser, picture: Path) -> None:
    """Let some people talk, and take the picture."""
    with TemporaryDirectory() as place, Server("--web", WEB, cwd=Path(place)) as server:
        people = {name: server.guest(name) for name in ("Bob", "Carol", "Dana")}
        people["Bob"].say("/topic the release of Friday")
        for name, text in TALK:
            people[name].say(text)
            others = [person for other, person in people.items() if other != name]
            others[0].read_until(text.removeprefix("/me ").encode())
        context = browser.new_context(viewport=SIZE, locale="en-GB", reduced_motion="reduce")
        alice = visitor(context, web_port(server)).join("Alice")
        alice.wait_for_line("Tea at ten")
        alice.say("/join dev")
        alice.page.wait_for_selector("#room-name:text-is('dev')")
        people["Bob"].say("Alice, eleven is fine with you?")
        alice.page.wait_for_selector("#rooms .mentions")
        people["Bob"].say("/msg Alice shall I ask Eve as well?")
        alice.page.wait_for_selector("#talks .unread")
        alice.page.click("#rooms button:has-text('lobby')")
        alice.say("Eleven it is.")
        alice.wait_for_line("Eleven it is.")
        alice.page.keyboard.insert_text("And somebody should tell")
        alice.screenshot(picture)
        context.close()
        for guest in people.values():
            guest.socket.close()


def main() -> None:
    """Make the picture of README.md anew."""
    with chromium() as browser:
        take(browser, PICTURE)


if __name__ == "__main__":
    main()
