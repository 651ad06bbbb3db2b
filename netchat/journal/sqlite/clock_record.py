"""The stored readings of the wall clock, and the newest line, which stands in for them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import closing

from netchat.journal.sqlite.clock_check import ClockReadings
from netchat.journal.sqlite.lines import read_lines
from netchat.journal.sqlite.rows import (
    CLOCK_FIELDS,
    StoredRoom,
    clock_row,
    milliseconds,
    times_from_clock,
)
from netchat.journal.sqlite.statements import transaction
from netchat.model.events import Said


def read_clock(connection: sqlite3.Connection) -> ClockReadings | None:
    """Return the stored readings, or None if there are none, or their record is damaged."""
    query = f"SELECT {CLOCK_FIELDS} FROM clock"  # noqa: S608
    times = times_from_clock(connection.execute(query).fetchone())
    return ClockReadings(*(time / 1000 for time in times)) if times else None


def is_clock_damaged(connection: sqlite3.Connection) -> bool:
    """Return whether there is a record of the readings, and it is damaged."""
    (count,) = connection.execute("SELECT count(*) FROM clock").fetchone()
    return bool(count) and read_clock(connection) is None


def write_clock(connection: sqlite3.Connection, readings: ClockReadings) -> None:
    """Store `readings`, in a transaction."""
    times = (readings.seen, readings.right, readings.jumped)
    with transaction(connection):
        connection.execute(
            "REPLACE INTO clock VALUES (?, ?, ?, ?, ?)", clock_row(*map(milliseconds, times))
        )


def newest_time(connection: sqlite3.Connection, rooms: Iterable[StoredRoom]) -> float | None:
    """Return the time of the newest line of all `rooms`, or None if there is none."""
    times = [_newest_in(connection, room) for room in rooms]
    return max((time for time in times if time is not None), default=None)


def _newest_in(connection: sqlite3.Connection, room: StoredRoom) -> float | None:
    if room.first > room.last:
        return None
    with closing(read_lines(connection, room, room.last, room.last)) as lines:
        line = next(lines, None)
    return line.time if isinstance(line, Said) else None
