"""Several rooms: joining them again, coming back to them, and what was missed in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.support.browser import PHONE
from tests.support.needs import needs

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.browser import Visitor
    from tests.support.processes import Guest, Server

SCROLL_TO_THE_END = """() => {
  const scroller = document.querySelector('#scroller');
  scroller.scrollTop = scroller.scrollHeight;
}"""
NEWEST_AFTER = """before => {
  const newest = Number([...document.querySelectorAll('.line')].at(-1)?.dataset.id);
  return newest > before ? newest : 0;
}"""
pytestmark = [needs("chromium"), pytest.mark.long]


def rooms(alice: Visitor) -> list[str]:
    return alice.page.locator("#rooms .room-label").all_text_contents()


def wait_for_room(alice: Visitor, room: str) -> None:
    """Wait until `room` is shown."""
    expect(alice.page.locator("#room-name")).to_have_text(room)


def join(alice: Visitor, room: str) -> None:
    alice.say(f"/join {room}")
    wait_for_room(alice, room)


def test_joining_a_room_that_one_is_in_shows_it(visit: Callable[..., Visitor]) -> None:
    alice = visit().join("Alice")
    join(alice, "Dev")
    alice.say("/join LOBBY")
    wait_for_room(alice, "lobby")
    alice.say("/join dev")
    wait_for_room(alice, "Dev")
    assert rooms(alice) == ["lobby", "Dev"]


def test_a_reload_keeps_the_rooms_their_order_and_the_talk_that_was_shown(
    visit: Callable[..., Visitor], server: Server
) -> None:
    alice = visit().join("Alice")
    for room in ("dev", "ops"):
        join(alice, room)
    alice.page.reload()
    wait_for_room(alice, "ops")
    alice.wait_for_state("Connected")
    assert rooms(alice) == ["lobby", "dev", "ops"]
    with server.guest("Bob"):
        alice.say("/msg Bob hello")
        alice.wait_for_line("hello")
        alice.page.reload()
        alice.wait_for_state("Connected")
        wait_for_room(alice, "Bob")
        alice.wait_for_line("hello")
        assert rooms(alice) == ["lobby", "dev", "ops"]


def test_a_room_that_cannot_be_joined_is_not_listed(visit: Callable[..., Visitor]) -> None:
    alice = visit().join("Alice")
    alice.say("/join a:b")
    alice.page.wait_for_selector(".toast")
    wait_for_room(alice, "lobby")
    assert rooms(alice) == ["lobby"]


def read_one_line_and_join_another_room(alice: Visitor) -> None:
    alice.say("the last that I have read")
    alice.wait_for_line("the last that I have read")
    join(alice, "dev")


def miss_900_lines(alice: Visitor, bob: Guest) -> None:
    """Let `bob` say so much, and come back to the room, at the line "new since"."""
    for number in range(900):
        bob.say(f"line {number:03}")
    alice.page.wait_for_selector("#rooms .badge:text-is('900')")
    alice.page.click("#rooms button:has-text('lobby')")
    alice.page.wait_for_selector(".marker + .line:has-text('line 000')")


def test_what_was_said_far_above_begins_at_the_line_new_since(
    visit: Callable[..., Visitor], server: Server
) -> None:
    alice = visit().join("Alice")
    read_one_line_and_join_another_room(alice)
    with server.guest("Bob") as bob:
        miss_900_lines(alice, bob)
        expect(alice.page.locator(".marker")).to_be_in_viewport()
        expect(alice.line("the last that I have read")).to_be_in_viewport()
        expect(alice.page.locator("#pill")).to_have_text("900 new below ↓")
        alice.page.click("#pill")
        expect(alice.line("line 899")).to_be_in_viewport()
        alice.page.wait_for_selector("#rooms .unread", state="detached")


def test_the_line_new_since_stands_nowhere_but_in_its_place(
    visit: Callable[..., Visitor], server: Server
) -> None:
    alice = visit(bypass_csp=True).join("Alice")
    read_one_line_and_join_another_room(alice)
    with server.guest("Bob") as bob:
        miss_900_lines(alice, bob)
        newest = 0
        while newest < 901:
            alice.page.evaluate(SCROLL_TO_THE_END)
            newest = alice.page.wait_for_function(NEWEST_AFTER, arg=newest).json_value()
        expect(alice.page.locator(".marker")).to_have_count(0)
        alice.page.evaluate(SCROLL_TO_THE_END)
        alice.page.wait_for_selector("#rooms .unread", state="detached")


def test_what_was_missed_while_the_page_was_away_is_not_scrolled_past(
    visit: Callable[..., Visitor], server: Server
) -> None:
    alice = visit().join("Alice")
    alice.say("the last that I have read")
    alice.wait_for_line("the last that I have read")
    alice.page.goto("about:blank")
    with server.guest("Bob") as bob:
        for number in range(60):
            bob.say(f"line {number:02}")
        bob.say("/names")
        while not bob.line().startswith("* "):
            pass
        alice.page.go_back()
        alice.page.wait_for_selector(".marker + .line:has-text('line 00')")
        expect(alice.page.locator(".marker")).to_be_in_viewport()
        expect(alice.page.locator("#pill")).to_have_text("60 new below ↓")


def test_the_timeline_stays_at_its_end_while_the_composer_grows(
    visit: Callable[..., Visitor],
) -> None:
    alice = visit().join("Alice")
    for number in range(40):
        alice.say(f"line {number}")
    alice.wait_for_line("line 39")
    for text in ("a\n" * 12, "word " * 1200, "", "a\n" * 7, ""):
        alice.page.fill("#text", text)
        expect(alice.line("line 39")).to_be_in_viewport(ratio=1)
        expect(alice.page.locator("#pill")).to_be_hidden()


def test_what_is_opened_from_a_drawer_closes_it(visit: Callable[..., Visitor]) -> None:
    alice = visit(**PHONE).join("Alice")
    for button, dialog in (("self", "settings"), ("open-jump", "jump")):
        alice.page.click("#open-side")
        alice.page.click(f"#{button}")
        alice.page.wait_for_selector(f"#{dialog}[open]")
        alice.page.keyboard.press("Escape")
        alice.page.wait_for_selector(f"#{dialog}[open]", state="detached")
        expect(alice.page.locator("#side")).to_be_hidden()
        expect(alice.page.locator("#shade")).to_be_hidden()


def test_the_room_that_is_shown_is_in_view_in_a_long_list(visit: Callable[..., Visitor]) -> None:
    alice = visit(viewport={"width": 1280, "height": 400}).join("Alice")
    for number in range(14):
        join(alice, f"room{number}")
    expect(alice.page.locator("#rooms [aria-current]")).to_be_in_viewport()
    expect(alice.page.locator("#rooms button:has-text('lobby')")).not_to_be_in_viewport()
