"""Retention: the oldest lines are deleted, and the ids go on.

A line is deleted because of its age only while the clock can be trusted (clock_check.py). A line
of the future was dated by a clock that was wrong, so it is as old as the line after it.

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
from netchat.journal.sqlite.clock_check import DAY, ClockCheck, ClockReadings
from netchat.journal.sqlite.clock_record import newest_time, read_clock, write_clock
from netchat.journal.sqlite.lines import has_rows, read_lines
from netchat.journal.sqlite.private_lines import load_counts, trim_box
from netchat.journal.sqlite.rows import StoredRoom, milliseconds
from netchat.journal.sqlite.search_index import SearchIndex
from netchat.journal.sqlite.statements import transaction
from netchat.journal.sqlite.words import IndexDamagedError, remove_words
from netchat.journal.sqlite.write_batch import write_rooms
from netchat.journal.sqlite.writer import Writer
from netchat.model.events import Gap, Said
from netchat.model.limits import RetentionLimits
from netchat.state.private_rules import PRIVATE

_BATCH = 500
_MAX_FUTURE = 10_000
"""How many lines of the future in a row are looked at."""
_MAX_ROOMS_LOGGED = 10
_SAVE_INTERVAL = 3600
"""Seconds after which the readings of the clock are stored again."""


class Retention:
    """Deletes the lines that exceed `limits`.

    `seconds` is a clock that is never set; None: trust the wall clock whatever it says. `warn` and
    `inform` are called with sentences for the operator.
    """

    def __init__(  # noqa: PLR0913 - each has a name
        self,
        writer: Writer,
        index: SearchIndex,
        limits: RetentionLimits,
        *,
        seconds: Callable[[], float] | None,
        warn: Callable[[str], None],
        inform: Callable[[str], None],
    ) -> None:
        self._writer = writer
        self._index = index
        self._days = limits.keep_days
        self._lines = limits.keep_lines
        self._seconds = seconds
        self._warn = warn
        self._inform = inform
        self._check: ClockCheck | None = None
        self._saved: ClockReadings | None = None
        self._stopped: dict[int, int] = {}
        self._deleted: Counter[str] = Counter()
        """The number of lines deleted in each room and not logged yet."""
        self._failure = ""

    def trim(self, now: float) -> bool:
        """Delete some lines, in one transaction; return whether there may be more to delete."""
        try:
            by_age = now if self._days and self._is_clock_right(now) else None
            more = any(self._trim(room, by_age) for room in list(self._writer.rooms.values()))
            more = more or self._trim_private(by_age)
        except IndexDamagedError:
            return self._index.rebuild()
        except sqlite3.Error as error:
            if str(error) != self._failure:
                self._failure = str(error)
                self._warn(f"Old lines cannot be deleted: {error}.")
            return False
        self._failure = ""
        if not more:
            self._log_deleted()
        return more

    def _is_clock_right(self, now: float) -> bool:
        if self._seconds is None:
            return True
        if self._check is None:
            self._check = self._begin_check(self._seconds, now)
        right = self._check.is_right(now)
        self._save(self._check.readings)
        return right

    def _begin_check(self, seconds: Callable[[], float], now: float) -> ClockCheck:
        connection = self._writer.connection
        readings = self._saved = read_clock(connection)
        if readings is None:
            time = newest_time(connection, self._writer.rooms.values())
            seen = now if time is None else time
            readings = ClockReadings(seen, seen)
        return ClockCheck(
            readings, self._days * DAY, seconds=seconds, warn=self._warn, inform=self._inform
        )

    def _save(self, readings: ClockReadings) -> None:
        """Store `readings`, unless what is stored will do."""
        saved = self._saved
        interval = min(_SAVE_INTERVAL, self._days * DAY / 8)
        if (
            saved is None
            or saved.jumped != readings.jumped
            or abs(readings.seen - saved.seen) >= interval
        ):
            write_clock(self._writer.connection, readings)
            self._saved = readings

    def _log_deleted(self) -> None:
        deleted, self._deleted = self._deleted, Counter()
        if not deleted:
            return
        limits = [f"--keep-days {self._days:g}"] * bool(self._days)
        limits += [f"--keep-lines {self._lines}"] * bool(self._lines)
        rooms = [f"{count} of {name}" for name, count in deleted.most_common(_MAX_ROOMS_LOGGED)]
        if len(deleted) > len(rooms):
            rooms.append(f"the rest of {len(deleted) - len(rooms)} more rooms")
        count = deleted.total()
        lines = f"{count} old line{'s' * (count > 1)}"
        self._inform(f"{lines} deleted ({', '.join(limits)}): {', '.join(rooms)}.")

    def _trim(self, room: StoredRoom, now: float | None) -> bool:
        """Delete some lines of `room`, because of their age only if `now` is known."""
        connection = self._writer.connection
        with closing(read_lines(connection, room, room.first, room.last)) as lines:
            old = take_page(self._expired(room, lines, now), _BATCH)
        if not old:
            return False
        first = old[-1].id + 1
        rest = replace(room, first=first, indexed=max(room.indexed, first - 1))
        with transaction(connection):
            remove_words(connection, room, old)
            connection.execute(
                "DELETE FROM lines WHERE key BETWEEN ? AND ?",
                (room.key(room.first), room.key(first - 1)),
            )
            write_rooms(connection, [rest])
        self._writer.rooms[room.name] = rest
        self._deleted[room.name] += len(old)
        return True

    def _trim_private(self, now: float | None) -> bool:
        """Delete some private lines that the owner has read; because of their age as in `_trim`."""
        writer = self._writer
        before = 0 if now is None else milliseconds(now - self._days * DAY)
        for account, last in load_counts(writer.connection).items():
            read = writer.state.read_mark(account, PRIVATE)
            with transaction(writer.connection):
                deleted = trim_box(writer.connection, account, up_to=read, before=before)
                if self._lines:
                    oldest = min(read, last - self._lines)
                    deleted += trim_box(writer.connection, account, up_to=oldest)
            if deleted:
                self._deleted["private ones"] += deleted
                return True
        return False

    def _expired(
        self, room: StoredRoom, lines: Iterator[Said | Gap], now: float | None
    ) -> Iterator[Said]:
        newest = room.last - self._lines if self._lines else 0
        before = 0 if now is None else milliseconds(now - self._days * DAY)
        future: list[Said] = []
        for line in lines:
            if isinstance(line, Gap):
                if has_rows(self._writer.connection, room, line.first, line.last):
                    self._stop_at(room, line)
                    return
            elif line.id <= newest or (now is not None and milliseconds(line.time) < before):
                yield from future
                future.clear()
                yield line
            elif now is not None and line.time > now and len(future) < _MAX_FUTURE:
                future.append(line)
            else:
                return

    def _stop_at(self, room: StoredRoom, gap: Gap) -> None:
        if self._stopped.get(room.number) != gap.first:
            self._stopped[room.number] = gap.first
            self._warn(
                f"Line {gap.first} of {room.name} is damaged; it and the lines after it are kept"
                " until its row is deleted."
            )
