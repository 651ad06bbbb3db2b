"""Calls the user when somebody mentions them: bell, title of the window, notification."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from twisted.internet.interfaces import IReactorTime

from netchat.client.conversation.display_lines import DisplayLine, OwnLine, PrivateLine, SaidLine
from netchat.client.frontends.bell import Bell
from netchat.client.frontends.notification import Notifications
from netchat.client.settings.values import Values

PRESENCE = 10.0
"""So many seconds after a key was pressed, the user is there, and needs no notification."""
PROGRAM = "netchat"
_HAVE_TITLES = ("xterm", "tmux", "screen", "foot", "alacritty", "rxvt", "konsole", "wezterm")
_KEEP_TITLE, _GIVE_TITLE_BACK = "\x1b[22;2t", "\x1b[23;2t"
"""XTWINOPS of xterm: the terminal keeps the title on a stack, and takes it from there."""


class Signals(Protocol):
    """A terminal that can call the user."""

    def bell(self) -> None:
        """Ring the terminal's bell."""

    def send(self, sequence: str) -> None:
        """Send the control `sequence`, which moves nothing on the terminal."""


def calls(line: DisplayLine) -> bool:
    """Return whether `line` is addressed to the user."""
    match line:
        case PrivateLine():
            return not line.own
        case OwnLine():
            return False
        case SaidLine():
            return line.mentions
    return False


class Attention:
    """Calls the user at `screen`, in the ways that `settings` allow.

    Until they press a key, the title of the window has the number of calls. `environ` tells which
    terminal it is.
    """

    __slots__ = (
        "_bell",
        "_calls",
        "_clock",
        "_has_title",
        "_last_key",
        "_notifications",
        "_screen",
        "_settings",
        "_title_is_set",
    )

    def __init__(
        self,
        screen: Signals,
        clock: IReactorTime,
        settings: Callable[[], Values],
        environ: Mapping[str, str],
    ) -> None:
        self._screen = screen
        self._clock = clock
        self._settings = settings
        self._bell = Bell(screen.bell, clock, lambda: settings().bell)
        self._notifications = Notifications(environ, screen.send, clock)
        self._has_title = environ.get("TERM", "").startswith(_HAVE_TITLES)
        self._title_is_set = False
        self._calls = 0
        self._last_key = -PRESENCE

    def call(self, line: SaidLine | PrivateLine, place: str) -> None:
        """Call the user for `line`, said in the room `place`; "" for one said to them only."""
        present = self._clock.seconds() - self._last_key < PRESENCE
        if line.when and present:
            # They have just come to read this line.
            return
        self._bell.ring()
        if not self._settings().notify:
            return
        self._calls += 1
        self._set_title(f"({self._calls}) {PROGRAM}")
        if not present:
            text = line.what if isinstance(line, SaidLine) else line.text
            self._notifications.notify(f"{PROGRAM}, {place}" if place else PROGRAM, text)

    def key_pressed(self) -> None:
        """Record that the user is there."""
        self._last_key = self._clock.seconds()
        self._calls = 0
        self._reset_title()

    def stop(self) -> None:
        """Leave the terminal as it was."""
        self._reset_title()
        self._notifications.stop()

    def _set_title(self, title: str) -> None:
        if self._has_title:
            keep = "" if self._title_is_set else _KEEP_TITLE
            self._title_is_set = True
            self._screen.send(f"{keep}\x1b]2;{title}\x1b\\")

    def _reset_title(self) -> None:
        if self._title_is_set:
            self._title_is_set = False
            # Terminals without a stack of titles keep this one.
            self._screen.send(f"\x1b]2;{PROGRAM}\x1b\\{_GIVE_TITLE_BACK}")
