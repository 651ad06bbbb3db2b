"""The page when the connection is lost, the page is loaded again, or another tab is opened."""

from __future__ import annotations

import json
from time import monotonic
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.support.browser import web_port
from tests.support.needs import needs
from tests.support.processes import PATIENCE, Server

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Page, WebSocketRoute

    from tests.support.browser import Visitor

pytestmark = [needs("chromium"), pytest.mark.long]


class Wire:
    """Lies between the page and the server; while `cut`, nothing that is said arrives."""

    def __init__(self) -> None:
        self.cut = False
        self.hellos: list[str] = []
        self.dead = 0
        """So many connections, the oldest, are dead: nothing arrives, and nobody is told."""
        self._connections = 0

    def route(self, page_side: WebSocketRoute) -> None:
        self._connections += 1
        number = self._connections
        server_side = page_side.connect_to_server()

        def send(message: str | bytes) -> None:
            request = json.loads(message)
            if request["type"] == "hello":
                self.hellos.append(request["client"])
            is_lost = self.cut and request["type"] in ("say", "tell")
            if not is_lost and number > self.dead:
                server_side.send(message)

        def receive(message: str | bytes) -> None:
            if number > self.dead:
                page_side.send(message)

        page_side.on_message(send)
        server_side.on_message(receive)

    def wait_for_hellos(self, page: Page, count: int) -> None:
        """Wait until `count` connections have said hello."""
        deadline = monotonic() + PATIENCE
        while len(self.hellos) < count:
            assert monotonic() < deadline, self.hellos
            page.wait_for_timeout(20)


def test_a_killed_server_costs_no_line_and_no_draft(
    visit: Callable[..., Visitor], server: Server, tmp_path: Path
) -> None:
    alice, bob = visit().join("Alice"), visit().join("Bob")
    alice.say("before")
    bob.wait_for_line("before")
    alice.page.keyboard.type("half a tho")
    server.stop(9)
    alice.page.keyboard.type("ught")
    alice.page.wait_for_selector("#strip:has-text('The connection is lost')")
    bob.say("said while it was away 1")
    bob.say("said while it was away 2")
    expect(bob.page.locator(".unsent")).to_have_count(2)
    web = f"tcp:{web_port(server)}:interface=127.0.0.1"
    with Server("--web", web, cwd=tmp_path) as again:
        for each in (alice, bob):
            each.wait_for_state("Connected")
            each.wait_for_line("said while it was away 2")
            texts = ["before", "said while it was away 1", "said while it was away 2"]
            assert each.texts() == texts
        assert alice.page.input_value("#text") == "half a thought"
        with again.guest() as carol:
            carol.say("Carol")
            lines = [carol.line() for _ in range(4)]
        assert [line[8:] for line in lines[1:]] == [f"{n}: {t}" for n, t in zip(
            ("Alice", "Bob", "Bob"), texts, strict=True)]  # fmt: skip


def test_what_is_not_stored_is_kept_over_a_reload_and_sent_once(
    visit: Callable[..., Visitor], server: Server
) -> None:
    alice, wire = visit(), Wire()
    alice.page.context.route_web_socket("**/ws", wire.route)
    alice.join("Alice")
    wire.cut = True
    alice.say("kept")
    alice.page.wait_for_selector(".unsent:has-text('kept') .clock")
    alice.page.keyboard.type("a draft")
    alice.page.reload()
    alice.page.wait_for_selector(".unsent:has-text('kept')")
    assert alice.page.input_value("#text") == "a draft"
    wire.cut = False
    alice.page.reload()
    alice.wait_for_line("kept")
    alice.page.reload()
    alice.wait_for_line("kept")
    assert len(set(wire.hellos)) == 1
    with server.guest() as bob:
        bob.say("Bob")
        assert [bob.line() for _ in range(2)][1].endswith("Alice: kept")


def test_a_tab_that_was_closed_leaves_its_outbox_to_the_next(
    visit: Callable[..., Visitor],
) -> None:
    alice, wire = visit(), Wire()
    context = alice.page.context
    context.route_web_socket("**/ws", wire.route)
    alice.join("Alice")
    wire.cut = True
    alice.say("kept")
    alice.page.wait_for_selector(".unsent:has-text('kept')")
    alice.say("/join dev")
    expect(alice.page.locator("#room-name")).to_have_text("dev")
    alice.say("kept for dev")
    alice.page.wait_for_selector(".unsent:has-text('kept for dev')")
    alice.page.close()
    wire.cut = False
    again = visit(context).join("Alice")
    again.wait_for_line("kept")
    again.page.click("#rooms button:has-text('dev')")
    again.wait_for_line("kept for dev")
    expect(again.page.locator("#rooms button")).to_have_count(2)


def test_a_second_tab_is_a_client_of_its_own(visit: Callable[..., Visitor]) -> None:
    alice, wire = visit(bypass_csp=True), Wire()
    context = alice.page.context
    context.route_web_socket("**/ws", wire.route)
    alice.join("Alice")
    alice.page.fill("#text", "a draft of the first tab")
    alice.page.wait_for_function(
        "Object.keys(localStorage).some(key => key.startsWith('netchat.draft.'))"
    )
    second = visit(context).open()
    second.page.click("#login-button")
    second.page.wait_for_selector("#login-error:has-text('is taken')")
    second.page.fill("#login-name", "Alice-2")
    second.page.click("#login-button")
    second.wait_for_state("Connected")
    second.say("from the second")
    alice.wait_for_line("from the second")
    assert len(set(wire.hellos)) == 2
    assert second.page.input_value("#text") == ""
    alice.wait_for_state("Connected")


def test_a_message_that_was_refused_can_be_edited(visit: Callable[..., Visitor]) -> None:
    alice = visit().join("Alice")
    alice.say("/msg Nobody hello there")
    alice.page.wait_for_selector(".failed:has-text('hello there')")
    alice.page.click(".failed button:has-text('Edit')")
    assert alice.page.input_value("#text") == "hello there"
    alice.page.wait_for_selector(".unsent", state="detached")


LOOK_AT_THE_TAB = "document.dispatchEvent(new Event('visibilitychange'))"
EVENING, MORNING = "2026-11-27T18:00:00Z", "2026-11-28T06:00:00Z"


def test_a_tab_that_slept_for_a_night_reconnects_at_once(
    visit: Callable[..., Visitor], server: Server
) -> None:
    """No timer has run: the machine was asleep, and its connection is dead without a word."""
    alice, wire = visit(bypass_csp=True), Wire()
    alice.page.context.route_web_socket("**/ws", wire.route)
    alice.page.clock.install(time=EVENING)
    alice.join("Alice")
    alice.say("good night")
    alice.wait_for_line("good night")
    alice.page.clock.pause_at("2026-11-27T18:30:00Z")
    wire.dead = before = len(wire.hellos)
    with server.guest("Bob") as bob:
        bob.say("said in the night")
        alice.page.clock.set_system_time(MORNING)
        alice.page.evaluate(LOOK_AT_THE_TAB)
        wire.wait_for_hellos(alice.page, before + 1)
        alice.page.clock.resume()
        alice.wait_for_line("said in the night")


def test_a_connection_that_is_dead_when_the_tab_is_shown_is_found_out_in_seconds(
    visit: Callable[..., Visitor],
) -> None:
    alice, wire = visit(bypass_csp=True), Wire()
    alice.page.context.route_web_socket("**/ws", wire.route)
    alice.page.clock.install(time=EVENING)
    alice.join("Alice")
    alice.page.clock.pause_at("2026-11-27T18:01:40Z")
    before = len(wire.hellos)
    wire.dead = before
    alice.page.evaluate(LOOK_AT_THE_TAB)
    alice.page.clock.run_for(4_000)
    alice.wait_for_state("Back in")
    alice.page.clock.run_for(2_000)
    wire.wait_for_hellos(alice.page, before + 1)


def test_a_private_message_outlives_the_server_and_arrives_once(
    visit: Callable[..., Visitor], server: Server, tmp_path: Path
) -> None:
    alice, wire = visit(), Wire()
    alice.page.context.route_web_socket("**/ws", wire.route)
    alice.join("Alice")
    bob = visit().join("Bob")
    wire.cut = True
    alice.say("/msg Bob between us")
    alice.page.wait_for_selector(".unsent:has-text('between us')")
    server.stop(9)
    web = f"tcp:{web_port(server)}:interface=127.0.0.1"
    with Server("--web", web, cwd=tmp_path):
        bob.wait_for_state("Connected")
        wire.cut = False
        alice.page.reload()
        alice.wait_for_state("Connected")
        expect(alice.page.locator("#room-name")).to_have_text("Bob")
        alice.wait_for_line("between us")
        bob.page.click("#talks button:has-text('Alice')")
        bob.wait_for_line("between us")
        alice.say("and this")
        bob.wait_for_line("and this")
        assert bob.texts() == ["between us", "and this"]
        assert alice.texts() == ["between us", "and this"]


def test_each_room_has_its_draft_also_after_a_reload(visit: Callable[..., Visitor]) -> None:
    alice = visit().join("Alice")
    alice.page.fill("#text", "for the lobby")
    alice.page.keyboard.press("Control+k")
    alice.page.keyboard.insert_text("dev")
    alice.page.keyboard.press("Enter")
    expect(alice.page.locator("#room-name")).to_have_text("dev")
    assert alice.page.input_value("#text") == ""
    alice.page.fill("#text", "for dev")
    alice.page.reload()
    expect(alice.page.locator("#text")).to_have_value("for dev")
    alice.page.click("#rooms button:has-text('lobby')")
    expect(alice.page.locator("#text")).to_have_value("for the lobby")
