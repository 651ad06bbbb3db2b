"""The timeline: history without end, the reader's place, search, and ten thousand messages."""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.support.needs import needs

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.browser import Visitor
    from tests.support.processes import Server

pytestmark = [needs("chromium"), pytest.mark.long]
STANDS_STILL = """() => new Promise(done => {
    const scroller = document.querySelector("#scroller");
    let last = null, same = 0;
    const look = () => {
        same = scroller.scrollTop === last ? same + 1 : 0;
        last = scroller.scrollTop;
        same < 10 ? requestAnimationFrame(look) : done();
    };
    look();
})"""
TOP_OF = "text => [...document.querySelectorAll('.line')].find(" \
    "line => line.textContent.includes(text))?.getBoundingClientRect().top"  # fmt: skip
SCROLL_NEAR_TO_THE_TOP = """() => {
  const scroller = document.querySelector('#scroller');
  scroller.scrollTop = 300;
  const top = scroller.getBoundingClientRect().top;
  const lines = [...document.querySelectorAll('.line')];
  const seen = lines.find(each => each.getBoundingClientRect().bottom > top);
  const text = seen.querySelector('.text').textContent;
  return [text, seen.getBoundingClientRect().top, Number(lines[0].dataset.id)];
}"""
HAS_MORE_ABOVE = """first => {
  const begins = document.querySelector('.top')?.textContent.startsWith('This is where');
  return begins || Number(document.querySelector('.line').dataset.id) < first;
}"""
FIRST_IN_VIEW = """() => {
  const top = document.querySelector('#scroller').getBoundingClientRect().top;
  const line = [...document.querySelectorAll('.line')].find(
    each => each.getBoundingClientRect().bottom > top);
  return line.querySelector('.text').textContent;
}"""


class Program:
    """A program that speaks JSON lines over TCP."""

    def __init__(self, server: Server, name: str) -> None:
        self._socket = socket.create_connection(("127.0.0.1", server.ports[0]), 60)
        self._lines = self._socket.makefile("rb")
        self.ask(type="hello", name=name)

    def ask(self, **request: Any) -> None:
        self._socket.sendall(json.dumps(request).encode() + b"\n")

    def say_all(self, texts: list[str]) -> None:
        """Say the texts, and wait until the last is stored."""
        for text in texts:
            self.ask(type="say", room="lobby", text=text, nonce=text)
        for line in self._lines:
            if json.loads(line).get("nonce") == texts[-1]:
                return

    def close(self) -> None:
        self._lines.close()
        self._socket.close()


@pytest.fixture
def bob(server: Server) -> Any:
    program = Program(server, "Bob")
    yield program
    program.close()


def test_older_pages_load_and_the_line_before_the_eye_does_not_move(
    visit: Callable[..., Visitor], bob: Program
) -> None:
    bob.say_all([f"line {number:04}" for number in range(1200)])
    alice = visit(bypass_csp=True).join("Alice")
    alice.wait_for_line("line 1199")
    page = alice.page
    for _ in range(15):
        text, top, first = page.evaluate(SCROLL_NEAR_TO_THE_TOP)
        page.wait_for_function(HAS_MORE_ABOVE, arg=first)
        assert abs(page.evaluate(TOP_OF, text) - top) < 1
        if page.locator(".top:has-text('This is where lobby begins')").count():
            break
    expect(page.locator(".line").first).to_contain_text("line 0000")
    assert page.locator(".line").count() <= 700
    page.click("#pill")
    alice.wait_for_line("line 1199")
    expect(page.locator("#pill")).to_be_hidden()
    expect(page.locator(".line").last).to_be_in_viewport()


def test_a_reader_above_the_end_stays_and_is_told_how_much_is_new(
    visit: Callable[..., Visitor], bob: Program
) -> None:
    bob.say_all([f"line {number:04}" for number in range(150)])
    alice = visit(bypass_csp=True).join("Alice")
    alice.wait_for_line("line 0149")
    alice.page.hover("#scroller")
    alice.page.mouse.wheel(0, -600)
    alice.page.wait_for_selector("#pill:has-text('Jump to the newest')")
    # The wheel scrolls smoothly: the page stands still once its place is the same in ten frames.
    alice.page.evaluate(STANDS_STILL)
    before = alice.page.evaluate(FIRST_IN_VIEW)
    at = alice.page.evaluate(TOP_OF, before)
    bob.say_all([f"new {number:04}" for number in range(12)])
    alice.page.wait_for_selector("#pill:has-text('12 new below')")
    assert alice.page.evaluate(TOP_OF, before) == at
    alice.page.keyboard.press("Escape")
    expect(alice.line("new 0011")).to_be_in_viewport()
    expect(alice.page.locator("#pill")).to_be_hidden()


def test_a_search_leads_to_the_place(visit: Callable[..., Visitor], bob: Program) -> None:
    texts = [f"line {number:04}" for number in range(1000)]
    texts[120] = "the needle in it"
    bob.say_all(texts)
    alice = visit().join("Alice")
    alice.say("/search haystack")
    alice.page.wait_for_selector("#search-status:has-text('No message in lobby has “haystack”')")
    alice.page.fill("#search-words", "needle")
    alice.page.keyboard.press("Enter")
    alice.page.click(".result:has-text('needle')")
    expect(alice.line("the needle in it")).to_be_in_viewport()
    expect(alice.line("line 0119")).to_be_in_viewport()
    alice.page.click("#pill")
    expect(alice.line("line 0999")).to_be_in_viewport()


def test_ten_thousand_messages_stay_smooth_and_bounded(
    visit: Callable[..., Visitor], bob: Program
) -> None:
    alice = visit(bypass_csp=True).join("Alice")
    for start in range(0, 10_000, 500):
        bob.say_all([f"line {number:05}" for number in range(start, start + 500)])
    alice.wait_for_line("line 09999")
    assert alice.page.locator("#lines > li").count() <= 520
    alice.page.evaluate("document.querySelector('#scroller').scrollTop = 200")
    alice.page.wait_for_selector("#pill:has-text('Jump to the newest')")
    bob.say_all(["one more"])
    alice.page.wait_for_selector("#pill:has-text('1 new below')")
    assert alice.page.locator("#lines > li").count() <= 620
    alice.page.click("#pill")
    expect(alice.line("one more")).to_be_in_viewport()
    expect(alice.line("line 09999")).to_be_in_viewport()
