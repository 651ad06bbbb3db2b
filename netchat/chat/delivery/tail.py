"""The newest lines of a room, in memory, while members of it have a backfill in progress."""

from __future__ import annotations

from collections import deque

from netchat.model.events import Said, SaidLines

MAX_BYTES = 256 * 1024
"""About how much text a tail holds; the oldest lines go first."""
_LINE = 100
"""Bytes that a line costs beside its text, roughly."""


class Tail:
    """The lines of a room after id `after`, without a gap, as far as MAX_BYTES allow."""

    __slots__ = ("_lines", "_size", "after")

    def __init__(self, after: int) -> None:
        self.after = after
        self._lines: deque[Said | SaidLines] = deque()
        self._size = 0

    def add(self, said: Said | SaidLines) -> None:
        """Append `said`, which has the ids that follow the last."""
        self._lines.append(said)
        self._size += _size_of(said)
        while self._size > MAX_BYTES:
            oldest = self._lines.popleft()
            self._size -= _size_of(oldest)
            self.after = oldest.last

    def lines_after(self, id: int) -> list[Said]:
        """Return the lines with ids above `id`, which is not below `after`, in order."""
        return [line for said in self._lines if said.last > id for line in _each(said, id)]


def _each(said: Said | SaidLines, after: int) -> list[Said]:
    if isinstance(said, Said):
        return [said]
    return [line for line in said.each() if line.id > after]


def _size_of(said: Said | SaidLines) -> int:
    if isinstance(said, Said):
        return len(said.text) + _LINE
    return sum(map(len, said.texts)) + _LINE * len(said.texts)
