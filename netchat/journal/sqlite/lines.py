"""The lines of a room as they are stored, with no id left out."""

from __future__ import annotations

import sqlite3
from collections.abc import Generator

from netchat.journal.sqlite.rows import LINE_FIELDS, StoredRoom, id_of, line_from_row
from netchat.model.events import Gap, Said

_BETWEEN = f"SELECT {LINE_FIELDS} FROM lines WHERE key BETWEEN ? AND ? ORDER BY key"  # noqa: S608
_ONE = f"SELECT {LINE_FIELDS} FROM lines WHERE key = ?"  # noqa: S608


def read_lines(
    connection: sqlite3.Connection, room: StoredRoom, first: int, last: int, *, newest: bool = False
) -> Generator[Said | Gap]:
    """Yield the lines of `room` with the ids `first` to `last`, in order, or newest first.

    Missing and damaged lines are Gaps. Where SQLite cannot read a page of the file, each line is
    read on its own, so that only the lines on that page are lost.
    """
    step = -1 if newest else 1
    expected, end = (last, first - 1) if newest else (first, last + 1)
    try:
        order = " DESC" if newest else ""
        for row in connection.execute(_BETWEEN + order, (room.key(first), room.key(last))):
            id = id_of(row[0])
            if id != expected:
                yield _gap(room, expected, id - step)
            yield line_from_row(room.name, row)
            expected = id + step
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError:
        for id in range(expected, end, step):
            yield _read_line(connection, room, id)
        return
    if expected != end:
        yield _gap(room, expected, end - step)


def has_rows(connection: sqlite3.Connection, room: StoredRoom, first: int, last: int) -> bool:
    """Return whether any row is stored for the lines `first` to `last`, whole or damaged."""
    query = "SELECT EXISTS (SELECT 1 FROM lines WHERE key BETWEEN ? AND ?)"
    (has,) = connection.execute(query, (room.key(first), room.key(last))).fetchone()
    return bool(has)


def first_id(line: Said | Gap) -> int:
    """Return the first id of `line`."""
    return line.first if isinstance(line, Gap) else line.id


def _read_line(connection: sqlite3.Connection, room: StoredRoom, id: int) -> Said | Gap:
    try:
        row = connection.execute(_ONE, (room.key(id),)).fetchone()
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError:
        row = None
    return line_from_row(room.name, row) if row else _gap(room, id, id)


def _gap(room: StoredRoom, one_end: int, other: int) -> Gap:
    return Gap(room.name, min(one_end, other), max(one_end, other), damaged=True)
