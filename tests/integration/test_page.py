"""The page in a real browser: nothing is lost or doubled, and a hostile line stays a text."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.needs import needs
from tests.support.processes import PATIENCE, Server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = needs("chromium")
playwright = pytest.importorskip("playwright.sync_api")
TEXTS = "[...document.querySelectorAll('#messages .text')].map(text => text.textContent)"
EXPECTED_ERRORS = ("WebSocket connection to",)
"""A browser logs each attempt to connect to a server that is not there."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Debian's chromium."""
    with playwright.sync_playwright() as driver:
        path = shutil.which("chromium")
        browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@contextmanager
def opened(browser: Any, server: Server, **options: object) -> Iterator[Any]:
    """Yield the page of `server` in a browser profile of its own; it must have logged no error."""
    problems: list[str] = []
    with browser.new_context(**options) as context:
        context.set_default_timeout(PATIENCE * 1000)
        page = context.new_page()
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda message: _note(message, problems))
        page.on("request", lambda request: _note_request(request.url, server, problems))
        page.goto(f"http://{server.address}/")
        yield page
    assert problems == []


def _note(message: Any, problems: list[str]) -> None:
    if message.type in ("error", "warning") and not message.text.startswith(EXPECTED_ERRORS):
        problems.append(message.text)


def _note_request(url: str, server: Server, problems: list[str]) -> None:
    if url.split("/")[2] != server.address:
        problems.append(f"a request to {url}")


def join(page: Any, name: str) -> None:
    page.fill("#join-name", name)
    page.press("#join-name", "Enter")
    page.wait_for_selector("#state[data-state=connected]")
    page.wait_for_selector("#room-name:has-text('lobby')")


def say(page: Any, text: str) -> None:
    page.fill("#text", text)
    page.press("#text", "Enter")


def wait_for_text(page: Any, text: str) -> None:
    page.wait_for_function(f"text => {TEXTS}.includes(text)", arg=text)


def restarted(server: Server, cwd: Path) -> Server:
    """Kill the server with SIGKILL, and return another one at its address."""
    server.process.kill()
    server.process.wait()
    return Server("--listen", f"tcp:{server.ports[0]}:interface=127.0.0.1", cwd=cwd)


def test_nothing_is_lost_or_doubled_when_the_server_is_killed(browser: Any, tmp_path: Path) -> None:
    with (
        Server(cwd=tmp_path) as first,
        opened(browser, first) as alice,
        opened(browser, first) as bob,
    ):
        join(alice, "Alice")
        join(bob, "Bob")
        with first.guest("Carol") as carol:
            carol.say("from a terminal")
            wait_for_text(alice, "from a terminal")
            for number in range(20):
                say(alice, f"alice {number}")
            say(bob, "bob before")
            wait_for_text(alice, "bob before")
            for number in range(20, 40):
                say(alice, f"alice {number}")
            alice.fill("#text", "a draft")
            second = restarted(first, tmp_path)
        with second:
            say(bob, "bob after")
            alice.wait_for_selector("#pending li", state="detached")
            wait_for_text(alice, "bob after")
            wait_for_text(bob, "alice 39")
            with second.guest("Dave") as dave:
                dave.say("the end")
                wait_for_text(alice, "the end")
                wait_for_text(bob, "the end")
            texts = alice.evaluate(TEXTS)
            assert bob.evaluate(TEXTS) == texts
            assert [text for text in texts if text.startswith("alice")] == [
                f"alice {number}" for number in range(40)
            ]
            assert sorted(text for text in texts if not text.startswith("alice")) == [
                "bob after",
                "bob before",
                "from a terminal",
                "the end",
            ]
            assert alice.input_value("#text") == "a draft"


def test_what_was_said_offline_is_sent_after_a_reload(
    browser: Any, server: Server, tmp_path: Path
) -> None:
    with opened(browser, server) as alice:
        join(alice, "Alice")
        alice.evaluate("WebSocket.prototype.send = () => {}")  # The network swallows it.
        say(alice, "kept over a reload")
        alice.wait_for_selector("#pending li")
        alice.reload()
        wait_for_text(alice, "kept over a reload")
        alice.wait_for_selector("#pending li", state="detached")
        assert alice.evaluate(TEXTS) == ["kept over a reload"]


def test_a_refused_name_says_why_beside_the_field(browser: Any, server: Server) -> None:
    with server.guest("Alice"), opened(browser, server) as page:
        page.fill("#join-name", "Alice")
        page.press("#join-name", "Enter")
        page.wait_for_selector("#join-error:has-text('taken')")
        assert page.input_value("#join-name") == "Alice"
        join(page, "Bob")


def test_markup_in_a_line_is_a_text(browser: Any, server: Server) -> None:
    hostile = "<img src=x onerror=alert(1)> javascript:alert(1)"
    with server.guest("Mallory") as mallory, opened(browser, server) as page:
        join(page, "Alice")
        mallory.say(hostile)
        wait_for_text(page, hostile)
        assert page.locator("#messages img, #messages a").count() == 0


def test_earlier_messages_load_and_the_place_is_kept(browser: Any, server: Server) -> None:
    with server.guest("Bob") as bob, opened(browser, server) as page:
        for number in range(300):
            bob.say(f"line {number}")
        with server.guest("Carol"):
            join(page, "Alice")
            wait_for_text(page, "line 299")
        page.evaluate("document.getElementById('scroller').scrollTop = 300")
        top = "document.querySelector('[data-id=\"210\"]').getBoundingClientRect().top"
        before = page.evaluate(top)
        wait_for_text(page, "line 101")
        assert abs(page.evaluate(top) - before) < 1
