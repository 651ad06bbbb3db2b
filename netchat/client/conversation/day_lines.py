"""A line between the lines of one day and those of another."""

from __future__ import annotations

from collections.abc import Callable

from netchat.client.conversation.display_lines import (
    DayLine,
    DisplayLine,
    FoundLine,
    MissingLines,
    Notice,
    PageEdge,
    PrivateLine,
    SaidLine,
    UnreadMarker,
)
from netchat.client.conversation.interfaces import Frontend
from netchat.dialects.text.earlier import Day, day_of, day_text


class DayLines:
    """Passes lines on to `frontend`, and shows a DayLine wherever the day changes.

    `now` returns the time of day, in seconds since the epoch; what was shown at first is of today.
    """

    __slots__ = ("_frontend", "_now", "_shown", "last")

    def __init__(self, frontend: Frontend, now: Callable[[], float]) -> None:
        self._frontend = frontend
        self._now = now
        self._shown: Day | None = None
        self.last: DisplayLine | None = None
        """The line shown last."""

    def show(self, line: DisplayLine) -> None:
        """Show `line`, a live one or one that was missed while offline."""
        self._show_day(line, self._frontend.show)
        self._frontend.show(line)
        self.last = line

    def show_on_entry(self, line: DisplayLine) -> None:
        """Show `line`, which comes with entering a room."""
        if isinstance(line, SaidLine | PrivateLine):
            self._show_day(line, self._frontend.show_on_entry)
        self._frontend.show_on_entry(line)
        self.last = line

    def caught_up(self) -> None:
        """Called when every line that was said before the login has been shown."""
        self._frontend.caught_up()

    def _show_day(self, line: DisplayLine, show: Callable[[DisplayLine], None]) -> None:
        if isinstance(line, FoundLine | MissingLines | PageEdge | UnreadMarker):
            return
        if isinstance(line, SaidLine | PrivateLine) and line.when:
            seconds = line.seconds
        elif isinstance(line, Notice | PrivateLine | SaidLine):
            # A live line is of now, whatever the server's clock says.
            seconds = self._now()
        else:
            return
        shown = self._shown or day_of(self._now())
        self._shown = day_of(seconds)
        if self._shown != shown:
            show(DayLine(day_text(seconds)))
