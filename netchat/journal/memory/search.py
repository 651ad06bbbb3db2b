"""Looking for words in lines that are in memory, a slice at a time: others have their turn between.

A question has about `SLICE` characters in a turn, and one question is worked at; what others ask
waits behind it. So a turn is as long with a thousand of them as with one.
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
"""How many characters are folded in a turn, or what takes as long: about a millisecond."""
_LINE = 16
"""A line, however short, takes as long as so many characters."""
_ASCII = 64
"""So many characters take as long as one that is not ASCII."""

CallSoon = Callable[[Callable[[], None]], object]


class SearchTask:
    """A search for `words` in the `span` of `kept`; `found` is called with the page."""

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
        """Look through a slice; return the page if that was the last one."""
        if self._wanted is None:
            # Not before its turn: they can be many, and take longer than to keep them as they are.
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
        """Whether all the `wanted` words are in `text`, which most lines show at a glance."""
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
    """Works at one search after the other: a slice in a turn if there is a `call_soon`."""

    def __init__(self, call_soon: CallSoon | None) -> None:
        self._call_soon = call_soon
        self._waiting: deque[SearchTask] = deque()

    def add(self, task: SearchTask) -> None:
        """Put `task` behind those that wait."""
        self._waiting.append(task)
        if self._call_soon is None:
            while self._waiting:
                self._run_slice()
        elif len(self._waiting) == 1:
            self._call_soon(self._run_slice)

    def close(self) -> None:
        """Answer those who wait that nothing is looked for any more."""
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
