"""The stored rooms, and what can be recovered of a room whose row is damaged."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from netchat.journal.sqlite.rows import (
    LINE_FIELDS,
    MAX_ID,
    ROOM_FIELDS,
    Row,
    StoredRoom,
    id_of,
    line_from_row,
    room_from_row,
)
from netchat.model.events import Said


class DamagedRoomError(Exception):
    """A room's row is damaged and cannot be recovered; the message says which one."""


def load_rooms(connection: sqlite3.Connection) -> Iterator[tuple[StoredRoom, bool]]:
    """Yield each room and whether its row is whole; DamagedRoomError if one is beyond recovery."""
    for row in room_rows(connection):
        yield known_room(connection, row)


def room_rows(connection: sqlite3.Connection) -> list[Row]:
    """Return the rows of all rooms."""
    return connection.execute(f"SELECT {ROOM_FIELDS} FROM rooms ORDER BY number").fetchall()  # noqa: S608


def known_room(connection: sqlite3.Connection, row: Row) -> tuple[StoredRoom, bool]:
    """Return the room of `row` and whether the row is whole; DamagedRoomError if it is lost."""
    room = room_from_row(row)
    return room or _restore(connection, row), room is not None


def find_room(connection: sqlite3.Connection, name: str) -> StoredRoom | None:
    """Return the room called `name`, or None; DamagedRoomError if its row is beyond recovery."""
    query = f"SELECT {ROOM_FIELDS} FROM rooms WHERE name = ?"  # noqa: S608
    row = connection.execute(query, (name,)).fetchone()
    return None if row is None else known_room(connection, row)[0]


def _restore(connection: sqlite3.Connection, row: Row) -> StoredRoom:
    """Return the room of the damaged `row`, as far as its lines confirm it.

    The checksum of its newest line confirms the room's name and last id. Nothing confirms the
    topic.
    """
    room = StoredRoom(row[0], "")
    ends = [_line_at_end(connection, room, order) for order in ("ASC", "DESC")]
    try:
        room.name = row[1].decode()
        lines = [line_from_row(room.name, end) for end in ends if end]
    except (AttributeError, UnicodeDecodeError):
        lines = []
    if not lines or not isinstance(lines[-1], Said):
        raise DamagedRoomError(f"the record of the room with number {room.number} is damaged")
    room.first, room.last = (line.last for line in lines)
    return room


def newest_id(connection: sqlite3.Connection, room: StoredRoom) -> int:
    """Return the id of the newest stored line of `room`, or 0."""
    row = _line_at_end(connection, room, "DESC")
    return id_of(row[0]) if row else 0


def _line_at_end(connection: sqlite3.Connection, room: StoredRoom, order: str) -> Row | None:
    query = (
        f"SELECT {LINE_FIELDS} FROM lines WHERE key BETWEEN ? AND ? ORDER BY key {order} LIMIT 1"  # noqa: S608
    )
    row: Row | None = connection.execute(query, (room.key(0), room.key(MAX_ID))).fetchone()
    return row
