"""Lines out of a stream of bytes: in linear time, in bounded memory, however the bytes arrive.

A read is split once, not once per line: 64 KiB of bare newlines are what a hostile guest sends
first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

ENDLESS = 4
"""A line that is this many times over its limit, and still has no end, never ends."""


class TooLong:
    """What stands in for a line that was over the limit; nothing of it is kept."""


TOO_LONG = TooLong()


class EndlessLineError(Exception):
    """A line went on and on; the stream cannot be read further."""


class Framer:
    """Cuts what is fed into lines that end in LF or CRLF.

    `limit` tells how many bytes the next line may have without its end (0: any number); it is asked
    for each line anew, because the first line of a guest changes what his second may be. `endless`
    is the number of bytes after which a line without an end is given up (0: never).
    """

    __slots__ = ("_endless", "_limit", "_skipped", "_tail")

    def __init__(self, limit: Callable[[], int], endless: int) -> None:
        self._limit = limit
        self._endless = endless
        self._tail = b""
        self._skipped = 0

    @property
    def overdue(self) -> bool:
        """Whether a line is over its limit already, and its end has not come yet."""
        return self._skipped > 0

    def feed(self, data: bytes) -> Iterator[bytes | TooLong]:
        """Yield the lines that `data` completes; raise EndlessLineError when one has no end.

        Work the iterator through before feeding again, or drop it and feed no more.
        """
        lines = (self._tail + data).split(b"\n")
        self._tail = b""
        tail = lines.pop()
        for line in lines:
            if self._skipped:
                self._keep(line)
                self._skipped = 0
                yield TOO_LONG
            else:
                yield self._cut(line)
        self._keep(tail)

    def rest(self) -> Iterator[bytes | TooLong]:
        """Yield the line that the end of the stream has ended, if there is one."""
        if self._skipped or self._tail:
            yield from self.feed(b"\n")

    def _cut(self, line: bytes) -> bytes | TooLong:
        # Also a line that has ended: where a stream is cut must make no difference.
        if 0 < self._endless <= len(line):
            raise EndlessLineError
        if line.endswith(b"\r"):
            line = line[:-1]
        limit = self._limit()
        return TOO_LONG if limit and len(line) > limit else line

    def _keep(self, tail: bytes) -> None:
        limit = self._limit()
        if not self._skipped and not (limit and len(tail) > limit + len(b"\r")):
            self._tail = tail
            return
        self._skipped += len(tail)
        if 0 < self._endless <= self._skipped:
            raise EndlessLineError
