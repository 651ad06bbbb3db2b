"""A journal that lasts as long as the process."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain

from msgspec.structs import replace

from netchat.events import Event, Gap, Joined, Refused, Repeated, Said, SaidLines
from netchat.journal import KnownRoom, Page, Several, Span, UnreadableError
from netchat.journal.nonces import answer_again, used_before
from netchat.journal.pages import take_page
from netchat.journal.words import find_words

MOST_NONCES = 100_000
"""Who says a line again does so soon."""


class _Kept:
    """The newest `keep` lines of a room (0: all); those said together stay together."""

    def __init__(self, keep: int) -> None:
        self.last = 0
        self._keep = keep
        self._said: deque[Said | SaidLines] = deque()

    @property
    def first(self) -> int:
        """The id of the oldest line; one more than the last if there is none."""
        oldest = self._said[0] if self._said else None
        first = oldest.first if isinstance(oldest, SaidLines) else self.last + 1
        first = oldest.id if isinstance(oldest, Said) else first
        return max(first, self.last - self._keep + 1) if self._keep else first

    def add(self, said: Said | SaidLines) -> None:
        """Keep `said` as the newest."""
        self.last = said.last
        self._said.append(said)
        while self._keep and self._said[0].last <= self.last - self._keep:
            self._said.popleft()

    def between(self, first: int, last: int) -> Iterator[Said]:
        """Yield the lines with the ids `first` to `last`, as far as they are kept, in order."""
        some = (said for said in self._said if said.last >= first)
        return self._within(chain.from_iterable(map(_each, some)), first, last)

    def backwards(self, first: int, last: int) -> Iterator[Said]:
        """Yield them as `between`, the newest first."""
        lines = (reversed([*_each(said)]) for said in reversed(self._said))
        return self._within(chain.from_iterable(lines), first, last)

    def _within(self, lines: Iterable[Said], first: int, last: int) -> Iterator[Said]:
        first = max(first, self.first)
        return (line for line in lines if first <= line.id <= last)


def _each(said: Said | SaidLines) -> Iterable[Said]:
    return said.each() if isinstance(said, SaidLines) else (said,)


class MemoryJournal:
    """Keeps the newest `keep` lines of a room (0: all), and settles at once."""

    trouble = ""

    def __init__(self, keep: int = 10_000) -> None:
        self._keep = keep
        self._rooms: dict[str, _Kept] = {}
        self._by_nonce: dict[tuple[str, str], Said] = {}

    def claim(self) -> None:
        """Nobody else can have it."""

    def open(self) -> Sequence[KnownRoom]:
        """Know no room."""
        return ()

    def close(self, closed: Callable[[], None]) -> None:
        """Forget everything."""
        closed()

    def append(self, batch: Sequence[Event], settled: Callable[[Sequence[Event]], None]) -> None:
        """Settle at once: memory is as durable as it gets."""
        settled([self._settle(event) for event in batch])

    def read(self, room: str, span: Span, found: Callable[[Page | UnreadableError], None]) -> None:
        """Answer at once; the cost is that of the lines passed over and returned."""
        found(self._newest(room, span) if span.newest else self._oldest(room, span))

    def search(
        self, room: str, words: str, span: Span, found: Callable[[Page | UnreadableError], None]
    ) -> None:
        """Answer at once; the cost is that of all lines kept."""
        wanted = set(find_words(words))
        lines = self._room(room).between(span.after + 1, span.up_to)
        hits = [line for line in lines if wanted and wanted <= set(find_words(line.text))]
        some = take_page(reversed(hits) if span.newest else hits, span.limit)
        if span.newest:
            some.reverse()
        found(Page(tuple(some), len(hits) > len(some)))

    def _room(self, name: str) -> _Kept:
        return self._rooms.get(name) or _Kept(self._keep)

    def _newest(self, room: str, span: Span) -> Page:
        kept = self._room(room)
        lines = take_page(kept.backwards(span.after + 1, span.up_to), span.limit)
        if not lines:
            return self._oldest(room, span)
        return Page(tuple(lines[::-1]), lines[-1].last > max(span.after + 1, kept.first))

    def _oldest(self, room: str, span: Span) -> Page:
        kept = self._room(room)
        up_to = min(span.up_to, kept.last)
        items = take_page(kept.between(span.after + 1, up_to), span.limit)
        if span.after + 1 < kept.first and span.after < up_to:
            items.insert(0, Gap(room, span.after + 1, min(kept.first - 1, up_to)))
            del items[span.limit :]
        return Page(tuple(items), bool(items) and items[-1].last < up_to)

    def _settle(self, event: Event) -> Event:
        if isinstance(event, Said):
            return self._add(event)
        if isinstance(event, SaidLines):
            return self._add_all(event)
        if isinstance(event, Joined):
            return replace(event, last=self._room(event.room).last)
        return event

    def _kept(self, name: str) -> _Kept:
        kept = self._rooms.get(name)
        if kept is None:
            kept = self._rooms[name] = _Kept(self._keep)
        return kept

    def _add(self, event: Said) -> Said | Repeated | Refused:
        key = (event.client, event.nonce)
        if all(key) and key in self._by_nonce:
            return answer_again(self._by_nonce[key], event)
        kept = self._kept(event.room)
        line = _numbered(event, kept.last + 1, event.nonce, event.client)
        # What is kept is for everybody, and not only for who said it.
        kept.add(_numbered(event, line.id, "", "") if event.nonce or event.client else line)
        if all(key):
            self._remember({key: line})
        return line

    def _add_all(self, event: SaidLines) -> SaidLines | Several:
        nonces = [(event.client, nonce) for nonce in event.nonces] if event.client else []
        if used_before(nonces, self._by_nonce):
            return Several(tuple(map(self._add, event.each())))
        kept = self._kept(event.room)
        lines = replace(event, first=kept.last + 1)
        # As above.
        kept.add(replace(lines, nonces=(), client="") if lines.nonces or lines.client else lines)
        if nonces:
            self._remember(dict(zip(nonces, lines.each(), strict=True)))
        return lines

    def _remember(self, said: dict[tuple[str, str], Said]) -> None:
        """Know what was `said` under these nonces when it is said again."""
        self._by_nonce.update(said)
        while len(self._by_nonce) > MOST_NONCES:
            del self._by_nonce[next(iter(self._by_nonce))]


def _numbered(said: Said, id: int, nonce: str, client: str) -> Said:
    return Said(said.room, said.name, said.text, said.time, said.action, id, nonce, client)
