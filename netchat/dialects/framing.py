"""Lines out of a stream of bytes: in linear time, in bounded memory, however the bytes arrive.

A read is split once, not once per line: 64 KiB of bare newlines are what a hostile guest sends
first.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

ENDLESS_FACTOR = 16
"""A line that is this many times as long as the longest is given up, whether it ends or not."""


@dataclass(frozen=True, slots=True)
class TooLong:
    """What stands in for a line that was over the limit; only its first byte is kept, `start`."""

    start: bytes


class EndlessLineError(Exception):
    """A line went on and on; the stream cannot be read further."""


class Framer:
    """Cuts what is fed into lines that end in LF or CRLF.

    `limit` is how many bytes a line may have without its end (0: any number); what is ENDLESS_FACTOR times
    as long as `longest` bytes is given up (0: never). As long as `blanks` is on, lines are
    yielded one at a time, so that the first line of a guest can change what his second may be;
    once it is off, lines without a byte are passed over, at no cost to speak of.
    """

    __slots__ = ("_skipped", "_start", "_tail", "blanks", "limit", "longest")

    def __init__(self, limit: int, longest: int) -> None:
        self.blanks = True
        self.limit = limit
        self.longest = longest
        self._tail = b""
        self._skipped = 0
        self._start = b""

    @property
    def empty(self) -> bool:
        """Whether the next byte begins a line."""
        return not (self._tail or self._skipped)

    @property
    def begun(self) -> bytes:
        """The first byte of the line whose end has not come yet; b"" if there is none."""
        return self._start if self._skipped else self._tail[:1]

    @property
    def overdue(self) -> bool:
        """Whether a line is over its limit already, and its end has not come yet."""
        return self._skipped > 0

    def feed(self, data: bytes) -> Iterator[bytes | TooLong]:
        """Yield the lines that `data` completes; raise EndlessLineError when one has no end.

        Work the iterator through before feeding again, or drop it and feed no more.
        """
        data = self._tail + data
        lines = data.split(b"\n")
        self._tail = b""
        tail = lines.pop()
        if self._skipped and lines:
            self._keep(lines.pop(0))
            self._skipped = 0
            yield TooLong(self._start)
        if lines:
            yield from self._cut(lines, b"\r" in data)
        self._keep(tail)

    def rest(self) -> Iterator[bytes | TooLong]:
        """Yield the line that the end of the stream has ended, if there is one."""
        if self._skipped or self._tail:
            yield from self.feed(b"\n")

    def _cut(self, lines: list[bytes], returns: bool) -> Iterator[bytes | TooLong]:
        number = 0
        while self.blanks and number < len(lines):
            yield self._check(lines[number])
            number += 1
        del lines[:number]
        if lines and 0 < self.limit < max(map(len, lines)):
            yield from filter(None, map(self._check, lines))
            return
        if returns:
            lines = [line[:-1] if line.endswith(b"\r") else line for line in lines]
        yield from filter(None, lines)

    def _check(self, line: bytes) -> bytes | TooLong:
        # Also a line that has ended: where a stream is cut must make no difference.
        self._check_end(line)
        line = line[:-1] if line.endswith(b"\r") else line
        return TooLong(line[:1]) if 0 < self.limit < len(line) else line

    def _keep(self, tail: bytes) -> None:
        self._check_end(tail)
        if self._skipped or 0 < self.limit < len(tail) - len(b"\r"):
            self._skip(tail)
        else:
            self._tail = tail

    def _check_end(self, data: bytes) -> None:
        if 0 < ENDLESS_FACTOR * self.longest <= self._skipped + len(data):
            self._skip(data)
            raise EndlessLineError

    def _skip(self, data: bytes) -> None:
        if not self._skipped:
            self._start = data[:1]
        self._skipped += len(data)
