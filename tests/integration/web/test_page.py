"""The page in a real browser: joining, talking, and what it loads."""

from __future__ import annotations

import re
from random import Random
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from tests.support.browser import web_port
from tests.support.hostile_lines import FORBIDDEN, is_command, text_lines
from tests.support.needs import needs

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Response

    from tests.support.browser import Visitor
    from tests.support.processes import Server

MARKUP = [
    b"<img src=x onerror=alert(1)>", b"<script>alert(1)</script>", b"<a href=javascript:x>",
    b"https://x/<svg/onload=alert(1)> ", b"javascript:alert(1) ", b"HTTPS://u:p@x/?a=<b>&c=\"d ",
    b"</li></ol><iframe src=//x>", b"{{constructor.constructor('alert(1)')()}}", b"http://[::1 ",
]  # fmt: skip
TAGS = "[...document.querySelectorAll('#lines, #lines *')].map(each => each.tagName)"
ATTRIBUTES = "[...document.querySelectorAll('#lines *')].flatMap(each => each.getAttributeNames())"
LINKS = "[...document.querySelectorAll('#lines a')].map(each => each.href)"
pytestmark = [needs("chromium"), pytest.mark.long]


def test_the_first_load_is_small_in_four_requests_to_one_host(
    visit: Callable[..., Visitor], server: Server
) -> None:
    alice = visit().open()
    alice.page.wait_for_selector("#login-form")
    alice.page.wait_for_load_state("networkidle")
    sizes = {urlsplit(each.url).path: transferred(each) for each in alice.responses}
    # Without a window, chromium does not ask for the icon.
    sizes["/icon.png"] = len(alice.page.request.get(f"{alice.page.url}icon.png").body())
    assert len(sizes) <= 4
    assert sum(sizes.values()) <= 60_000, sizes
    assert all(each.headers["content-encoding"] == "gzip" for each in alice.responses)
    alice.join("Alice")
    alice.say(":tada: hello")
    alice.wait_for_line("🎉 hello")
    paths = {urlsplit(url).path for url in alice.requests}
    assert paths <= {"/", "/app.css", "/app.js", "/icon.png", "/app.webmanifest", "/emoji.txt"}
    hosts = {urlsplit(url).netloc for url in alice.requests}
    assert hosts == {f"127.0.0.1:{web_port(server)}"}
    assert alice.page.context.cookies() == []


def transferred(response: Response) -> int:
    """Return the bytes of a response on the wire: its headers and its body, as it was coded."""
    sizes = response.request.sizes()
    return sizes["responseHeadersSize"] + sizes["responseBodySize"]


def test_a_browser_and_nc_talk_in_one_room(visit: Callable[..., Visitor], server: Server) -> None:
    alice = visit().join("Alice")
    with server.guest("Bob") as bob:
        bob.say("hello Alice")
        alice.wait_for_line("hello Alice")
        assert "mention" in (alice.line("hello Alice").get_attribute("class") or "")
        alice.say("/me waves")
        assert bob.line() == "* Alice waves"
        alice.say("one")
        assert bob.line() == "Alice: one"
        alice.page.locator(".people button", has_text="Bob").click()
        alice.say("a secret")
        assert bob.line() == "[Alice -> you] a secret"
        bob.say("/msg Alice another")
        alice.wait_for_line("another")


def test_a_refused_name_stays_in_its_field_with_the_reason_beside_it(
    visit: Callable[..., Visitor], server: Server
) -> None:
    with server.guest("Bob"):
        other = visit().open()
        other.page.fill("#login-name", "Bob")
        other.page.keyboard.press("Enter")
        other.page.wait_for_selector("#login-error:has-text('is taken')")
        assert other.page.input_value("#login-name") == "Bob"
        other.page.fill("#login-name", "Bobby")
        other.page.keyboard.press("Enter")
        other.wait_for_state("Connected")


def test_the_name_is_remembered(visit: Callable[..., Visitor]) -> None:
    alice = visit().join("Alice")
    alice.page.reload()
    alice.wait_for_state("Connected")
    assert alice.page.inner_text("#self-name") == "Alice"
    context = alice.page.context
    alice.page.close()
    again = visit(context).open()
    assert again.page.input_value("#login-name") == "Alice"


def test_a_message_of_several_lines_is_one_message(
    visit: Callable[..., Visitor], server: Server
) -> None:
    alice = visit().join("Alice")
    with server.guest("Bob") as bob:
        alice.say("def f():\n    return 1")
        assert bob.line() == "Alice: def f(): ↵     return 1"
    alice.wait_for_line("def f():")
    assert alice.texts() == ["def f():\n    return 1"]


def test_a_paste_over_the_limit_asks_and_goes_out_in_parts(visit: Callable[..., Visitor]) -> None:
    alice = visit().join("Alice")
    lines = [f"line {number} {'é' * 50}" for number in range(60)]
    alice.say("\n".join(lines))
    alice.page.click("#ask-no")
    assert alice.texts() == []
    assert "line 59" in alice.page.input_value("#text")
    alice.page.keyboard.press("Enter")
    alice.page.click("#ask-yes")
    alice.wait_for_line("line 59")
    assert "\n".join(alice.texts()).split("\n") == lines


def test_hostile_texts_never_become_markup(visit: Callable[..., Visitor], server: Server) -> None:
    alice = visit().join("Alice")
    texts = [
        "<img src=x onerror=alert(1)>", "<script>alert(1)</script>", "&lt;b&gt;", "<a href=/>x</a>",
        "javascript:alert(1)", "https://example.org/\"onmouseover=alert(1) x", "${7*7} {{7*7}}",
        "data:text/html,<b>", "https://a\u0301", "http://", "HTTPS://EXAMPLE.ORG", "<!-- x",
    ]  # fmt: skip
    with server.guest("Bob") as bob:
        for text in texts:
            bob.say(text)
    alice.wait_for_line("<!-- x")
    assert alice.texts() == texts
    assert alice.page.locator("#lines img, #lines script, #lines b").count() == 0
    links = alice.page.locator("#lines a")
    for number in range(links.count()):
        link = links.nth(number)
        assert re.match(r"https?://", link.get_attribute("href") or "")
        assert link.get_attribute("rel") == "noopener noreferrer"
        assert link.get_attribute("target") == "_blank"


def test_no_line_of_the_torture_becomes_markup_or_leaves_its_message(
    visit: Callable[..., Visitor], server: Server
) -> None:
    alice = visit().join("Alice")
    random = Random(1)
    with server.guest("Bob") as bob:
        lines = [line for line in text_lines(random, 300) if not is_command(line)]
        for line in lines:
            bob.socket.sendall(MARKUP[len(line) % len(MARKUP)] + line + b"\n")
        bob.say("the end")
        alice.wait_for_line("the end")
    texts = alice.texts()
    assert len(texts) > 200
    assert not any(FORBIDDEN.search(text.replace("\n", "")) for text in texts)
    tags = alice.page.evaluate(TAGS)
    assert set(tags) <= {"A", "BDI", "LI", "OL", "SPAN", "TIME", "DETAILS", "SUMMARY", "P"}
    attributes = alice.page.evaluate(ATTRIBUTES)
    assert not any(name.startswith("on") or name == "style" for name in attributes)
    for address in alice.page.evaluate(LINKS):
        assert urlsplit(address).scheme in ("http", "https")
    # Nothing stands beside its line: combining marks and long words stay within the frame.
    width = alice.page.evaluate("document.documentElement.scrollWidth")
    assert width == alice.page.evaluate("innerWidth")


def test_rooms_count_what_is_unread_and_where_one_is_mentioned(
    visit: Callable[..., Visitor], server: Server
) -> None:
    alice = visit().join("Alice")
    alice.say("/join dev")
    alice.page.wait_for_selector("#room-name:text-is('dev')")
    with server.guest("Bob") as bob:
        bob.say("one")
        bob.say("two, Alice")
        alice.page.wait_for_selector("#rooms .mentions:text-is('@1')")
        alice.page.wait_for_selector("#rooms .unread .vh:text-is(', 2 unread, 1 mention')")
        assert alice.page.title() == "(@1) dev – netchat"
        assert alice.page.get_attribute("#icon", "href") == "icon-mention.png"
        alice.page.click("#rooms button:has-text('lobby')")
        alice.page.wait_for_selector(".marker:has-text('new since') + .line:has-text('one')")
        alice.page.wait_for_selector("#rooms .unread", state="detached")
        assert alice.page.title() == "lobby – netchat"
        assert alice.page.get_attribute("#icon", "href") == "icon.png"
