"""What a row is, in bytes: how it is made, and how it is known to be whole.

SQLite does not notice a flipped bit in what it stores, so every row has a checksum over all of its
fields and its room's name. Texts are read as bytes, and become text when the checksum is right.

Source: docs/decisions/0010-the-journal-on-sqlite.md
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any
from zlib import crc32

import msgspec

from netchat.model.events import Gap, Said, SaidLines

Row = tuple[Any, ...]
"""A row as SQLite has it: after a flipped bit, any field can be of any type."""

LINE_FIELDS = "key, time, name, text, action, checksum"
ROOM_FIELDS = "number, name, topic, first, last, indexed, checksum"
NONCE_FIELDS = "client, nonce, room, id, time, name, digest, checksum"

_ID_BITS = 40
MAX_ID = (1 << _ID_BITS) - 1
_encode = msgspec.msgpack.Encoder().encode


@dataclass(slots=True)
class StoredRoom:
    """A room as the journal knows it.

    Its lines have the ids `first` to `last` (none: `first` is `last` + 1); the words of those up to
    `indexed` are in the index.
    """

    number: int
    name: str
    topic: str = ""
    first: int = 1
    last: int = 0
    indexed: int = 0

    def key(self, id: int) -> int:
        """Return the key of the room's line `id`; the lines of a room lie together, in order."""
        return self.number << _ID_BITS | id

    def row(self) -> Row:
        """Return the room as a row."""
        counts = (self.first, self.last, self.indexed)
        names = (self.name.encode(), self.topic.encode())
        checksum = _checksum("room", self.number, *names, *counts)
        return (self.number, self.name, self.topic, *counts, checksum)


def number_of(key: int) -> int:
    """Return the number of the room of the line with this key."""
    return key >> _ID_BITS


def id_of(key: int) -> int:
    """Return the id of the line with this key."""
    return key & MAX_ID


def line_row(room: StoredRoom, said: Said) -> Row:
    """Return `said`, a line of `room`, as a row."""
    time, name, text, action = milliseconds(said.time), said.name, said.text, int(said.action)
    checksum = _checksum(
        "line", room.name.encode(), said.id, time, name.encode(), text.encode(), action
    )
    return (room.key(said.id), time, name, text, action, checksum)


def line_rows(room: StoredRoom, said: SaidLines) -> Iterator[Row]:
    """Yield the lines of `said`, which belong to `room`, as rows, as `line_row` would."""
    time, name, key = milliseconds(said.time), said.name, room.key(0)
    room_bytes, name_bytes = room.name.encode(), name.encode()
    for id, text in enumerate(said.texts, said.first):
        checksum = _checksum("line", room_bytes, id, time, name_bytes, text.encode(), 0)
        yield (key + id, time, name, text, 0, checksum)


def line_from_row(room: str, row: Row) -> Said | Gap:
    """Return the line of `room` that `row` is, or the gap that it is if it is damaged."""
    key, time, name, text, action, checksum = row
    id = id_of(key)
    if checksum != _checksum("line", room.encode(), id, time, name, text, action):
        return Gap(room, id, id, damaged=True)
    return Said(room, name.decode(), text.decode(), time / 1000, bool(action), id)


def room_from_row(row: Row) -> StoredRoom | None:
    """Return the room that `row` is, or None if it is damaged."""
    number, name, topic, first, last, indexed, checksum = row
    if checksum != _checksum("room", *row[:-1]):
        return None
    return StoredRoom(number, name.decode(), topic.decode(), first, last, indexed)


def nonce_row(room: StoredRoom, said: Said) -> Row:
    """Return the row that keeps under which nonce `said` was stored."""
    client, nonce, name = said.client, said.nonce, said.name
    numbers = (room.number, said.id, milliseconds(said.time))
    digest = digest_of(said)
    whose = (room.name.encode(), client.encode(), nonce.encode())
    checksum = _checksum("nonce", *whose, *numbers, name.encode(), digest)
    return (client, nonce, *numbers, name, digest, checksum)


def said_from_nonce(room: bytes | None, row: Row, said: Said) -> Said | None:
    """Return `said`, whose nonce `row` keeps for a line of `room`, as it was stored then.

    None if it was another line, or if `row` is damaged and so nobody can tell.
    """
    _, _, _, id, time, name, digest, _ = row
    if not is_nonce_intact(room, row) or digest != digest_of(said):
        return None
    return Said(
        said.room, name.decode(), said.text, time / 1000, said.action, id, said.nonce, said.client
    )


def is_nonce_intact(room: bytes | None, row: Row) -> bool:
    """Return whether `row`, which keeps a nonce for a line of `room`, is as it was stored."""
    return bool(row[-1] == _checksum("nonce", room, *row[:-1]))


def digest_of(said: Said) -> bytes:
    """Return 16 bytes that stand for what was said, and where."""
    return blake2b(_encode((said.room, said.text, said.action)), digest_size=16).digest()


def milliseconds(time: float) -> int:
    """Return `time`, in seconds, as it is stored: in whole milliseconds."""
    return round(time * 1000)


def _checksum(kind: str, *fields: object) -> int:
    """Return the checksum of a row; its texts are bytes, which need not be UTF-8 when read."""
    return crc32(_encode((kind, *fields)))
