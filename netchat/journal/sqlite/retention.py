"""Retention: the oldest lines are deleted, and the ids go on.

A damaged line is not deleted, nor are the lines after it: the operator decides whether it may go,
and deletes its row. Missing ids are skipped.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace

from netchat.journal.paging import take_page
from netchat.journal.sqlite.lines import has_rows, read_lines
from netchat.journal.sqlite.rows import StoredRoom, milliseconds
from netchat.journal.sqlite.search_index import IndexDamagedError, SearchIndex
from netchat.journal.sqlite.statements import transaction
from netchat.journal.sqlite.write_batch import write_rooms
from netchat.journal.sqlite.writer import Writer
from netchat.model.events import Gap, Said
from netchat.model.limits import RetentionLimits

_BATCH = 500
_DAY = 86_400
MAX_ROOMS = 20
"""How many rooms a report of what was deleted names."""


class Retention:
    """Deletes the lines that exceed `limits`."""

    def __init__(
        self,
        writer: Writer,
        index: SearchIndex,
        limits: RetentionLimits,
        warn: Callable[[str], None],
        inform: Callable[[str], None],
    ) -> None:
        self._writer = writer
        self._index = index
        self._days = limits.keep_days
        self._lines = limits.keep_lines
        self._warn = warn
        self._inform = inform
        self._deleted: Counter[str] = Counter()
        """How many lines of each room have been deleted and not been reported yet."""
        self._stopped: dict[int, int] = {}

    def trim(self, now: float) -> bool:
        """Delete some lines, in one transaction; return whether there may be more to delete."""
        try:
            more = any(self._trim(room, now) for room in list(self._writer.rooms.values()))
        except IndexDamagedError:
            return self._index.rebuild()
        except sqlite3.Error as error:
            self._warn(f"Old lines cannot be deleted: {error}.")
            return False
        if self._deleted and not more:
            self._report()
        return more

    def _trim(self, room: StoredRoom, now: float) -> bool:
        connection = self._writer.connection
        with closing(read_lines(connection, room, room.first, room.last)) as lines:
            old = take_page(self._expired(room, lines, now), _BATCH)
        if not old:
            return False
        first = old[-1].id + 1
        rest = replace(room, first=first, indexed=max(room.indexed, first - 1))
        with transaction(connection):
            self._index.remove(room, old)
            connection.execute(
                "DELETE FROM lines WHERE key BETWEEN ? AND ?",
                (room.key(room.first), room.key(first - 1)),
            )
            write_rooms(connection, [rest])
        self._writer.rooms[room.name] = rest
        self._deleted[room.name] += len(old)
        return True

    def _expired(self, room: StoredRoom, lines: Iterator[Said | Gap], now: float) -> Iterator[Said]:
        newest = room.last - self._lines if self._lines else 0
        before = now - self._days * _DAY if self._days else 0.0
        for line in lines:
            if isinstance(line, Gap):
                if has_rows(self._writer.connection, room, line.first, line.last):
                    self._stop_at(room, line)
                    return
            elif line.id <= newest or milliseconds(line.time) < milliseconds(before):
                yield line
            else:
                return

    def _report(self) -> None:
        deleted, self._deleted = self._deleted, Counter()
        rooms = [f"{room} ({count:,})" for room, count in deleted.most_common(MAX_ROOMS)]
        if len(deleted) > len(rooms):
            rooms.append(f"{len(deleted) - len(rooms):,} more rooms")
        kept = " and ".join(
            f"{option} {value:g}"
            for option, value in (("--keep-days", self._days), ("--keep-lines", self._lines))
            if value
        )
        self._inform(
            f"Retention ({kept}) has deleted {deleted.total():,} lines: {', '.join(rooms)}."
        )

    def _stop_at(self, room: StoredRoom, gap: Gap) -> None:
        if self._stopped.get(room.number) != gap.first:
            self._stopped[room.number] = gap.first
            self._warn(
                f"Line {gap.first} of {room.name} is damaged; it and the lines after it are kept"
                " until its row is deleted."
            )
