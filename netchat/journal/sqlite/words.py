"""The table of words, by which a search finds lines: what SQLite is told to do with it."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager

from netchat.journal.sqlite.rows import LINE_FIELDS, Row, StoredRoom
from netchat.journal.sqlite.schema import INDEX
from netchat.journal.sqlite.statements import insert
from netchat.journal.tokenizer import find_words
from netchat.model.events import Said

_MERGED_PAGES = 64
"""How many pages of the index one call of `merge_words` merges."""
# A damaged FTS5 table may be impossible to drop, so its contents are replaced by those of an empty
# one.
_EMPTY = (
    INDEX.format("temp.fresh"),
    "DELETE FROM words_data",
    "DELETE FROM words_idx",
    "INSERT INTO words_data SELECT * FROM temp.fresh_data",
    "DROP TABLE temp.fresh",
)


class IndexDamagedError(Exception):
    """SQLite cannot read or write the index."""


def add_words(connection: sqlite3.Connection, room: StoredRoom, lines: Sequence[Said]) -> None:
    """Index `lines` of `room`, within a transaction; or IndexDamagedError."""
    with _detect_damage():
        rows = [(room.key(line.id), _words(line)) for line in lines if not line.deleted]
        insert(connection, "words (rowid, folded)", rows)


def remove_words(connection: sqlite3.Connection, room: StoredRoom, lines: Sequence[Said]) -> None:
    """Remove those `lines` of `room` that are indexed, within a transaction; IndexDamagedError.

    The words stay in the file until `merge_words` has merged all of the index.
    """
    rows = [
        (room.key(line.id), _words(line))
        for line in lines
        if line.id <= room.indexed and not line.deleted
    ]
    with _detect_damage():
        connection.executemany(
            "INSERT INTO words (words, rowid, folded) VALUES ('delete', ?, ?)", rows
        )


def merge_words(connection: sqlite3.Connection, *, begin: bool) -> bool:
    """Do a part of merging all of the index, within a transaction; return whether that goes on.

    With `begin`, all that is in the index now is to be merged; or IndexDamagedError.
    """
    before = connection.total_changes
    pages = -_MERGED_PAGES if begin else _MERGED_PAGES
    with _detect_damage():
        connection.execute("INSERT INTO words (words, rank) VALUES ('merge', ?)", (pages,))
    # Source: sqlite.org/fts5.html#the_merge_command
    return connection.total_changes - before >= 2


def empty_words(connection: sqlite3.Connection) -> None:
    """Replace the index by an empty one, even if it is damaged, within a transaction."""
    for statement in _EMPTY:
        connection.execute(statement)


def look_up(
    connection: sqlite3.Connection, words: Collection[str], keys: tuple[int, int], *, newest: bool
) -> Iterator[Row]:
    """Yield the rows of the lines between `keys` that the index has for all `words`, in order.

    IndexDamagedError if the index cannot be read. Lines that have changed since they were indexed
    may be among them.
    """
    query = (
        f"SELECT {LINE_FIELDS} FROM words CROSS JOIN lines ON key = words.rowid"  # noqa: S608
        " WHERE words MATCH ? AND words.rowid BETWEEN ? AND ?"
        " ORDER BY words.rowid" + (" DESC" if newest else "")
    )
    match = " ".join(f'"{word}"' for word in words)
    with _detect_damage():
        yield from connection.execute(query, (match, *keys))


@contextmanager
def _detect_damage() -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError:
        raise
    # SQLite reports a damaged length field as a lack of memory.
    except (sqlite3.DatabaseError, MemoryError) as error:
        raise IndexDamagedError from error


def _words(line: Said) -> str:
    return " ".join(find_words(line.text))
