"""A name that is one's own: by a key that the browser keeps, and by a password on other devices."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.integration.web.conftest import OWN_PORT
from tests.support.browser import visitor, web_port
from tests.support.needs import needs
from tests.support.processes import Server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

    from tests.support.browser import Visitor

PASSWORD = "correct horse battery"
pytestmark = [needs("chromium"), pytest.mark.long]


def open_account(alice: Visitor) -> None:
    alice.say("/account")
    expect(alice.page.locator("#account")).to_be_visible()


def own_by_key(alice: Visitor) -> None:
    """Own the name by a key in the browser."""
    open_account(alice)
    alice.page.click("#own-key")
    expect(alice.page.locator("#proofs li")).to_have_count(1)
    alice.page.click("#account .close")


def own_by_password(alice: Visitor, password: str = PASSWORD) -> None:
    """Own the name by a password, or add it to an account."""
    open_account(alice)
    alice.page.fill("#own-password", password)
    alice.page.fill("#own-again", password)
    alice.page.click("#own-form [type=submit]")
    expect(alice.page.locator("#proofs li", has_text="password")).to_have_count(1)
    alice.page.click("#account .close")


def come_as(visitor: Visitor, name: str) -> None:
    """Open the page and ask for `name`, whatever comes of it."""
    visitor.open()
    visitor.page.fill("#login-name", name)
    visitor.page.click("#login-button")


def test_a_name_owned_by_a_key_is_still_the_users_after_a_reload(
    visit: Callable[..., Visitor],
) -> None:
    alice = visit().join("Alice")
    own_by_key(alice)
    alice.page.reload()
    alice.wait_for_state("Connected")
    expect(alice.page.locator("#self-name")).to_have_text("Alice")
    open_account(alice)
    expect(alice.page.locator("#account-title")).to_have_text("Alice is yours")
    expect(alice.page.locator("#proofs li")).to_have_text(re.compile("key, Chrome on Linux"))


def test_a_second_tab_with_the_key_is_one_more_device_of_the_same_person(
    visit: Callable[..., Visitor],
) -> None:
    alice = visit().join("Alice")
    own_by_key(alice)
    other = visit(alice.page.context)
    other.join("Alice")
    other.say("from the other tab")
    alice.wait_for_line("from the other tab")
    expect(alice.page.locator("#people-title")).to_have_text("People 1")
    expect(alice.line("from the other tab").locator(".author")).to_have_text("Alice: ")
    open_account(alice)
    expect(alice.page.locator("#devices li")).to_have_count(2)
    alice.page.click("#devices .link")
    expect(alice.page.locator("#devices li")).to_have_count(1)
    expect(other.page.locator("#strip")).to_be_visible()
    other.wait_for_state("Offline")


def test_another_browser_is_asked_for_the_password_until_it_is_right(
    visit: Callable[..., Visitor],
) -> None:
    alice = visit().join("Alice")
    own_by_key(alice)
    own_by_password(alice)
    other = visit()
    come_as(other, "Alice")
    expect(other.page.locator("#proof")).to_be_visible()
    other.page.fill("#proof-password", "a wrong guess")
    other.page.click("#proof-send")
    expect(other.page.locator("#proof-error")).not_to_be_empty()
    other.page.fill("#proof-password", PASSWORD)
    other.page.click("#proof-send")
    other.wait_for_state("Connected")
    expect(other.page.locator("#proof")).not_to_be_visible()
    expect(other.page.locator("#people-title")).to_have_text("People 1")


def test_a_password_is_asked_for_once_and_proves_the_name_on_later_connections(
    browser: Browser, tmp_path: Path
) -> None:
    with Server("--web", OWN_PORT, cwd=tmp_path) as first:
        port = web_port(first)
        alice = visitor(browser.new_context(), port).join("Alice")
        own_by_password(alice)
        other = visitor(browser.new_context(), port)
        come_as(other, "Alice")
        other.page.fill("#proof-password", PASSWORD)
        other.page.click("#proof-send")
        other.wait_for_state("Connected")
        first.stop()
    other.wait_for_state("Back in")
    with Server("--web", OWN_PORT.replace("tcp:0", f"tcp:{port}"), cwd=tmp_path):
        other.page.click("#retry")
        other.wait_for_state("Connected")
        open_account(other)
        expect(other.page.locator("#account-title")).to_have_text("Alice is yours")
        expect(other.page.locator("#proof")).not_to_be_visible()
    for each in (alice, other):
        each.page.context.close()


def test_who_cannot_prove_the_name_takes_another_one(visit: Callable[..., Visitor]) -> None:
    alice = visit().join("Alice")
    own_by_key(alice)
    other = visit()
    come_as(other, "Alice")
    other.page.click("#proof .close")
    expect(other.page.locator("#login-error")).to_have_text(re.compile("belongs to somebody"))
    other.page.fill("#login-name", "Bob")
    other.page.click("#login-button")
    other.wait_for_state("Connected")


def test_passwords_that_differ_are_refused_in_the_dialog(visit: Callable[..., Visitor]) -> None:
    alice = visit().join("Alice")
    open_account(alice)
    alice.page.fill("#own-password", PASSWORD)
    alice.page.fill("#own-again", "something else")
    alice.page.click("#own-form [type=submit]")
    expect(alice.page.locator("#account-error")).to_have_text(re.compile("not the same"))
    assert alice.page.evaluate("document.activeElement.id") == "own-again"


@pytest.fixture
def scram_server(tmp_path: Path) -> Iterator[Server]:
    with Server("--web", OWN_PORT, "--scram", cwd=tmp_path) as running:
        yield running


def test_with_scram_the_password_does_not_cross_the_wire_at_a_login(
    browser: Browser, scram_server: Server
) -> None:
    contexts = [browser.new_context(), browser.new_context()]
    alice = visitor(contexts[0], web_port(scram_server)).join("Alice")
    own_by_password(alice)
    other = visitor(contexts[1], web_port(scram_server))
    sent: list[str] = []
    other.page.on(
        "websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(str(frame)))
    )
    come_as(other, "Alice")
    other.page.fill("#proof-password", PASSWORD)
    other.page.click("#proof-send")
    other.wait_for_state("Connected")
    assert any('"method":"scram"' in frame for frame in sent)
    assert not any(PASSWORD in frame for frame in sent)
    assert alice.errors + other.errors == []
    for context in contexts:
        context.close()
