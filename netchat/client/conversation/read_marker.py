"""How far a room has been read."""

from __future__ import annotations


class ReadMarker:
    """Where we are in one room: every line up to the id `last` has been told, and none above it.

    `since` is the moment (seconds since the epoch) up to which we were there, None if we never
    were.
    """

    def __init__(self, last: int) -> None:
        self.last = last
        self.left_at: float | None = None
        self.marker_shown = False
        """Whether it has been shown where we had left off."""
        self._last_on_entry = last
        self._history_start: int | None = None
        self._own: set[int] = set()

    @property
    def is_behind(self) -> bool:
        """Whether lines that were said before we came in are still to come."""
        return self.last < self._last_on_entry

    def resume(self, newest: int) -> bool:
        """Learn that `newest` is the room's last id now; return False if we had read beyond it."""
        self._last_on_entry = newest
        self.marker_shown = False
        if newest >= self.last:
            return True
        self.last = newest
        self._own.clear()
        return False

    def expect_history(self, lines: int) -> None:
        """Learn that so many of the `lines` up to the last are asked for."""
        self._history_start = max(0, self.last - lines)

    def end_history(self) -> None:
        """Learn that they have come, or never will."""
        self._history_start = None
        self._own = {number for number in self._own if number > self.last}

    def leave(self, now: float) -> None:
        """Learn that we go; if a past has not come until now, it is what we have missed."""
        self.left_at = now
        if self._history_start is not None:
            self.last, self._history_start = self._history_start, None

    def was_missed(self, number: int) -> bool:
        """Return whether the line `number` was said before we came in."""
        return number <= self._last_on_entry

    def advance(self, number: int, *, own: bool) -> bool:
        """Learn that the line `number` has come; return whether it is news, and somebody else's.

        Each line is news once. One of our `own` may come ahead of its turn, because it was said
        before; then it comes again.
        """
        if number <= self.last:
            return False
        if own:
            self._own.add(number)
            if number > self.last + 1:
                return False
        self.last = number
        known = number in self._own
        if self._history_start is None:
            self._own.discard(number)
        return not known

    def skip_to(self, last: int) -> None:
        """Learn that the lines up to the id `last` are not to be had."""
        self.last = max(self.last, last)
