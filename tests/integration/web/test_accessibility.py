"""axe finds nothing to complain about on any screen: light, dark, phone, and enlarged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.needs import needs

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from tests.support.browser import Visitor
    from tests.support.processes import Server

pytestmark = [needs("chromium", "npm"), pytest.mark.long]
RUN = "async () => (await axe.run()).violations.map(each => [each.id, ...each.nodes.map(" \
    "node => node.target.join(' ') + ': ' + node.failureSummary)])"  # fmt: skip


def options(kind: str) -> dict[str, Any]:
    from tests.support.browser import PHONE

    return {
        "light": {"color_scheme": "light"},
        "dark": {"color_scheme": "dark"},
        "phone": PHONE,
        "phone, dark": {**PHONE, "color_scheme": "dark"},
        "200 %": {"viewport": {"width": 640, "height": 400}},
        "320 px": {"viewport": {"width": 320, "height": 600}},
    }[kind]


def check_dialogs(page: Page, check: Callable[[], None]) -> None:
    """Open each dialog, and call `check`."""
    for dialog, button in (("room-dialog", "#topic"), ("jump", ""), ("help", "")):
        if button:
            page.click(button)
        else:
            page.keyboard.press("Control+k" if dialog == "jump" else "?")
        page.wait_for_selector(f"#{dialog}[open]")
        check()
        page.keyboard.press("Escape")
        page.wait_for_selector(f"#{dialog}[open]", state="detached")
        page.focus("#text")
    if page.locator("#open-side").is_visible():
        page.click("#open-side")
    page.click("#self")
    page.wait_for_selector("#settings[open]")
    check()
    page.keyboard.press("Escape")
    page.fill("#text", "long " * 1200)
    page.click("#send")
    page.wait_for_selector("#ask[open]")
    check()
    page.click("#ask-no")
    page.fill("#text", "")


def no_violation(page: Page, axe: str) -> None:
    """Assert that the page is no wider than the screen, and that axe finds nothing."""
    width = page.evaluate("() => document.documentElement.scrollWidth")
    assert width <= page.evaluate("() => innerWidth")
    page.evaluate(axe)
    assert page.evaluate(RUN) == []


@pytest.mark.parametrize("kind", ["light", "phone, dark", "320 px"])
def test_no_screen_of_accounts_and_moderation_violates_a_rule_of_axe(
    visit: Callable[..., Visitor], server: Server, axe: str, kind: str
) -> None:
    alice = visit(bypass_csp=True, reduced_motion="reduce", **options(kind)).join("Alice")
    page = alice.page
    alice.say("/account")
    page.wait_for_selector("#account[open]")
    no_violation(page, axe)
    page.click("#own-key")
    page.wait_for_selector("#proofs li")
    no_violation(page, axe)
    page.click("#account .close")
    alice.say("/join dev")
    page.wait_for_selector(".note:has-text('You are a moderator of dev')")
    with server.guest("Bob") as bob:
        bob.say("/join dev")
        bob.say("to be deleted")
        alice.wait_for_line("to be deleted")
        for command in ("/mute Bob 10m too loud", "/delete 1"):
            alice.say(command)
        page.wait_for_selector(".deleted")
        for command in ("/bans", "/who"):
            alice.say(command)
            page.wait_for_selector("#report[open]")
            no_violation(page, axe)
            page.click("#report .close")
        page.focus("#scroller")
        for key in ("Enter", "Enter"):
            page.keyboard.press(key)
        page.wait_for_selector("#menu:not([hidden])")
        no_violation(page, axe)
        page.click("#menu .choice:has-text('Ban')")
        page.wait_for_selector("#restrict[open]")
        no_violation(page, axe)
        page.keyboard.press("Escape")
    other = visit(bypass_csp=True, reduced_motion="reduce", **options(kind)).open()
    other.page.fill("#login-name", "Alice")
    other.page.keyboard.press("Enter")
    other.page.wait_for_selector("#proof[open]")
    no_violation(other.page, axe)


@pytest.mark.parametrize("kind", ["light", "dark", "phone", "phone, dark", "200 %", "320 px"])
def test_no_screen_violates_a_rule_of_axe(
    visit: Callable[..., Visitor], server: Server, axe: str, kind: str
) -> None:
    alice = visit(bypass_csp=True, reduced_motion="reduce", **options(kind))
    page = alice.page

    def check() -> None:
        no_violation(page, axe)

    alice.open()
    page.wait_for_selector("#login-form")
    check()
    with server.guest("Bob") as bob, server.guest("漢" * 32):
        page.fill("#login-name", "Bob")
        page.keyboard.press("Enter")
        page.wait_for_selector("#login-error:not(:empty)")
        check()
        alice.join("Alice")
        guests = [server.guest(name) for name in ("Ann", "Tom", "Eve", "Dan", "Fay")]
        bob.say("/topic " + "w" * 400)
        for text in ("Alice: hello", "w" * 400, "see https://example.org/", "שלום לכולם", "* x"):
            bob.say(text)
        bob.say("/msg Alice psst")
        alice.say("good morning")
        alice.wait_for_line("good morning")
        check()
        alice.say("/search hello")
        page.wait_for_selector(".result")
        check()
        page.click("#search .close")
        if page.locator("#open-side").is_visible():
            page.click("#open-side")
            check()
            page.mouse.click(page.evaluate("() => innerWidth") - 8, 200)
        page.focus("#text")
        page.keyboard.type("@b")
        page.wait_for_selector("#complete li")
        check()
        page.keyboard.press("Escape")
        page.fill("#text", "")
        check_dialogs(page, check)
        for guest in guests:
            guest.socket.close()
        server.process.kill()
        page.wait_for_selector("#strip:not([hidden])")
        alice.say("not stored")
        check()
