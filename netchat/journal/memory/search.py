"""Searches in memory, a slice at a time, so that other work can run between the slices.

A turn of the reactor processes one slice of one search; further searches wait in a queue. So a turn
takes the same time with a thousand searches as with one.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from netchat.journal.interface import Page, Reply, Span, UnreadableError
from netchat.journal.memory.lines import RoomLines
from netchat.journal.paging import PAGE_BYTES
from netchat.journal.tokenizer import find_words, fold, words_of
from netchat.model.events import Gap, Said

SLICE = 8192
"""The cost of a slice, in folded characters: about a millisecond."""
_LINE = 16
"""The cost of a line of any length, in folded characters."""
_ASCII = 64
"""How many ASCII characters cost as much as one that is not ASCII."""

CallSoon = Callable[[Callable[[], None]], object]


class SearchTask:
    """A search for `words` in the `span` of the room's lines `kept`; the page goes to `found`."""

    def __init__(self, kept: RoomLines, words: str, span: Span, found: Reply) -> None:
        self.found = found
        self._kept = kept
        self._words = words
        self._first, self._last = span.after + 1, min(span.up_to, kept.last)
        self._span = span
        self._wanted: frozenset[str] | None = None
        self._lines: list[Said | Gap] = []
        self._size = 0
        self._cost = 0

    def run_slice(self) -> Page | None:
        """Search one slice; return the page if the search is complete, else None."""
        if self._wanted is None:
            # Split the words only now: there can be many, which takes time.
            self._wanted = frozenset(find_words(self._words))
        wanted, newest = self._wanted, self._span.newest
        if not wanted:
            return Page(())
        self._cost = 0
        longest = max(wanted, key=len)
        look = self._kept.backwards if newest else self._kept.between
        for line in look(self._first, self._last):
            if self._cost >= SLICE:
                return None
            if self._matches(line.text, wanted, longest):
                if self._full:
                    return self._page(more=True)
                self._lines.append(line)
                self._size += len(line.text.encode())
            if newest:
                self._last = line.id - 1
            else:
                self._first = line.id + 1
        return self._page(more=False)

    def _matches(self, text: str, wanted: frozenset[str], longest: str) -> bool:
        """Return whether `text` has all `wanted` words, and add the cost to the slice.

        Most lines are ruled out by a substring search for the `longest` word.
        """
        folded = fold(text)
        long = max(len(text), len(folded))
        self._cost += _LINE + (long // _ASCII if text.isascii() else long)
        if longest not in folded:
            return False
        self._cost += long
        return wanted <= set(words_of(folded))

    @property
    def _full(self) -> bool:
        return len(self._lines) >= self._span.limit or self._size >= PAGE_BYTES

    def _page(self, *, more: bool) -> Page:
        return Page(tuple(reversed(self._lines) if self._span.newest else self._lines), more)


class SearchQueue:
    """Runs searches one after the other, a slice in each turn if there is a `call_soon`."""

    def __init__(self, call_soon: CallSoon | None) -> None:
        self._call_soon = call_soon
        self._waiting: deque[SearchTask] = deque()

    def add(self, task: SearchTask) -> None:
        """Queue `task`."""
        self._waiting.append(task)
        if self._call_soon is None:
            while self._waiting:
                self._run_slice()
        elif len(self._waiting) == 1:
            self._call_soon(self._run_slice)

    def close(self) -> None:
        """Answer the queued searches with an error."""
        closed = UnreadableError("The journal is closed; come back call_soon.")
        while self._waiting:
            self._waiting.popleft().found(closed)

    def _run_slice(self) -> None:
        if not self._waiting:
            return
        task = self._waiting[0]
        page = task.run_slice()
        if page is not None:
            self._waiting.popleft()
        if self._waiting and self._call_soon is not None:
            self._call_soon(self._run_slice)
        if page is not None:
            task.found(page)
