"""The lines of a room that is not shown: they are kept until it is, and counted."""

from __future__ import annotations

from dataclasses import dataclass

from netchat.client.conversation.display_lines import DisplayLine, SaidLine
from netchat.client.conversation.held_lines import without_text

MAX_LINES = 200
"""How many lines of a room are kept; more is asked from the server when the room is shown."""
MAX_BYTES = 128 * 1024
"""How many bytes of text these may have."""


@dataclass(frozen=True, slots=True)
class _Kept:
    line: DisplayLine
    counts: bool

    @property
    def id(self) -> int:
        return self.line.id if isinstance(self.line, SaidLine) else 0

    @property
    def mentions(self) -> bool:
        return isinstance(self.line, SaidLine) and self.line.mentions


class Backlog:
    """The last lines that were not shown, in their order, and how many there are to read."""

    __slots__ = (
        "_bytes",
        "_dropped_mentions",
        "_dropped_unread",
        "_lines",
        "_mentions",
        "_unread",
        "dropped_up_to",
    )

    def __init__(self) -> None:
        self.dropped_up_to = 0
        """The id of the last line that is not kept any more, or never was; 0 if there is none."""
        self._lines: list[_Kept] = []
        self._bytes = 0
        self._unread = self._mentions = 0
        self._dropped_unread = self._dropped_mentions = 0

    @property
    def empty(self) -> bool:
        """Whether no line is kept, nor left out."""
        return not (self._lines or self.dropped_up_to)

    @property
    def unread(self) -> int:
        """How many lines there are to read."""
        return self._unread + self._dropped_unread

    @property
    def mentions(self) -> int:
        """How many of the lines to read mention the user."""
        return self._mentions + self._dropped_mentions

    def add(self, line: DisplayLine, *, counts: bool, bounded: bool = True) -> None:
        """Keep `line`; it `counts` if the user has to read it."""
        self._append(_Kept(line, counts))
        while bounded and len(self._lines) > 1 and self._is_full:
            self._drop_oldest()

    def leave_out(self, up_to: int) -> None:
        """Record that the lines up to the id `up_to` are not kept here."""
        self.dropped_up_to = max(self.dropped_up_to, up_to)

    def mark_read(self, id: int, *, is_first: bool) -> None:
        """Record that the user has read the lines up to `id` elsewhere; the lines are still kept.

        With `is_first`, the lines left out after `id` are all unread.
        """
        left_out = max(0, self.dropped_up_to - id)
        self._dropped_unread = left_out if is_first else min(self._dropped_unread, left_out)
        self._dropped_mentions = min(self._dropped_mentions, self._dropped_unread)
        lines, self._lines = self._lines, []
        self._bytes = self._unread = self._mentions = 0
        for kept in lines:
            self._append(_Kept(kept.line, kept.counts and kept.id > id))

    def delete(self, id: int) -> None:
        """Remove the text of the line `id`."""
        self._lines = [
            _Kept(without_text(kept.line), kept.counts)
            if isinstance(kept.line, SaidLine) and kept.line.id == id
            else kept
            for kept in self._lines
        ]

    def release(self) -> list[DisplayLine]:
        """Return the lines, and keep none of them; nothing is unread then."""
        lines, self._lines = self._lines, []
        self._bytes = self._unread = self._mentions = 0
        self.dropped_up_to = self._dropped_unread = self._dropped_mentions = 0
        return [kept.line for kept in lines]

    @property
    def _is_full(self) -> bool:
        return len(self._lines) > MAX_LINES or self._bytes > MAX_BYTES

    def _append(self, kept: _Kept) -> None:
        self._lines.append(kept)
        self._bytes += len(kept.line.text)
        self._unread += kept.counts
        self._mentions += kept.counts and kept.mentions

    def _drop_oldest(self) -> None:
        dropped = self._lines.pop(0)
        self._bytes -= len(dropped.line.text)
        self.leave_out(dropped.id)
        self._unread -= dropped.counts
        self._dropped_unread += dropped.counts
        if dropped.counts and dropped.mentions:
            self._mentions -= 1
            self._dropped_mentions += 1
