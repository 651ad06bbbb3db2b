"""A journal that lasts as long as the process."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Sequence

from msgspec.structs import replace

from netchat.events import Event, Gap, Joined, Refused, Repeated, Said, SaidLines
from netchat.journal import KnownRoom, Page, Span, UnreadableError
from netchat.journal.nonces import answer_again
from netchat.journal.pages import take_page
from netchat.journal.words import find_words


class MemoryJournal:
    """Keeps the newest `keep` lines of a room (0: all), and settles at once."""

    trouble = ""

    def __init__(self, keep: int = 10_000) -> None:
        self._last: dict[str, int] = {}
        self._lines: defaultdict[str, deque[Said]] = defaultdict(lambda: deque(maxlen=keep or None))
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
        kept = (line for line in self._lines.get(room, ()) if span.after < line.id <= span.up_to)
        hits = [line for line in kept if wanted and wanted <= set(find_words(line.text))]
        some = take_page(reversed(hits) if span.newest else hits, span.limit)
        if span.newest:
            some.reverse()
        found(Page(tuple(some), len(hits) > len(some)))

    def _newest(self, room: str, span: Span) -> Page:
        kept: Sequence[Said] | deque[Said] = self._lines.get(room, ())
        newest_first = (x for x in reversed(kept) if span.after < x.id <= span.up_to)
        lines = take_page(newest_first, span.limit)
        if not lines:
            return self._oldest(room, span)
        return Page(tuple(lines[::-1]), lines[-1].last > max(span.after + 1, kept[0].id))

    def _oldest(self, room: str, span: Span) -> Page:
        kept = self._lines.get(room, ())
        up_to = min(span.up_to, self._last.get(room, 0))
        lines: Iterable[Said] = (x for x in kept if span.after < x.id <= up_to)
        items = take_page(lines, span.limit)
        first = kept[0].id if kept else up_to + 1
        if span.after + 1 < first and span.after < up_to:
            items.insert(0, Gap(room, span.after + 1, min(first - 1, up_to)))
            del items[span.limit :]
        return Page(tuple(items), bool(items) and items[-1].last < up_to)

    def _settle(self, event: Event) -> Event:
        if isinstance(event, Said):
            return self._keep(event)
        if isinstance(event, SaidLines):
            return self._keep_all(event)
        if isinstance(event, Joined):
            return replace(event, last=self._last.get(event.room, 0))
        return event

    def _keep_all(self, event: SaidLines) -> SaidLines:
        first = self._last.get(event.room, 0) + 1
        lines = SaidLines(event.room, event.name, event.texts, event.time, first)
        self._last[event.room] = lines.last
        self._lines[event.room].extend(lines.each())
        return lines

    def _keep(self, event: Said) -> Said | Repeated | Refused:
        key = (event.client, event.nonce)
        if all(key) and key in self._by_nonce:
            return answer_again(self._by_nonce[key], event)
        number = self._last[event.room] = self._last.get(event.room, 0) + 1
        room, name, text, time, action = (
            event.room,
            event.name,
            event.text,
            event.time,
            event.action,
        )
        self._lines[room].append(Said(room, name, text, time, action, number))
        line = Said(room, name, text, time, action, number, event.nonce, event.client)
        if all(key):
            self._by_nonce[key] = line
        return line
