"""How each line of the conversation appears on the terminal: its time, its style, or folded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from netchat.client.conversation.display_lines import (
    DayLine,
    DisplayLine,
    FoundLine,
    JoinLine,
    LeaveLine,
    PrivateLine,
    SaidLine,
)
from netchat.client.frontends.join_fold import JoinFold
from netchat.client.frontends.styles import Fragments, styled
from netchat.client.frontends.times import Times
from netchat.client.settings.values import Values

CROWD = 30
"""In a room with more people than that, nobody is told who joins and leaves."""


class LineScreen(Protocol):
    """A terminal on which lines are printed, the last of which may be replaced."""

    @property
    def columns(self) -> int:
        """How many columns the terminal has."""

    @property
    def can_replace(self) -> bool:
        """Whether the line printed last can be replaced."""

    def show(self, fragments: Fragments) -> None:
        """Print `fragments` and a line end, above the line that is being typed."""

    def show_replaceable(self, fragments: Fragments) -> None:
        """Print `fragments` in the place of the line printed last, if it can be replaced."""

    def keep_last(self) -> None:
        """Let the line printed last be as it is: it is not replaced any more."""


class LineDisplay:
    """Prints lines on `screen`, as the `settings` say; `members` counts who is in the room."""

    __slots__ = ("_fold", "_members", "_screen", "_settings", "_times")

    def __init__(
        self,
        screen: LineScreen,
        times: Times,
        settings: Callable[[], Values],
        members: Callable[[], int],
    ) -> None:
        self._screen = screen
        self._times = times
        self._settings = settings
        self._members = members
        self._fold = JoinFold()

    def show(self, line: DisplayLine) -> None:
        """Show a live line, or one that was missed while offline."""
        match line:
            case JoinLine() | LeaveLine():
                self._show_move(line)
            case FoundLine() | DayLine():
                self._print("", line)
            case SaidLine() | PrivateLine():
                self._print("" if line.when else self._times.before_said(), line)
                self._times.said()
            case _:
                self._print(self._times.before_notice(), line)

    def show_on_entry(self, line: DisplayLine) -> None:
        """Show what comes with entering a room."""
        self._print("", line)

    def _show_move(self, line: JoinLine | LeaveLine) -> None:
        mode = self._settings().joins
        if mode == "off" or (mode == "fold" and self._members() > CROWD):
            return
        if mode == "all":
            self._print(self._times.before_notice(), line)
            return
        if not self._screen.can_replace or self._fold.full:
            self._screen.keep_last()
            self._fold.clear()
        self._fold.add(line)
        time = self._times.before_notice()
        text = self._fold.text(self._screen.columns - len(time))
        self._screen.show_replaceable([("class:past", time), ("class:notice", text)])

    def _print(self, time: str, line: DisplayLine) -> None:
        self._screen.show([("class:past", time), *styled(line)])
