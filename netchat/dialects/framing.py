"""Splits a stream of bytes into lines, in linear time and bounded memory, however it is cut.

Each read is split once, not once per line: a hostile client may send 64 KiB of bare newlines.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

ENDLESS_FACTOR = 16
"""A line this many times as long as `longest` is endless, whether its end comes or not."""


@dataclass(frozen=True, slots=True)
class TooLong:
    """Stands for a line over the limit; of the line, only its first byte `start` is kept."""

    start: bytes


class EndlessLineError(Exception):
    """A line is endless; the stream cannot be read further."""


class Framer:
    """Splits the bytes that it is fed into lines that end in LF or CRLF.

    `limit` is the most bytes that a line may have without its end (0: no limit). A line of
    ENDLESS_FACTOR times `longest` bytes is endless (0: never). While `yield_blanks` is on, blank
    lines are yielded and lines are split off one at a time, so that the caller can change `limit`
    after a client's first line; while it is off, blank lines are skipped at almost no cost.
    """

    __slots__ = ("_skipped", "_start", "_tail", "limit", "longest", "yield_blanks")

    def __init__(self, limit: int, longest: int) -> None:
        self.yield_blanks = True
        self.limit = limit
        self.longest = longest
        self._tail = b""
        self._skipped = 0
        self._start = b""

    @property
    def begun(self) -> bytes:
        """The first byte of the line whose end has not come yet; b"" if there is none."""
        return self._start if self._skipped else self._tail[:1]

    @property
    def unfinished(self) -> bytes:
        """The line whose end has not come yet, as far as it is kept."""
        return self._tail

    @property
    def overlong(self) -> bool:
        """Whether the line whose end has not come yet is over its limit."""
        return self._skipped > 0

    def count(self, data: bytes) -> int:
        """Return how many lines end in `data`."""
        return data.count(b"\n")

    def whole(self, data: bytes) -> bytes:
        """Return `data` if it is nothing but whole lines within the limit, else b"".

        Also b"" if a line has begun, or while blank lines are yielded.
        """
        if self._tail or self._skipped or self.yield_blanks:
            return b""
        return data if len(data) <= self.limit and data.endswith(b"\n") else b""

    def feed(self, data: bytes) -> Iterator[bytes | TooLong]:
        """Yield the lines that `data` completes; raise EndlessLineError for an endless line.

        Exhaust the iterator before feeding again, or drop it and feed no more.
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
        """Yield the last line if the stream ended without a line end."""
        if self._skipped or self._tail:
            yield from self.feed(b"\n")

    def _cut(self, lines: list[bytes], returns: bool) -> Iterator[bytes | TooLong]:
        number = 0
        while self.yield_blanks and number < len(lines):
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
        # Check complete lines too, so that the result does not depend on where the stream is cut.
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
