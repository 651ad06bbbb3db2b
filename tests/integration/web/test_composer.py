"""What is written is said once, to whom it was meant, or stays in the field."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.integration.web.test_resume import Wire
from tests.support.needs import needs

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Route, WebSocketRoute

    from tests.support.browser import Visitor
    from tests.support.processes import Server

pytestmark = [needs("chromium"), pytest.mark.long]


def test_enter_twice_while_the_names_of_emoji_load_says_it_once(
    visit: Callable[..., Visitor],
) -> None:
    alice = visit().join("Alice")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    alice.page.context.route("**/emoji.txt", hold)
    alice.page.focus("#text")
    alice.page.keyboard.insert_text("at 10:30:45 :no:")
    alice.page.keyboard.press("Escape")
    alice.page.keyboard.press("Enter")
    alice.page.keyboard.press("Enter")
    while not held:
        alice.page.wait_for_timeout(10)
    for route in held:
        route.continue_()
    alice.wait_for_line("at 10:30:45")
    alice.say("and then")
    alice.wait_for_line("and then")
    assert [text[:11] for text in alice.texts()] == ["at 10:30:45", "and then"]


def test_what_may_be_stored_is_not_edited_with_the_arrow(
    visit: Callable[..., Visitor], server: Server
) -> None:
    alice, wire = visit(), Wire()
    alice.page.context.route_web_socket("**/ws", wire.route)
    alice.join("Alice")
    wire.cut = True
    alice.say("on its way")
    alice.page.wait_for_selector(".unsent:has-text('on its way')")
    server.stop(9)
    alice.page.wait_for_selector("#strip:has-text('The connection is lost')")
    alice.page.keyboard.press("ArrowUp")
    assert alice.page.input_value("#text") == ""
    alice.say("not sent at all")
    alice.page.keyboard.press("ArrowUp")
    assert alice.page.input_value("#text") == "not sent at all"


def test_an_action_that_is_too_long_can_be_edited_and_the_page_stays(
    visit: Callable[..., Visitor],
) -> None:
    alice = visit().join("Alice")
    alice.say("/me " + "x" * 70_000)
    alice.page.wait_for_selector("text=That is too long for one message.")
    alice.say("still here")
    alice.wait_for_line("still here")


def test_a_long_private_message_stays_if_the_user_keeps_editing(
    visit: Callable[..., Visitor], server: Server
) -> None:
    alice = visit().join("Alice")
    with server.guest("Bob"):
        text = "/msg Bob " + "long " * 1200
        alice.page.fill("#text", text)
        alice.page.click("#send")
        alice.page.click("#ask-no")
        expect(alice.page.locator("#room-name")).to_have_text("Bob")
        alice.page.click("#rooms button:has-text('lobby')")
        expect(alice.page.locator("#room-name")).to_have_text("lobby")
        assert alice.page.input_value("#text") == text


def test_a_talk_is_with_a_person_however_the_name_is_written(
    visit: Callable[..., Visitor], server: Server
) -> None:
    alice = visit().join("Alice")
    with server.guest("Bob") as bob:
        alice.say("/msg bOB hello")
        bob.read_until(b"hello\n")
        alice.wait_for_line("hello")
        expect(alice.page.locator("#talks button")).to_have_count(1)
        bob.say("/nick Bobby")
        alice.page.wait_for_selector("#talks button:has-text('Bobby')")
        alice.say("again")
        bob.read_until(b"again\n")
        alice.wait_for_line("again")
        expect(alice.page.locator("#talks button")).to_have_count(1)


def test_a_reload_where_nobody_can_join_says_so(visit: Callable[..., Visitor]) -> None:
    alice = visit().join("Alice")

    def refuse(web_socket: WebSocketRoute) -> None:
        web_socket.send(
            '{"type":"closing","reason":"server-full","message":"The server is full.","retry":10}'
        )
        web_socket.close(code=1013)

    alice.page.context.route_web_socket("**/ws", refuse)
    alice.page.reload()
    expect(alice.page.locator("#login-error")).to_be_visible()
    expect(alice.page.locator("#login-error")).to_contain_text("The server is full. Trying again")
