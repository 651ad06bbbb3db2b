"""`netchat verify --against`: whether two servers of a site have stored the same.

What both have is compared: the lines of each room with ids that are in both, and the state if both
have taken the log up to the same entry.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from netchat.admin.stored import open_for_reading, rooms_of
from netchat.journal.interface import JournalError
from netchat.journal.sqlite.identity import read_identity
from netchat.journal.sqlite.lines import read_lines
from netchat.journal.sqlite.records import name_of, stored_records
from netchat.journal.sqlite.rows import StoredRoom
from netchat.journal.sqlite.statements import snapshot
from netchat.state.record import Record
from netchat.state.site_records import Reached

_Records = dict[tuple[str, str], Record | None]


def differences(one: Path, other: Path) -> Iterator[str]:
    """Yield a line for each difference; JournalError if they cannot be compared."""
    with (
        open_for_reading(one) as first,
        open_for_reading(other) as second,
        snapshot(first),
        snapshot(second),
    ):
        if read_identity(first) != read_identity(second):
            raise JournalError(f"{one} and {other} are the journals of two chats.")
        rooms = {room.name: room for room in rooms_of(one, first)}
        others = {room.name: room for room in rooms_of(other, second)}
        for name in rooms.keys() & others.keys():
            yield from _lines(first, rooms[name], second, others[name])
        yield from _states(_records(first), rooms, _records(second), others)


def position_of(path: Path) -> int:
    """Return up to which entry the journal at `path` has taken the log; 0: it has none."""
    with open_for_reading(path) as connection:
        return _position(_records(connection))


def _records(connection: sqlite3.Connection) -> _Records:
    return {(kind, key): record for kind, key, record in stored_records(connection)}


def _position(records: _Records) -> int:
    reached = records.get(("reached", ""))
    return reached.position if isinstance(reached, Reached) else 0


def _lines(
    first: sqlite3.Connection, room: StoredRoom, second: sqlite3.Connection, other: StoredRoom
) -> Iterator[str]:
    start, end = max(room.first, other.first), min(room.last, other.last)
    lines, others = read_lines(first, room, start, end), read_lines(second, other, start, end)
    for line, same in zip(lines, others, strict=False):
        if line != same:
            yield f"room {room.name}: line {line.last} differs"
            return  # Those behind it may only be shifted.


def _states(
    records: _Records,
    rooms: dict[str, StoredRoom],
    others: _Records,
    other_rooms: dict[str, StoredRoom],
) -> Iterator[str]:
    if _position(records) != _position(others):
        return
    for place in sorted(records.keys() | others.keys()):
        if records.get(place) != others.get(place):
            yield f"the record {name_of(*place)} differs"
    for name in sorted(rooms.keys() | other_rooms.keys()):
        room, same = rooms.get(name), other_rooms.get(name)
        if room is None or same is None:
            yield f"room {name}: one has it, and the other has not"
        elif (room.topic, room.last) != (same.topic, same.last):
            yield f"room {name}: its topic or its last id differs"
