"""Pictures of every screen: `python -m tests.support.page_screens FOLDER [VIEW...]`."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from tests.support.browser import PHONE, WIDE, chromium, visitor, web_port
from tests.support.processes import Server

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Browser

    from tests.support.browser import Visitor

WEB = "tcp:0:backlog=400:interface=127.0.0.1"
MANY = ("--max-per-address", "0", "--max-nameless", "400", "--max-rooms-per-guest", "100")
VIEWS: dict[str, dict[str, Any]] = {
    "light": {"viewport": WIDE},
    "dark": {"viewport": WIDE, "color_scheme": "dark"},
    "phone": PHONE,
    "phone-dark": {**PHONE, "color_scheme": "dark"},
    "320px": {"viewport": {"width": 320, "height": 600}},
    "zoom": {"viewport": {"width": 640, "height": 400}, "device_scale_factor": 2},
}
TALK = [
    ("Bob", "Good morning! The build of last night is green."),
    ("Bob", "I have put the report at https://ci.example/night/412?branch=release&from=2026-11-20"),
    ("Carol", "/me puts the kettle on"),
    ("Dana", "בוקר טוב לכולם, נתראה בצהריים? (12:30)"),
    ("سميرة", "صباح الخير، الغداء في الثانية عشرة"),
    ("漢字仮名交文" * 5 + "漢字", "こんにちは、" * 12),
    ("Carol", "Tea at ten, deploy at eleven? Alice, you have the key."),
    ("Bob", "def deploy(host): ↵     for each in host.services: ↵         each.restart() ↵ "),
    ("Carol", "w" * 400),
    ("Dana", "👍"),
]


class Screens:
    """One view of the page, in a room full of people."""

    def __init__(self, browser: Browser, view: str, place: Path, folder: Path) -> None:
        self._stack = ExitStack()
        self._folder = folder
        self._view = view
        self.server = self._stack.enter_context(Server("--web", WEB, *MANY, cwd=place))
        context = browser.new_context(locale="en-GB", reduced_motion="reduce", **VIEWS[view])
        self._stack.callback(context.close)
        self.alice: Visitor = visitor(context, web_port(self.server))
        self.people: dict[str, Any] = {}

    def close(self) -> None:
        self._stack.close()

    def guest(self, name: str) -> Any:
        if name not in self.people:
            self.people[name] = self._stack.enter_context(self.server.guest(name))
        return self.people[name]

    def take(self, name: str) -> None:
        """Store what the page looks like now."""
        self.alice.screenshot(self._folder / f"{name}-{self._view}.png")


def first(screens: Screens) -> None:
    alice = screens.alice.open()
    alice.page.wait_for_selector("#login-form")
    screens.take("01-first")
    screens.guest("Bob")
    alice.page.fill("#login-name", "Bob")
    alice.page.keyboard.press("Enter")
    alice.page.wait_for_selector("#login-error:not(:empty)")
    screens.take("02-refused")


def empty(screens: Screens) -> None:
    screens.alice.join("Alice")
    screens.alice.say("/join empty")
    screens.alice.page.wait_for_selector("#room-name:text-is('empty')")
    screens.take("03-empty")
    screens.alice.say("/join lobby")
    screens.alice.page.wait_for_selector("#room-name:text-is('lobby')")


def busy(screens: Screens) -> None:
    for number in range(300):
        screens.guest("Bob" if number % 3 else "Carol").say(f"earlier {number}")
    screens.guest("Bob").say("/topic the release of Friday, and who brings what")
    for name, text in TALK:
        screens.guest(name).say(text)
    alice = screens.alice
    alice.wait_for_line("👍")
    alice.say("Eleven it is.\nAnd a second line of mine.")
    alice.wait_for_line("Eleven it is")
    screens.take("04-busy")
    alice.say("/join dev")
    alice.page.wait_for_selector("#room-name:text-is('dev')")
    for number in range(12):
        screens.guest("Bob").say(f"while you were away {number}")
    screens.guest("Carol").say("Alice: please look")
    screens.guest("Bob").say("/msg Alice shall I ask Eve as well?")
    alice.page.wait_for_selector("#talks .unread", state="attached")
    alice.page.wait_for_selector("#rooms .mentions", state="attached")
    screens.take("05-unread")
    if alice.page.is_visible("#open-side"):
        alice.page.click("#open-side")
        screens.take("06-drawer")
    alice.page.click("#rooms button:has-text('lobby')")
    alice.page.wait_for_selector(".marker")
    screens.take("07-new-since")
    alice.page.keyboard.press("Escape")
    guests = [screens.guest(f"guest{number}") for number in range(6)]
    for each in guests:
        each.say("/quit")
    alice.page.wait_for_selector(".note summary")
    screens.take("08-folded")
    alice.page.click(".note summary >> nth=-1")
    screens.take("09-unfolded")
    alice.page.hover("#scroller")
    alice.page.mouse.wheel(0, -300)
    alice.page.wait_for_selector("#pill:not([hidden])")
    screens.guest("Bob").say("one more")
    alice.page.wait_for_selector("#pill:has-text('new below')")
    screens.take("10-pill")
    alice.page.click("#pill")


def search(screens: Screens) -> None:
    alice = screens.alice
    alice.say("/search tea")
    alice.page.wait_for_selector(".result")
    screens.take("11-search")
    alice.page.click(".result")
    alice.page.wait_for_selector(".found")
    screens.take("12-found")
    if alice.page.is_visible("#search"):
        alice.page.click("#search .close")
    alice.say("/search haystack")
    alice.page.wait_for_selector("#search-status:has-text('haystack')")
    screens.take("13-no-hit")
    alice.page.click("#search .close")
    alice.page.keyboard.press("Escape")


def private(screens: Screens) -> None:
    alice = screens.alice
    alice.say("/msg Bob how do we tell Eve?")
    alice.wait_for_line("how do we tell Eve")
    screens.guest("Bob").say("/msg Alice over lunch, I think")
    alice.wait_for_line("over lunch")
    screens.take("14-private")
    alice.say("/join lobby")
    alice.page.wait_for_selector("#room-name:text-is('lobby')")


def dialogs(screens: Screens) -> None:
    alice = screens.alice
    alice.page.focus("#text")
    alice.page.keyboard.type("/")
    alice.page.wait_for_selector("#complete li")
    screens.take("15-commands")
    alice.page.fill("#text", "")
    alice.page.keyboard.type(":ta")
    alice.page.wait_for_selector("#complete li")
    screens.take("16-emoji")
    alice.page.keyboard.press("Escape")
    alice.page.fill("#text", "\n".join(f"line {number}" for number in range(12)))
    screens.take("17-composer")
    alice.page.fill("#text", "long " * 1200)
    screens.take("18-over-the-limit")
    alice.page.click("#send")
    alice.page.wait_for_selector("#ask[open]")
    screens.take("19-question")
    alice.page.click("#ask-no")
    alice.page.fill("#text", "")
    alice.page.keyboard.press("Control+k")
    alice.page.wait_for_selector("#jump[open]")
    screens.take("20-jump")
    alice.page.keyboard.press("Escape")
    alice.page.keyboard.press("?")
    screens.take("21-keys")
    alice.page.keyboard.press("Escape")
    alice.page.click("#topic")
    alice.page.wait_for_selector("#room-dialog[open]")
    screens.take("22-room")
    alice.page.keyboard.press("Escape")
    if alice.page.is_visible("#open-side"):
        alice.page.click("#open-side")
    alice.page.click("#self")
    alice.page.wait_for_selector("#settings[open]")
    screens.take("23-settings")
    alice.page.keyboard.press("Escape")


def crowd(screens: Screens) -> None:
    alice = screens.alice
    screens.guest("Bob").say("/topic " + "topic é " * 56)
    for number in range(200):
        screens.guest(f"person{number}")
    for number in range(58):
        alice.say(f"/join room{number:02}")
        alice.page.wait_for_selector(f"#room-name:text-is('room{number:02}')")
    screens.take("24-60-rooms")
    alice.say("/join lobby")
    alice.page.wait_for_selector("#room-name:text-is('lobby')")
    if not alice.page.is_visible("#people"):
        alice.page.click("#open-people")
    screens.take("25-200-people")
    if alice.page.is_visible("#people .close"):
        alice.page.click("#people .close")
    screens.take("26-topic")


def lost(screens: Screens) -> None:
    alice = screens.alice
    screens.server.process.kill()
    alice.page.wait_for_selector("#strip:not([hidden])")
    alice.say("not stored yet")
    alice.page.wait_for_selector(".unsent")
    screens.take("27-lost")
    if alice.page.is_visible("#open-side"):
        alice.page.click("#open-side")
        screens.take("28-lost-drawer")


SCREENS: list[Callable[[Screens], None]] = [
    first, empty, busy, search, private, dialogs, crowd, lost,
]  # fmt: skip


def main() -> None:
    """Take the pictures of all views, or of those that are named after the folder."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    with chromium() as browser:
        for view in sys.argv[2:] or VIEWS:
            with TemporaryDirectory() as place:
                screens = Screens(browser, view, Path(place), folder)
                for each in SCREENS:
                    each(screens)
                screens.close()


if __name__ == "__main__":
    main()
