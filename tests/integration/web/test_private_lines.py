"""Private talks of owners, which are kept; and people who are ignored or away."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.integration.web.test_owned_names import own_by_key
from tests.support.needs import needs

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import WebSocketRoute

    from tests.support.browser import Visitor

pytestmark = [needs("chromium"), pytest.mark.long]


@pytest.fixture
def owners(visit: Callable[..., Visitor]) -> tuple[Visitor, Visitor]:
    """Alice and Bob, who own their names."""
    alice, bob = visit().join("Alice"), visit().join("Bob")
    for each in (alice, bob):
        own_by_key(each)
    return alice, bob


def tell(visitor: Visitor, name: str, text: str) -> None:
    visitor.say(f"/msg {name} {text}")
    visitor.wait_for_line(text)


def talk(visitor: Visitor, name: str) -> None:
    """Open the talk with `name` from the list."""
    visitor.page.click(f"#talks button:has-text('{name}')")
    expect(visitor.page.locator("#room-name")).to_have_text(name)


def unread(visitor: Visitor, count: int) -> None:
    """Wait until `count` private lines are unread."""
    text = str(count) if count else ""
    expect(visitor.page.locator("#talks .badge")).to_have_text(text)


def test_what_was_told_while_nobody_was_there_is_unread_at_the_next_visit(
    owners: tuple[Visitor, Visitor], visit: Callable[..., Visitor]
) -> None:
    alice, bob = owners
    context = bob.page.context
    bob.page.close()
    expect(alice.page.locator("#people-title")).to_have_text("People 1")
    for text in ("one", "two", "three"):
        tell(alice, "Bob", text)
    again = visit(context).join("Bob")
    unread(again, 3)
    talk(again, "Alice")
    for text in ("one", "two", "three"):
        again.wait_for_line(text)
    unread(again, 0)


def test_a_talk_goes_on_in_another_tab_and_what_was_read_there_is_read_here(
    owners: tuple[Visitor, Visitor], visit: Callable[..., Visitor]
) -> None:
    alice, bob = owners
    tell(alice, "Bob", "first of all")
    unread(bob, 1)
    other = visit(bob.page.context).join("Bob")
    tell(other, "Alice", "an answer from the other tab")
    unread(bob, 0)
    talk(bob, "Alice")
    bob.wait_for_line("an answer from the other tab")
    alice.wait_for_line("an answer from the other tab")
    bob.page.reload()
    bob.wait_for_state("Connected")
    bob.wait_for_line("an answer from the other tab")
    bob.wait_for_line("first of all")


def test_a_new_browser_loads_what_was_said_before(
    owners: tuple[Visitor, Visitor],
) -> None:
    alice, bob = owners
    tell(alice, "Bob", "long ago")
    talk(bob, "Alice")
    bob.wait_for_line("long ago")
    bob.page.evaluate("sessionStorage.clear()")
    bob.page.goto("about:blank")
    bob.join("Bob")
    bob.say("/msg Alice")
    bob.wait_for_line("long ago")
    unread(bob, 0)


def test_reply_answers_who_has_written_last(owners: tuple[Visitor, Visitor]) -> None:
    alice, bob = owners
    bob.say("/reply hello?")
    expect(bob.page.locator("#hint")).to_have_text(re.compile("Nobody has written to you"))
    bob.page.fill("#text", "")
    tell(alice, "Bob", "are you there?")
    unread(bob, 1)
    bob.say("/reply yes")
    alice.wait_for_line("yes")
    expect(bob.page.locator("#room-name")).to_have_text("Alice")


def test_reply_does_not_go_to_who_has_taken_the_name_of_who_has_written_last(
    visit: Callable[..., Visitor],
) -> None:
    bob, eve = visit().join("Bob"), visit().join("Eve")
    tell(eve, "Bob", "are you there?")
    unread(bob, 1)
    eve.say("/nick Eva")
    expect(bob.page.locator("#talks button")).to_have_text(re.compile("Eva"))
    another = visit().join("Eve")
    bob.say("/reply a secret")
    eve.wait_for_line("a secret")
    bob.wait_for_line("a secret")
    expect(bob.page.locator("#room-name")).to_have_text("Eva")
    eve.say("/quit")
    expect(another.page.locator("#people-title")).to_have_text("People 2")
    bob.say("/reply another secret")
    expect(bob.line("another secret")).to_have_class(re.compile("unsent"))
    expect(bob.page.locator(".failed-row .error")).to_have_text(re.compile("Eva has left"))
    bob.page.click("#rooms button")
    bob.say("a sign")
    another.wait_for_line("a sign")
    expect(another.page.locator("#talks button")).to_have_count(0)


def test_reply_on_a_server_that_knows_none_is_refused_and_not_sent_by_name(
    visit: Callable[..., Visitor],
) -> None:
    def route(page_side: WebSocketRoute) -> None:
        server_side = page_side.connect_to_server()

        def send(message: str | bytes) -> None:
            request = json.loads(message)
            if request["type"] == "reply":
                error = {"type": "error", "code": "unknown-type", "message": "What?"}
                page_side.send(json.dumps({**error, "nonce": request["nonce"]}))
            else:
                server_side.send(message)

        page_side.on_message(send)

    bob, eve = visit(), visit().join("Eve")
    bob.page.context.route_web_socket("**/ws", route)
    bob.join("Bob")
    tell(eve, "Bob", "are you there?")
    unread(bob, 1)
    bob.say("/reply a secret")
    expect(bob.page.locator(".failed-row .error")).to_have_text(re.compile("too old for /reply"))
    bob.say("by name")
    eve.wait_for_line("by name")
    expect(eve.line("a secret")).to_have_count(0)


def test_what_an_ignored_person_says_is_not_shown_until_they_are_read_again(
    owners: tuple[Visitor, Visitor],
) -> None:
    alice, bob = owners
    bob.say("before")
    alice.wait_for_line("before")
    alice.say("/ignore Bob")
    expect(alice.line("before")).to_have_count(0)
    bob.say("Alice: while ignored")
    bob.wait_for_line("while ignored")
    alice.page.reload()
    alice.wait_for_state("Connected")
    alice.say("a sign")
    alice.wait_for_line("a sign")
    expect(alice.line("while ignored")).to_have_count(0)
    alice.say("/ignore Bob off")
    alice.wait_for_line("while ignored")


def test_whois_tells_that_somebody_is_away(owners: tuple[Visitor, Visitor]) -> None:
    alice, bob = owners
    bob.say("/away at lunch")
    alice.say("/whois Bob")
    expect(alice.page.locator(".note", has_text="Bob: owns that name")).to_have_text(
        re.compile("away: at lunch")
    )
