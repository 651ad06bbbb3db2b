"""The page in a real browser (Debian's chromium, driven by playwright), and what one does on it.

What the page says on its console, and which requests it makes, is recorded: a test that uses a
`Visitor` fails if the page reports an error.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from playwright.sync_api import expect, sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import (
        Browser,
        BrowserContext,
        ConsoleMessage,
        Locator,
        Page,
        Response,
        ViewportSize,
    )

    from tests.support.processes import Server

PATIENCE = 30_000
"""Milliseconds to wait for something expected; only a failing test waits so long."""
CHROMIUM = "/usr/bin/chromium"
WIDE: ViewportSize = {"width": 1280, "height": 800}
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 780},
    "device_scale_factor": 2,
    "has_touch": True,
    "is_mobile": True,
}
_LOST = re.compile(r"WebSocket connection to .* failed|net::ERR_")
"""What chromium itself says when a server is away."""

expect.set_options(timeout=PATIENCE)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Enter a browser."""
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--autoplay-policy=no-user-gesture-required"]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield browser
        browser.close()


@dataclass
class Visitor:
    """One tab at the page of the server on `port`."""

    page: Page
    port: int
    errors: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    responses: list[Response] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.set_default_timeout(PATIENCE)
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("response", self._answered)

    def open(self) -> Visitor:
        """Open the page."""
        self.page.goto(f"http://127.0.0.1:{self.port}/")
        return self

    def join(self, name: str) -> Visitor:
        """Open the page and join as `name`."""
        self.open()
        self.page.fill("#login-name", name)
        self.page.click("#login-button")
        self.wait_for_state("Connected")
        return self

    def say(self, text: str) -> None:
        """Type `text` and send it."""
        self.page.focus("#text")
        self.page.keyboard.insert_text(text)
        self.page.click("#send")

    def line(self, text: str) -> Locator:
        """Return the lines of the timeline that have `text`, whether they are stored or not."""
        return self.page.locator(".line", has_text=text)

    def wait_for_line(self, text: str) -> None:
        """Wait until `text` is in the timeline, once, and stored."""
        expect(self.page.locator(".line:not(.unsent)", has_text=text)).to_have_count(1)

    def wait_for_state(self, word: str) -> None:
        """Wait until the word beside the dot is `word`."""
        expect(self.page.locator("#state")).to_have_text(re.compile(word))

    def texts(self) -> list[str]:
        """Return the texts of the timeline, oldest first."""
        return self.page.locator(".line .text").all_text_contents()

    def screenshot(self, path: Path) -> None:
        """Store what the page looks like."""
        self.page.screenshot(path=path)

    def _answered(self, response: Response) -> None:
        self.responses.append(response)

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not _LOST.search(message.text):
            self.errors.append(message.text)


def visitor(context: BrowserContext, port: int) -> Visitor:
    """Return a new tab in `context`, at which nothing is open yet."""
    return Visitor(context.new_page(), port)


def web_port(server: Server) -> int:
    """Return the port on which `server`, started with --web, serves nothing but the page."""
    return server.page_port
