"""What tells the user that something was said: counts, sound, notifications, a screen reader."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.support.needs import needs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.support.browser import Visitor
    from tests.support.processes import Guest, Server

pytestmark = [needs("chromium"), pytest.mark.long]
LOOK_AWAY = "() => { document.hasFocus = () => false; }"
LOOK_BACK = "() => { document.hasFocus = () => true; dispatchEvent(new Event('focus')); }"
RECORD = """() => {
  window.recorded = [];
  window.Notification = class {
    static permission = 'granted';
    constructor(title, options) { window.recorded.push(`${title}: ${options.body}`); }
  };
  const start = OscillatorNode.prototype.start;
  OscillatorNode.prototype.start = function (at) {
    window.recorded.push('sound');
    start.call(this, at);
  };
}"""


@pytest.fixture
def bob(server: Server) -> Iterator[Guest]:
    with server.guest("Bob") as guest:
        yield guest


def set_level(alice: Visitor, level: str) -> None:
    """Choose what to be told about the room that is shown."""
    alice.page.click("#topic")
    alice.page.check(f"#level input[value={level}]")
    alice.page.click("#room-form .primary")
    alice.page.wait_for_selector("#room-dialog[open]", state="detached")


def away(visit: Callable[..., Visitor], **options: object) -> Visitor:
    """Return a visitor who looks elsewhere; what they would see and hear is recorded."""
    alice = visit(bypass_csp=True, **options).join("Alice")
    alice.page.evaluate(RECORD)
    alice.page.click("#self")
    alice.page.check("#sound")
    if alice.page.is_enabled("#notify"):
        alice.page.check("#notify")
    alice.page.click("#settings-form .primary")
    alice.page.wait_for_selector("#settings[open]", state="detached")
    alice.page.evaluate("() => { window.recorded = []; }")
    alice.page.evaluate(LOOK_AWAY)
    return alice


def test_a_mention_is_shown_and_heard_and_leads_to_the_title(
    visit: Callable[..., Visitor], bob: Guest
) -> None:
    alice = away(visit)
    bob.say("nothing for her")
    bob.say("Alice: tea?")
    alice.wait_for_line("tea?")
    expect(alice.page).to_have_title("(@1) lobby – netchat")
    assert alice.page.evaluate("window.recorded") == ["sound", "sound", "Bob in lobby: Alice: tea?"]
    alice.page.evaluate(LOOK_BACK)
    expect(alice.page).to_have_title("lobby – netchat")
    alice.page.wait_for_selector(".marker + .line:has-text('nothing for her')")


def test_what_one_says_oneself_is_read(visit: Callable[..., Visitor]) -> None:
    alice = away(visit)
    alice.say("mine")
    alice.wait_for_line("mine")
    alice.say("and mine")
    alice.wait_for_line("and mine")
    expect(alice.page).to_have_title("lobby – netchat")
    expect(alice.page.locator(".marker")).to_have_count(0)


@pytest.mark.parametrize(
    ("level", "title", "recorded"),
    [
        ("all", "(1) lobby – netchat", ["sound", "sound", "Bob in lobby: hello"]),
        ("mentions", "(1) lobby – netchat", []),
        ("none", "lobby – netchat", []),
    ],
)
def test_each_room_has_a_level(
    visit: Callable[..., Visitor], bob: Guest, level: str, title: str, recorded: list[str]
) -> None:
    alice = visit(bypass_csp=True).join("Alice")
    set_level(alice, level)
    alice.page.close()
    alice = away(lambda **_: visit(alice.page.context))
    bob.say("hello")
    alice.wait_for_line("hello")
    expect(alice.page).to_have_title(title)
    assert alice.page.evaluate("window.recorded") == recorded


def test_where_the_browser_has_no_notifications_it_is_said_once(
    visit: Callable[..., Visitor], bob: Guest
) -> None:
    alice = visit(bypass_csp=True)
    alice.page.context.add_init_script(
        "Object.defineProperty(window, 'isSecureContext', {value: false});"
    )
    alice.join("Alice")
    toast = alice.page.locator(".toast", has_text="shows notifications over https only")
    for text in ("Alice: one", "Alice: two"):
        alice.page.evaluate(LOOK_AWAY)
        bob.say(text)
        alice.wait_for_line(text)
        alice.page.evaluate(LOOK_BACK)
        if text.endswith("one"):
            toast.locator("button").click()
        expect(toast).to_have_count(0)
    alice.page.click("#self")
    expect(alice.page.locator("#notify")).to_be_disabled()
    expect(alice.page.locator("#notify-why")).to_contain_text("over https only")


def test_a_screen_reader_hears_author_and_text_and_that_a_message_is_stored(
    visit: Callable[..., Visitor], bob: Guest
) -> None:
    alice = visit().join("Alice")
    live = alice.page.locator("#live")
    assert live.get_attribute("aria-live") == "polite"
    bob.say("hello")
    expect(live).to_contain_text("Bob: hello")
    alice.say("hi")
    expect(live).to_contain_text("Stored")
    assert alice.page.locator("[aria-live]").count() == 1
    snapshot = alice.page.locator("#lines").aria_snapshot()
    line = next(each for each in snapshot.splitlines() if "hello" in each)
    assert line.index("Bob") < line.index("hello")


def test_nothing_moves_for_those_who_want_less_motion(visit: Callable[..., Visitor]) -> None:
    moving = """() => [...document.querySelectorAll('*')].filter(each => {
      const style = getComputedStyle(each);
      return style.animationName !== 'none' || style.transitionDuration !== '0s';
    }).length"""
    alice = visit(bypass_csp=True).join("Alice")
    assert alice.page.evaluate(moving) > 0
    alice.page.emulate_media(reduced_motion="reduce")
    assert alice.page.evaluate(moving) == 0
