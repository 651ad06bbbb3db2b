"""The page when the connection is lost, the page is loaded again, or another tab is opened."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.support.browser import web_port
from tests.support.needs import needs
from tests.support.processes import Server

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import WebSocketRoute

    from tests.support.browser import Visitor

pytestmark = [needs("chromium"), pytest.mark.long]


class Wire:
    """Lies between the page and the server; while `cut`, what is said does not arrive."""

    def __init__(self) -> None:
        self.cut = False
        self.hellos: list[str] = []

    def route(self, page_side: WebSocketRoute) -> None:
        server_side = page_side.connect_to_server()

        def send(message: str | bytes) -> None:
            request = json.loads(message)
            if request["type"] == "hello":
                self.hellos.append(request["client"])
            if not (self.cut and request["type"] == "say"):
                server_side.send(message)

        page_side.on_message(send)


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
    alice.page.close()
    wire.cut = False
    again = visit(context).join("Alice")
    again.wait_for_line("kept")


def test_a_second_tab_is_a_client_of_its_own(visit: Callable[..., Visitor]) -> None:
    alice, wire = visit(), Wire()
    context = alice.page.context
    context.route_web_socket("**/ws", wire.route)
    alice.join("Alice")
    second = visit(context).open()
    second.page.click("#login-button")
    second.page.wait_for_selector("#login-error:has-text('is taken')")
    second.page.fill("#login-name", "Alice-2")
    second.page.click("#login-button")
    second.wait_for_state("Connected")
    second.say("from the second")
    alice.wait_for_line("from the second")
    assert len(set(wire.hellos)) == 2
    alice.wait_for_state("Connected")


def test_a_message_that_was_refused_can_be_edited(visit: Callable[..., Visitor]) -> None:
    alice = visit().join("Alice")
    alice.say("/msg Nobody hello there")
    alice.page.wait_for_selector(".failed:has-text('hello there')")
    alice.page.click(".failed button:has-text('Edit')")
    assert alice.page.input_value("#text") == "hello there"
    alice.page.wait_for_selector(".unsent", state="detached")
