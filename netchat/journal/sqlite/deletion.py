"""How the text of a line is deleted, and everything from which it could be guessed.

SQLite overwrites what it deletes (secure_delete). What is left is erased soon, see erasure.py.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from netchat.journal.sqlite.rows import (
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


def delete_lines(
    connection: sqlite3.Connection, room: StoredRoom, lines: Sequence[Said]
) -> list[Row]:
    """Delete `lines` of `room`, which are stored, within a transaction; or IndexDamagedError.

    Returned are the records of their nonces as they are from now on. What is left of the lines has
    to be erased, and that is recorded.
    """
    remove_words(connection, room, lines)
    gone = [line.without_text() for line in lines]
    insert(connection, "lines", [line_row(room, line) for line in gone], replace=True)
    connection.executemany(
        "REPLACE INTO erasures VALUES (?, ?)",
        [(room.key(line.id), line.id <= room.indexed) for line in lines],
    )
    nonces = [row for line in lines for row in _without_digest(connection, room, line)]
    # The record of a nonce may be damaged.
    connection.executemany(
        "UPDATE nonces SET digest = x'' WHERE room = ? AND id = ?",
        [(room.number, line.id) for line in lines],
    )
    insert(connection, "nonces", nonces, replace=True)
    return nonces


def _without_digest(connection: sqlite3.Connection, room: StoredRoom, line: Said) -> Iterator[Row]:
    query = f"SELECT {NONCE_FIELDS} FROM nonces WHERE room = ? AND id = ?"  # noqa: S608
    for row in connection.execute(query, (room.number, line.id)).fetchall():
        client, nonce, _, _, _, name, *_ = row
        if is_nonce_intact(room.name.encode(), row):
            said = replace(line, client=client.decode(), nonce=nonce.decode(), name=name.decode())
            yield nonce_row(room, replace(said, deleted=True))
