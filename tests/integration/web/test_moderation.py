"""Keeping order in the page: by menus and commands, and what those read who are meant."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.integration.web.test_owned_names import own_by_key
from tests.support.needs import needs
from tests.support.processes import SCRIPTS, Server

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.browser import Visitor

pytestmark = [needs("chromium"), pytest.mark.long]


@pytest.fixture
def pair(visit: Callable[..., Visitor]) -> tuple[Visitor, Visitor]:
    """Alice, who has made the room dev and moderates it, and Bob, a guest in it."""
    alice = visit().join("Alice")
    own_by_key(alice)
    alice.say("/join dev")
    expect(alice.page.locator(".note", has_text="You are a moderator of dev")).to_be_visible()
    bob = visit().join("Bob")
    bob.say("/join dev")
    expect(bob.page.locator("#room-name")).to_have_text("dev")
    expect(alice.page.locator("#people-list", has_text="Bob")).to_be_visible()
    return alice, bob


def choose(visitor: Visitor, item: str) -> None:
    """Choose an item of the menu that is open."""
    visitor.page.locator("#menu .choice", has_text=item).click()


def person_menu(visitor: Visitor, name: str, item: str) -> None:
    visitor.page.click(f"#people-list [data-menu='{name}']")
    choose(visitor, item)


def note(visitor: Visitor, text: str) -> None:
    """Wait until `text` is noted in the room."""
    expect(visitor.page.locator(".note", has_text=text)).to_have_count(1)


def test_a_guest_who_is_muted_in_the_list_of_people_reads_why_and_says_nothing(
    pair: tuple[Visitor, Visitor],
) -> None:
    alice, bob = pair
    person_menu(alice, "Bob", "Mute")
    alice.page.fill("#restrict-reason", "too loud")
    alice.page.click("#restrict-send")
    note(alice, "Alice muted Bob until")
    note(bob, "too loud")
    expect(bob.page.locator("#text")).to_have_attribute(
        "placeholder", re.compile("You are muted until")
    )
    bob.page.reload()
    bob.wait_for_state("Connected")
    note(bob, "too loud")
    expect(bob.page.locator("#text")).to_have_attribute(
        "placeholder", re.compile("You are muted until")
    )
    bob.say("can you read this?")
    expect(bob.page.locator("#hint")).to_have_text(re.compile("You are muted until"))
    assert bob.page.input_value("#text") == "can you read this?"
    alice.say("/bans")
    alice.page.locator("#report-table button", has_text="End").click()
    expect(bob.page.locator("#text")).to_have_attribute("placeholder", "Message dev")
    bob.page.click("#send")
    alice.wait_for_line("can you read this?")


def test_a_deleted_line_leaves_every_page_and_what_it_has_shown(
    pair: tuple[Visitor, Visitor],
) -> None:
    alice, bob = pair
    bob.say("a word to be forgotten")
    alice.wait_for_line("a word to be forgotten")
    bob.say("/search forgotten")
    expect(bob.page.locator("#search-results .result")).to_have_count(1)
    alice.page.hover(".line[data-id='1']")
    alice.page.click("#line-menu")
    choose(alice, "Delete")
    alice.page.click("#ask-yes")
    for each in (alice, bob):
        expect(each.page.locator(".line[data-id='1'] .text")).to_have_text("deleted")
        assert "forgotten" not in str(each.page.locator("#lines, #live").all_text_contents())
    expect(bob.page.locator("#search-results .result")).to_have_count(0)
    bob.page.reload()
    bob.wait_for_state("Connected")
    expect(bob.page.locator(".line[data-id='1'] .text")).to_have_text("deleted")
    everything = bob.page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
    assert "forgotten" not in everything + bob.page.inner_text("body")


def test_a_line_is_chosen_and_deleted_with_the_keyboard_alone(
    pair: tuple[Visitor, Visitor],
) -> None:
    alice, bob = pair
    for text in ("the first", "the second"):
        bob.say(text)
        alice.wait_for_line(text)
    alice.page.focus("#scroller")
    for key in ("Enter", "ArrowUp", "Enter"):
        alice.page.keyboard.press(key)
    expect(alice.page.locator("#menu .choice").first).to_be_focused()
    alice.page.keyboard.press("Escape")
    assert alice.page.evaluate("document.activeElement.dataset.id") == "1"
    alice.page.keyboard.press("Enter")
    alice.page.keyboard.press("Enter")
    expect(alice.page.locator("#ask-yes")).to_be_focused()
    alice.page.keyboard.press("Enter")
    expect(bob.page.locator(".line[data-id='1'] .text")).to_have_text("deleted")


def test_guests_have_no_menu_to_delete_or_to_keep_order(pair: tuple[Visitor, Visitor]) -> None:
    alice, bob = pair
    alice.say("mine")
    bob.wait_for_line("mine")
    bob.page.hover(".line[data-id='1']")
    bob.page.click("#line-menu")
    texts = bob.page.locator("#menu .choice").all_inner_texts()
    assert texts == ["Talk in private", "Who is that?", "Do not read (ignore)"]


def test_who_is_put_out_reads_who_did_it_and_may_come_back(pair: tuple[Visitor, Visitor]) -> None:
    alice, bob = pair
    person_menu(alice, "Bob", "Put out")
    alice.page.fill("#restrict-reason", "calm down")
    alice.page.click("#restrict-send")
    expect(bob.page.locator(".toast")).to_have_text(re.compile("Alice removed you: calm down"))
    expect(bob.page.locator("#room-name")).to_have_text("lobby")
    bob.say("/join dev")
    expect(bob.page.locator("#room-name")).to_have_text("dev")


def test_who_is_banned_is_out_and_does_not_come_back(pair: tuple[Visitor, Visitor]) -> None:
    alice, bob = pair
    alice.say("/ban Bob 1h spam")
    note(alice, "Alice banned Bob until")
    expect(bob.page.locator("#room-name")).to_have_text("lobby")
    bob.say("/join dev")
    expect(bob.page.locator(".toast").last).to_have_text(re.compile("banned"))
    expect(bob.page.locator("#room-name")).to_have_text("lobby")


def test_a_readonly_room_says_so_in_the_field_also_to_who_comes_later(
    pair: tuple[Visitor, Visitor], visit: Callable[..., Visitor]
) -> None:
    alice, bob = pair
    alice.say("/room readonly")
    carol = visit().join("Carol")
    carol.say("/join dev")
    for each in (bob, carol):
        expect(each.page.locator("#text")).to_have_attribute(
            "placeholder", "Only moderators speak in dev; you can read it."
        )
    alice.say("I still can")
    bob.wait_for_line("I still can")


def test_a_command_that_is_typed_wrongly_says_how_to_type_it(pair: tuple[Visitor, Visitor]) -> None:
    alice, _ = pair
    alice.say("/mute Bob 10x")
    expect(alice.page.locator("#hint")).to_be_empty()
    alice.say("/mute Bob 90")
    expect(alice.page.locator("#hint")).to_have_text(re.compile("10m, 2h30m or 7d"))
    alice.page.fill("#text", "")
    alice.say("/room loud")
    expect(alice.page.locator("#hint")).to_have_text(re.compile("Type it as /room"))


def test_an_operator_announces_and_ends_a_session_for_good(
    pair: tuple[Visitor, Visitor], tmp_path: Path, server: Server
) -> None:
    alice, bob = pair
    mark = bob.page.locator("#people-list [data-name='Alice'] .role-mark")
    expect(mark).to_have_text("moderator")
    expect(mark).to_have_attribute("title", "Keeps order in this room")
    expect(alice.page.locator("#people-list .role-mark")).to_have_count(1)
    admin = [str(SCRIPTS / "netchat"), "admin", str(tmp_path / "data")]
    subprocess.run([*admin, "operator", "add", "Alice"], check=True, timeout=60)
    note(alice, "made you an operator")
    expect(mark).to_have_text("operator")
    alice.say("/announce lunch at noon")
    expect(bob.page.locator(".toast")).to_have_text(re.compile("Announcement by Alice: lunch"))
    bob.page.click(".toast button")
    alice.say("/kick Bob")
    expect(bob.page.locator("#room-name")).to_have_text("lobby")
    alice.say("/ban Bob")
    bob.wait_for_state("Offline")
    expect(bob.page.locator("#strip")).to_have_text(re.compile("banned"))
