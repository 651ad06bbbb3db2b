"""The journal in memory: it is lost when the process ends."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from netchat.journal.deduplication import RecentKeys, any_reused, fingerprint, resolve_repeat
from netchat.journal.deletions import Deletions
from netchat.journal.identity import new_journal_id, new_salt_secret
from netchat.journal.interface import (
    AuditPage,
    EventGroup,
    KnownRoom,
    LogErased,
    LogPlace,
    Page,
    PrivatePage,
    PrivateQuery,
    Span,
    UnreadableError,
)
from netchat.journal.memory.lines import RoomLines
from netchat.journal.memory.log_places import LogPlaces
from netchat.journal.memory.private_lines import Boxes
from netchat.journal.memory.search import CallSoon, SearchQueue, SearchTask
from netchat.journal.paging import take_page
from netchat.journal.private_lines import forgotten, settle_private
from netchat.journal.refusal import refuse_forgotten
from netchat.journal.room_names import RoomNames
from netchat.model.events import Event, Gap, Refused, Repeated, Said, SaidLines, Told, TopicSet
from netchat.state.audit import entry_of, without_texts
from netchat.state.audit_entry import AuditEntry
from netchat.state.changes import Change, Changed
from netchat.state.judge import settle
from netchat.state.record import Record
from netchat.state.records import SaltSecret
from netchat.state.state import ChatState

MOST_NONCES = 100_000
"""How many nonces are remembered; a client that repeats a line does so within seconds."""
MOST_AUDITED = 10_000
"""How many entries the audit has, the newest."""


# gc=False: the fields are no containers, so the garbage collector need not track it.
class _StoredLine(Struct, frozen=True, gc=False):
    """What is remembered of a line with a nonce.

    `what` is a fingerprint of the line: the text itself comes again with the repeated line. Of a
    deleted line it is the fingerprint of the room alone.
    """

    what: int
    id: int
    name: str
    time: float


class MemoryJournal:
    """Keeps the newest `keep` lines of each room (0: all), and settles at once.

    `call_soon` calls a function after the current turn of the reactor, so that a long search takes
    a slice of each turn; without it, a search is done at once.
    """

    trouble = ""

    def __init__(self, keep: int = 10_000, call_soon: CallSoon | None = None) -> None:
        self.id = new_journal_id()
        self._keep = keep
        self._rooms: dict[str, RoomLines] = {}
        self._by_nonce: RecentKeys[_StoredLine] = RecentKeys(MOST_NONCES)
        self._searches = SearchQueue(call_soon)
        self._deletions = Deletions()
        self._state = ChatState([new_salt_secret()])
        self._names = RoomNames(lambda: self._rooms, lambda: self._state)
        self._boxes = Boxes(keep)
        self._places = LogPlaces()
        self._audit: deque[AuditEntry] = deque(maxlen=MOST_AUDITED)

    def acquire_lock(self) -> None:
        """Do nothing: no other server can use this journal."""

    def open(self) -> Sequence[KnownRoom]:
        """Return no rooms."""
        return ()

    def take_id(self, id: str) -> None:
        """Have this `id`."""
        self.id = id

    def records(self) -> Sequence[Record]:
        """Return the one that a new journal has."""
        return [*self._state.all(SaltSecret)]

    def audit(
        self, before: int, limit: int, found: Callable[[AuditPage | UnreadableError], None]
    ) -> None:
        """Answer at once."""
        entries = [entry for entry in self._audit if not before or entry.number < before]
        found(AuditPage(tuple(entries[-limit:]), len(entries) > limit))

    def close(self, closed: Callable[[], None]) -> None:
        """Answer the pending searches with an error, and call `closed`."""
        self._searches.close()
        closed()

    def ping(self, answered: Callable[[], None]) -> None:
        """Answer at once."""
        answered()

    def append(self, batch: Sequence[Event], settled: Callable[[Sequence[Event]], None]) -> None:
        """Settle `batch` at once."""
        results = [self._settle(self._names.respell(event)) for event in batch]
        self._places.add(batch, results)
        settled(results)

    def read(self, room: str, span: Span, found: Callable[[Page | UnreadableError], None]) -> None:
        """Answer at once; the cost is proportional to the lines returned."""
        found(self._newest(room, span) if span.newest else self._oldest(room, span))

    def search(
        self, room: str, words: str, span: Span, found: Callable[[Page | UnreadableError], None]
    ) -> None:
        """Queue the search; each one runs to its end, or to a full page, before the next."""
        found = self._deletions.searching(found)
        self._searches.add(SearchTask(self._room(room), words, span, found))

    def log_places(self, found: Callable[[Sequence[LogPlace] | UnreadableError], None]) -> None:
        """Answer at once."""
        found(self._places.gone())

    def private_counts(self) -> Mapping[int, int]:
        """Return nothing: the journal is new."""
        return {}

    def read_private(
        self, query: PrivateQuery, found: Callable[[PrivatePage | UnreadableError], None]
    ) -> None:
        """Answer at once."""
        found(self._boxes.page(query))

    def _room(self, name: str) -> RoomLines:
        return self._rooms.get(name) or RoomLines(self._keep)

    def _newest(self, room: str, span: Span) -> Page:
        kept = self._room(room)
        lines = take_page(kept.backwards(span.after + 1, span.up_to), span.limit)
        if not lines:
            return self._oldest(room, span)
        return Page(tuple(lines[::-1]), lines[-1].last > max(span.after + 1, kept.first))

    def _oldest(self, room: str, span: Span) -> Page:
        kept = self._room(room)
        up_to = min(span.up_to, kept.last)
        items: list[Said | Gap] = [*take_page(kept.between(span.after + 1, up_to), span.limit)]
        if span.after + 1 < kept.first and span.after < up_to:
            items.insert(0, Gap(room, span.after + 1, min(kept.first - 1, up_to)))
            del items[span.limit :]
        return Page(tuple(items), bool(items) and items[-1].last < up_to)

    def _settle(self, event: Event) -> Event:
        if isinstance(event, Said):
            return refuse_forgotten(self._state, event) or self._add(event)
        if isinstance(event, SaidLines):
            return refuse_forgotten(self._state, event) or self._add_all(event)
        if isinstance(event, Change):
            return self._change(event)
        if isinstance(event, Told):
            return settle_private(self._state, event, self._boxes)
        if isinstance(event, TopicSet):
            # The room is known by its first spelling, as in a journal on disk.
            self._kept(event.room)
        if isinstance(event, LogErased):
            self._places.forget(event)
        return event

    def _change(self, change: Change) -> Changed | Refused:
        result = settle(self._state, change, self._line)
        if isinstance(result, Refused):
            return result
        if (entry := entry_of(result)) is not None:
            self._audit.append(entry)
        for account in forgotten(result):
            self._boxes.forget(account)
        changed = without_texts(result)
        for line in changed.lines:
            self._kept(line.room).replace(line)
        if result.lines:
            self._forget(result.lines)
            self._deletions.note(changed.lines)
        return changed

    def _forget(self, lines: Sequence[Said]) -> None:
        """Replace the fingerprints of `lines` by those of deleted lines in their room."""
        gone = {(line.id, _fingerprint_of(line)): line.room for line in lines}
        for key, known in self._by_nonce.items():
            room = gone.get((known.id, known.what))
            if room is not None:
                self._by_nonce[key] = replace(known, what=fingerprint(room))

    def _line(self, room: str, id: int) -> Said | None:
        return next(iter(self._room(room).between(id, id)), None)

    def _kept(self, name: str) -> RoomLines:
        kept = self._rooms.get(name)
        if kept is None:
            kept = self._rooms[name] = RoomLines(self._keep)
            self._names.add(name)
        return kept

    def _add(self, event: Said) -> Said | Repeated | Refused:
        key = fingerprint(event.client, event.nonce) if event.client and event.nonce else None
        if key is not None and key in self._by_nonce:
            return resolve_repeat(_repeated_line(self._by_nonce[key], event), event)
        kept = self._rooms.get(event.room) or self._kept(event.room)
        line = _numbered(event, kept.last + 1, event.nonce, event.client)
        # The stored line is for every reader; only its speaker may see the nonce and the client.
        kept.add(_numbered(event, line.id, "", "") if event.nonce or event.client else line)
        if key is not None:
            what = _fingerprint_of(line)
            self._by_nonce.add({key: _StoredLine(what, line.id, line.name, line.time)})
        return line

    def _add_all(self, event: SaidLines) -> SaidLines | EventGroup:
        client = event.client
        keys = [fingerprint(client, nonce) for nonce in event.nonces] if client else []
        if any_reused(keys, self._by_nonce):
            return EventGroup(tuple(map(self._add, event.each())))
        kept = self._kept(event.room)
        lines = replace(event, first=kept.last + 1)
        # As in `_add`: without nonces and client.
        kept.add(replace(lines, nonces=(), client="") if lines.nonces or lines.client else lines)
        if keys:
            room, name, time = lines.room, lines.name, lines.time
            numbered = enumerate(zip(keys, lines.texts, strict=True), lines.first)
            self._by_nonce.add(
                {
                    key: _StoredLine(fingerprint(room, text, False), id, name, time)
                    for id, (key, text) in numbered
                }
            )
        return lines


def _repeated_line(known: _StoredLine, said: Said) -> Said | None:
    """Return `said` as it was stored if `known` is the same line, else None."""
    if known.what == fingerprint(said.room):
        return Said(said.room, known.name, "", known.time, False, known.id, deleted=True)
    if known.what != _fingerprint_of(said):
        return None
    return Said(
        said.room,
        known.name,
        said.text,
        known.time,
        said.action,
        known.id,
        everybody=said.everybody,
        notice=said.notice,
    )


def _fingerprint_of(said: Said) -> int:
    # Lines that are said together are no notices, and have no more than these.
    kind = (said.action, said.notice) if said.notice else (said.action,)
    return fingerprint(said.room, said.text, *kind)


def _numbered(said: Said, id: int, nonce: str, client: str) -> Said:
    return replace(said, id=id, nonce=nonce, client=client, deleted=False)
