"""The lines of a room in memory."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from operator import attrgetter

from netchat.model.events import Said, SaidLines

_last_id = attrgetter("last")


class RoomLines:
    """The newest `keep` lines of a room (0: all); lines said together stay one item."""

    def __init__(self, keep: int) -> None:
        self.last = 0
        self._keep = keep
        self._said: deque[Said | SaidLines] = deque()

    @property
    def first(self) -> int:
        """The id of the oldest line; one more than the last id if there is none."""
        oldest = self._said[0] if self._said else None
        first = oldest.first if isinstance(oldest, SaidLines) else self.last + 1
        first = oldest.id if isinstance(oldest, Said) else first
        return max(first, self.last - self._keep + 1) if self._keep else first

    def add(self, said: Said | SaidLines) -> None:
        """Append `said`, and drop the lines beyond `keep`."""
        self.last = said.id if isinstance(said, Said) else said.last
        self._said.append(said)
        if self._keep and self.last > self._keep:
            oldest = self.last - self._keep
            while self._said[0].last <= oldest:
                self._said.popleft()

    def replace(self, line: Said) -> None:
        """Put `line` in the place of the stored line with its id."""
        place = bisect_left(self._said, line.id, key=_last_id)
        item = self._said[place]
        if isinstance(item, Said):
            self._said[place] = line
            return
        # Lines that are said together are one item, so the others become items of their own.
        self._said.rotate(-place)
        self._said.popleft()
        each = [line if one.id == line.id else one for one in item.each()]
        self._said.extendleft(reversed(each))
        self._said.rotate(place)

    def between(self, first: int, last: int) -> Iterator[Said]:
        """Yield the stored lines with the ids `first` to `last`, in order.

        Nothing may be added during the iteration; the same holds for `backwards`.
        """
        first = max(first, self.first)
        passed = bisect_left(self._said, first, key=_last_id)
        for line in chain.from_iterable(map(_each, islice(self._said, passed, None))):
            if line.id > last:
                return
            if line.id >= first:
                yield line

    def backwards(self, first: int, last: int) -> Iterator[Said]:
        """Yield the stored lines with the ids `first` to `last`, newest first."""
        first = max(first, self.first)
        # The item after those that end at or before `last` may begin at or before `last`.
        passed = len(self._said) - 1 - bisect_right(self._said, last, key=_last_id)
        said = islice(reversed(self._said), max(passed, 0), None)
        for line in chain.from_iterable(reversed([*_each(one)]) for one in said):
            if line.id < first:
                return
            if line.id <= last:
                yield line


def _each(said: Said | SaidLines) -> Iterable[Said]:
    return said.each() if isinstance(said, SaidLines) else (said,)
