"""The page by keyboard alone; a server that wants a password, or that is another one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.support.browser import WIDE, visitor, web_port
from tests.support.needs import needs
from tests.support.processes import Server

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Browser

    from tests.support.browser import Visitor

pytestmark = [needs("chromium"), pytest.mark.long]
OWN_PORT = "tcp:0:backlog=100:interface=127.0.0.1"


def title(alice: Visitor, room: str) -> None:
    """Wait until `room` is shown."""
    expect(alice.page.locator("#room-name")).to_have_text(room)


def test_rooms_are_joined_and_changed_by_keys(
    visit: Callable[..., Visitor], server: Server
) -> None:
    alice = visit().join("Alice")
    press, type_ = alice.page.keyboard.press, alice.page.keyboard.type
    press("Control+k")
    type_("dev")
    press("Enter")
    title(alice, "dev")
    press("Alt+ArrowUp")
    title(alice, "lobby")
    press("Control+k")
    type_("ops")
    press("Enter")
    title(alice, "ops")
    with server.guest("Bob") as bob:
        bob.say("hello")
        alice.page.wait_for_selector("#rooms .unread")
        press("Alt+Shift+ArrowDown")
        title(alice, "lobby")
    press("?")
    alice.page.wait_for_selector("#help[open]")
    press("Escape")
    alice.page.wait_for_selector("#help[open]", state="detached")


def test_names_commands_and_emoji_are_completed(
    visit: Callable[..., Visitor], server: Server
) -> None:
    alice = visit().join("Alice")
    press, type_ = alice.page.keyboard.press, alice.page.keyboard.type
    with server.guest("Bob"):
        alice.page.wait_for_selector(".people button:has-text('Bob')")
        type_("@b")
        alice.page.wait_for_selector("#complete li:has-text('Bob')")
        press("Enter")
        type_("see :rocke")
        alice.page.wait_for_selector("#complete li:has-text('🚀')")
        press("Tab")
        type_("and bo")
        press("Tab")
        assert alice.page.input_value("#text") == "Bob: see 🚀 and Bob "
        alice.page.fill("#text", "")
        type_("/to")
        alice.page.wait_for_selector("#complete li:has-text('/topic TEXT')")
        press("Enter")
        type_("breakfast")
        press("Enter")
        expect(alice.page.locator("#topic")).to_have_text("breakfast")
        type_("/nonsense")
        press("Enter")
        expect(alice.page.locator("#hint")).to_contain_text("There is no command /nonsense")


def test_every_control_is_reached_by_tab_and_shows_its_focus(visit: Callable[..., Visitor]) -> None:
    alice = visit(bypass_csp=True).join("Alice")
    reached = []
    for _ in range(20):
        alice.page.keyboard.press("Tab")
        reached.append(alice.page.evaluate("() => document.activeElement.id"))
        if reached[-1] == "text":
            break
        if reached[-1]:
            outline = "() => getComputedStyle(document.activeElement).outlineStyle"
            assert alice.page.evaluate(outline) == "solid", reached[-1]
    expected = ["open-jump", "self", "topic", "open-people", "open-search", "scroller", "text"]
    assert [each for each in reached if each in expected] == expected


def test_the_last_unsent_message_is_edited_with_the_arrow(
    visit: Callable[..., Visitor], server: Server
) -> None:
    alice = visit().join("Alice")
    server.stop(9)
    alice.page.wait_for_selector("#dot:not(.on)")
    alice.say("one")
    alice.say("tow")
    alice.page.wait_for_selector(".unsent:has-text('tow')")
    alice.page.keyboard.press("ArrowUp")
    assert alice.page.input_value("#text") == "tow"
    expect(alice.page.locator(".unsent")).to_have_count(1)


def test_a_password_is_asked_for_only_where_the_server_wants_one(
    browser: Browser, tmp_path: Path
) -> None:
    secret = tmp_path / "password"
    secret.write_text("sesame\n", encoding="utf-8")
    secret.chmod(0o600)
    motd = tmp_path / "motd"
    motd.write_text("Be kind.\n", encoding="utf-8")
    options = ("--password-file", str(secret), "--motd", str(motd))
    with Server("--web", OWN_PORT, *options, cwd=tmp_path) as server:
        context = browser.new_context(viewport=WIDE)
        alice = visitor(context, web_port(server)).open()
        password = alice.page.locator("#login-password")
        alice.page.fill("#login-name", "Alice")
        expect(password).to_be_hidden()
        alice.page.keyboard.press("Enter")
        expect(password).to_be_visible()
        expect(alice.page.locator("#login-error")).to_have_text("This server wants a password.")
        alice.page.keyboard.type("open")
        alice.page.keyboard.press("Enter")
        expect(alice.page.locator("#login-button")).to_have_text("Joining…")
        expect(alice.page.locator("#login-button")).to_have_text("Join")
        expect(password).to_be_focused()
        password.fill("sesame")
        alice.page.keyboard.press("Enter")
        alice.wait_for_state("Connected")
        alice.page.wait_for_selector(".note:has-text('Be kind.')")
        context.close()


def test_a_server_with_another_journal_is_not_mixed_up_with_the_first(
    visit: Callable[..., Visitor], server: Server, tmp_path: Path
) -> None:
    alice = visit().join("Alice")
    for number in range(5):
        alice.say(f"old {number}")
        alice.wait_for_line(f"old {number}")
    server.stop(9)
    web = f"tcp:{web_port(server)}:interface=127.0.0.1"
    place = tmp_path / "other"
    place.mkdir()
    with Server("--web", web, cwd=place) as other:
        alice.wait_for_state("Connected")
        with other.guest("Bob") as bob:
            for number in range(8):
                bob.say(f"new {number}")
        alice.wait_for_line("new 7")
        assert alice.texts() == [f"new {number}" for number in range(8)]
