"""How far the user has read a room."""

from __future__ import annotations

NONE = frozenset[int]()
"""No line: there are many rooms, and each would have an empty set of its own."""


class ReadMarker:
    """The read position in one room: every line up to the id `last` has been shown, and none above.

    `left_at` is when the user was last in the room (seconds since the epoch), None if never.
    """

    __slots__ = ("_last_on_entry", "_own", "earlier", "first", "last", "left_at", "marker_shown")

    def __init__(self, last: int) -> None:
        self.last = last
        self.left_at: float | None = None
        self.first = last
        """The room's last id when the user came into it first."""
        self.earlier: int | None = None
        """The id of the last line that was read in an earlier run; None if that is not known."""
        self.marker_shown = False
        """Whether the unread marker has been shown since the last entry."""
        self._last_on_entry = last
        self._own = NONE

    @property
    def is_behind(self) -> bool:
        """Whether lines that were said before the entry are still to come."""
        return self.last < self._last_on_entry

    def resume(self, newest: int) -> bool:
        """Enter again: the room's last id is `newest`; return False if that is below `last`."""
        self._last_on_entry = newest
        self.marker_shown = False
        if newest >= self.last:
            return True
        self.last = newest
        if self.earlier is not None:
            self.earlier = min(self.earlier, newest)
        self._own = NONE
        return False

    @property
    def behind(self) -> int:
        """How many lines that were said before the entry are still to come."""
        return max(0, self._last_on_entry - self.last)

    def was_missed(self, number: int) -> bool:
        """Return whether the line `number` was said before the entry."""
        return number <= self._last_on_entry

    def advance(self, number: int, *, own: bool) -> bool:
        """Record that the line `number` has arrived; return whether to show it.

        Each line is shown once, and the user's `own` lines never. An own line may arrive early, as
        its acknowledgement; then it arrives a second time, in its turn.
        """
        if number <= self.last:
            return False
        if own:
            self._own |= {number}
            if number > self.last + 1:
                return False
        self.last = number
        known = number in self._own
        if known:
            self._own = self._own - {number} or NONE
        return not known

    def skip_to(self, last: int) -> None:
        """Record that the server cannot deliver the lines up to the id `last`."""
        self.last = max(self.last, last)
