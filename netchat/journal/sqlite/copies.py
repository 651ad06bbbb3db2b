"""The copies of rows that SQLite leaves where it has moved them away.

It overwrites what it deletes (secure_delete). But when a page is full, it moves rows to another
page, and does not overwrite them in what is then the unused part of the first. So the rows around a
deleted line are deleted and stored again: that empties the pages next to it, and an empty page is
overwritten. Source: `rebuildPage` and `freePage2` in SQLite's btree.c.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence

from netchat.journal.sqlite.rows import LINE_FIELDS
from netchat.journal.sqlite.statements import transaction

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


def overwrite_copies(connection: sqlite3.Connection, keys: Sequence[int]) -> None:
    """Overwrite the copies of the rows that had the sorted `keys`, in a transaction of its own.

    Rows around a page that SQLite cannot read stay as they are.
    """
    try:
        with transaction(connection):
            _store_again(connection, keys)
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError:
        if len(keys) > 1:
            for key in keys:
                overwrite_copies(connection, [key])


def _store_again(connection: sqlite3.Connection, keys: Sequence[int]) -> None:
    connection.execute(_MOVED)
    for place in [*_around(connection, keys)]:
        for statement in _MOVE:
            connection.execute(statement, place if "?" in statement else ())


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
