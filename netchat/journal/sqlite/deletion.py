"""How the text of a line is deleted, and everything from which it could be guessed.

With secure_delete, SQLite overwrites what it deletes. But it leaves copies of rows that it has
moved from a full page to another one, in the unused part of the first. So the rows around a deleted
line are deleted and stored again: that empties the pages next to it, and SQLite overwrites an empty
page. Source: `freePage2` and `rebuildPage` in SQLite's btree.c.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from netchat.journal.sqlite.rows import (
    LINE_FIELDS,
    NONCE_FIELDS,
    Row,
    StoredRoom,
    is_nonce_intact,
    line_row,
    nonce_row,
)
from netchat.journal.sqlite.statements import insert
from netchat.journal.sqlite.words import remove_words
from netchat.model.events import Said

_NEAR_BYTES = 2 * 4096
"""How many bytes of rows are stored again before and after a deleted line: two pages."""
_ROW_BYTES = 40
"""About the size of a row without its name and text."""
# In SQL, so that a damaged row stays as it is: its fields may be of any type.
_MOVED = f"CREATE TEMP TABLE IF NOT EXISTS moved ({LINE_FIELDS})"
_MOVE = (
    f"INSERT INTO temp.moved SELECT {LINE_FIELDS} FROM lines WHERE key BETWEEN ? AND ?",  # noqa: S608
    "DELETE FROM lines WHERE key BETWEEN ? AND ?",
    f"INSERT INTO lines SELECT {LINE_FIELDS} FROM temp.moved ORDER BY key",  # noqa: S608
    "DELETE FROM temp.moved",
)


def delete_lines(
    connection: sqlite3.Connection, room: StoredRoom, lines: Sequence[Said]
) -> list[Row]:
    """Delete `lines` of `room`, which are stored, within a transaction; or IndexDamagedError.

    Returned are the records of their nonces as they are from now on. `merge_words` and a checkpoint
    have to follow; what they have to work on is recorded.
    """
    remove_words(connection, room, lines)
    gone = [replace(line, text="", action=False, deleted=True) for line in lines]
    insert(connection, "lines", [line_row(room, line) for line in gone], replace=True)
    _overwrite_copies(connection, sorted(room.key(line.id) for line in lines))
    connection.executemany(
        "REPLACE INTO erasures VALUES (?, ?)",
        [(room.key(line.id), line.id <= room.indexed) for line in lines],
    )
    nonces = [row for line in lines for row in _without_digest(connection, room, line)]
    insert(connection, "nonces", nonces, replace=True)
    return nonces


def _overwrite_copies(connection: sqlite3.Connection, keys: Sequence[int]) -> None:
    """Store the rows around those with the sorted `keys` again, unless one is unreadable."""
    connection.execute("SAVEPOINT copies")
    try:
        connection.execute(_MOVED)
        for place in [*_around(connection, keys)]:
            for statement in _MOVE:
                connection.execute(statement, place if "?" in statement else ())
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError:
        connection.execute("ROLLBACK TO copies")
    connection.execute("RELEASE copies")


def _around(connection: sqlite3.Connection, keys: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield the ranges of keys that are near the rows with the sorted `keys`; none overlap."""
    first = last = -1
    for key in keys:
        if key > last:
            if last >= 0:
                yield first, last
            first = max(_near(connection, key, "<", "DESC"), last + 1)
        last = _near(connection, key, ">", "ASC")
    yield first, last


def _near(connection: sqlite3.Connection, key: int, side: str, order: str) -> int:
    size = 0
    query = (
        "SELECT key, length(CAST(name AS BLOB)) + length(CAST(text AS BLOB)) FROM lines"  # noqa: S608
        f" WHERE key {side} ? ORDER BY key {order}"
    )
    for near, length in connection.execute(query, (key,)):
        key = near
        size += _ROW_BYTES + length
        if size >= _NEAR_BYTES:
            break
    return key


def _without_digest(connection: sqlite3.Connection, room: StoredRoom, line: Said) -> Iterator[Row]:
    query = f"SELECT {NONCE_FIELDS} FROM nonces WHERE room = ? AND id = ?"  # noqa: S608
    for row in connection.execute(query, (room.number, line.id)).fetchall():
        client, nonce, _, _, _, name, *_ = row
        if is_nonce_intact(room.name.encode(), row):
            said = replace(line, client=client.decode(), nonce=nonce.decode(), name=name.decode())
            yield nonce_row(room, replace(said, deleted=True))
        else:
            yield (*row[:6], b"", row[7])
