"""Reads pages and searches, on a connection of its own, in a worker."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from netchat.journal.interface import (
    AuditPage,
    LogPlace,
    Page,
    PrivatePage,
    PrivateQuery,
    Span,
    UnreadableError,
)
from netchat.journal.paging import take_page
from netchat.journal.sqlite.lines import first_id, read_lines
from netchat.journal.sqlite.log_places import read_places
from netchat.journal.sqlite.private_lines import read_box
from netchat.journal.sqlite.records import read_audit
from netchat.journal.sqlite.rooms import DamagedRoomError, find_room
from netchat.journal.sqlite.rows import StoredRoom, id_of, line_from_row
from netchat.journal.sqlite.schema import connect_to_read, open_error
from netchat.journal.sqlite.statements import snapshot
from netchat.journal.sqlite.words import IndexDamagedError, look_up
from netchat.journal.tokenizer import find_words
from netchat.model.events import Gap, Said

T = TypeVar("T")

LONGEST_SEARCH = 2.0
"""Seconds after which a search ends early with the lines found so far."""
CLOSED = "The journal is closed; try again when the server is back."
SLOW = "The search took too long and found nothing so far; search for rarer words."
_MOST_WARNINGS = 1000
_PROGRESS_STEPS = 100
"""SQLite virtual machine steps between two checks of the deadline; some milliseconds at most."""


class Reader:
    """Reads from the file at `path`; `warn` is called once for each damage found.

    `seconds` is a clock that never goes backwards.
    """

    def __init__(
        self, path: Path, warn: Callable[[str], None], seconds: Callable[[], float] = lambda: 0.0
    ) -> None:
        self._path = path
        self._warn = warn
        self._seconds = seconds
        self._deadline: float | None = None
        """When the running search has to end; None if it has no deadline."""
        self._stopped = False
        self._warned: set[str] = set()
        self._connection: sqlite3.Connection

    def open(self, *, immutable: bool = False) -> None:
        """Connect; JournalError if that fails; `immutable` if no process writes to the file."""
        try:
            self._connection = connect_to_read(self._path, immutable=immutable)
        except sqlite3.Error as error:
            raise open_error(self._path, error) from error
        self._connection.set_progress_handler(self._should_stop, _PROGRESS_STEPS)

    def stop(self) -> None:
        """Stop the running read or search and refuse further ones; any thread may call this."""
        self._stopped = True

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def page(self, room: str, span: Span) -> Page | UnreadableError:
        """Return the lines of `room` in `span`."""
        return self._read(room, lambda known: self._page(known, span))

    def search(self, room: str, words: str, span: Span) -> Page | UnreadableError:
        """Return the lines of `room` in `span` that contain all `words`."""
        wanted = frozenset(find_words(words))
        return self._read(room, lambda known: self._search(known, wanted, span))

    def audit(self, before: int, limit: int) -> AuditPage | UnreadableError:
        """Return the last `limit` entries of the audit with numbers below `before` (0: of all)."""
        return self._guarded(lambda: read_audit(self._connection, before, limit))

    def private_page(self, query: PrivateQuery) -> PrivatePage | UnreadableError:
        """Return the private lines that `query` asks for."""
        return self._guarded(lambda: read_box(self._connection, query))

    def log_places(self) -> Sequence[LogPlace] | UnreadableError:
        """Return the first places of deleted lines in the log."""
        return self._guarded(lambda: read_places(self._connection))

    def _is_late(self) -> bool:
        return self._deadline is not None and self._seconds() >= self._deadline

    def _should_stop(self) -> bool:
        return self._stopped or self._is_late()

    def _read(
        self, name: str, read: Callable[[StoredRoom], Page | UnreadableError]
    ) -> Page | UnreadableError:
        def find() -> Page | UnreadableError:
            room = find_room(self._connection, name)
            return read(room) if room else Page(())

        return self._guarded(find)

    def _guarded(self, read: Callable[[], T | UnreadableError]) -> T | UnreadableError:
        if self._stopped:
            return UnreadableError(CLOSED)
        try:
            with snapshot(self._connection):
                return read()
        except (sqlite3.Error, DamagedRoomError) as error:
            if self._stopped:
                return UnreadableError(CLOSED)
            self._warn_once(f"{self._path} could not be read: {error}.")
            return unreadable(error)

    def _page(self, room: StoredRoom, span: Span) -> Page:
        first, last = max(span.after, 0) + 1, min(span.up_to, room.last)
        if first > last:
            return Page(())
        kept = max(first, room.first)
        lines: list[Said | Gap] = []
        if first < kept:
            lines.append(Gap(room.name, first, min(kept - 1, last)))
        if span.newest and kept <= last:
            lines = self._lines(room, kept, last, span)
            return Page(tuple(reversed(lines)), first_id(lines[-1]) > kept)
        if kept <= last:
            lines += self._lines(room, kept, last, replace(span, limit=span.limit - len(lines)))
        return Page(tuple(lines), lines[-1].last < last)

    def _lines(self, room: StoredRoom, first: int, last: int, span: Span) -> list[Said | Gap]:
        stored = read_lines(self._connection, room, first, last, newest=span.newest)
        with closing(stored):
            lines = take_page(stored, span.limit)
        for line in lines:
            if isinstance(line, Gap):
                self._warn_once(f"{self._path}: line {line.first} of {room.name} is damaged.")
        return lines

    def _search(
        self, room: StoredRoom, wanted: frozenset[str], span: Span
    ) -> Page | UnreadableError:
        first, last = max(span.after + 1, room.first), min(span.up_to, room.last)
        if first > last or not wanted:
            return Page(())
        self._deadline = self._seconds() + LONGEST_SEARCH
        try:
            found = self._hits(room, wanted, (first, last), newest=span.newest)
            with closing(self._until_late(found)) as hits:
                lines = take_page(hits, span.limit)
                more = next(hits, None) is not None or self._is_late()
        finally:
            self._deadline = None
        if more and not lines:
            return UnreadableError(SLOW)
        return Page(tuple(reversed(lines) if span.newest else lines), more)

    def _until_late(self, hits: Iterator[Said]) -> Generator[Said]:
        """Yield `hits` until the deadline."""
        try:
            yield from hits
        except sqlite3.OperationalError:
            if self._stopped or not self._is_late():
                raise

    def _hits(
        self, room: StoredRoom, wanted: frozenset[str], ids: tuple[int, int], *, newest: bool
    ) -> Generator[Said]:
        first, last = ids
        end = min(room.indexed, last)
        old = self._indexed(room, wanted, (first, end), newest=newest)
        new = read_lines(self._connection, room, max(first, end + 1), last, newest=newest)
        for part in (new, old) if newest else (old, new):
            with closing(part):
                for line in part:
                    if isinstance(line, Said) and wanted <= set(find_words(line.text)):
                        yield line

    def _indexed(
        self, room: StoredRoom, wanted: frozenset[str], ids: tuple[int, int], *, newest: bool
    ) -> Generator[Said | Gap]:
        """Yield the indexed lines for `wanted`; if the index is damaged, all remaining lines."""
        first, last = ids
        if first > last:
            return
        try:
            rows = look_up(
                self._connection, wanted, (room.key(first), room.key(last)), newest=newest
            )
            for row in rows:
                yield line_from_row(room.name, row)
                first, last = (first, id_of(row[0]) - 1) if newest else (id_of(row[0]) + 1, last)
        except IndexDamagedError:
            self._warn_once(f"{self._path}: the word index is damaged, so searches are slow.")
            yield from read_lines(self._connection, room, first, last, newest=newest)

    def _warn_once(self, message: str) -> None:
        if message not in self._warned and len(self._warned) < _MOST_WARNINGS:
            self._warned.add(message)
            self._warn(message)


def unreadable(error: Exception) -> UnreadableError:
    """Return the error for a client whose read failed with `error`."""
    return UnreadableError(f"The lines could not be read ({error}); try again later.")
