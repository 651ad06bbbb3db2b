"""The rows of the file: how they are built, and how damage is detected.

SQLite does not detect a flipped bit in stored data, so every row has a checksum over all of its
fields and its room's name. Texts are read as bytes, and decoded once the checksum is right.

Source: docs/decisions/0010-the-journal-on-sqlite.md
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any
from zlib import crc32

import msgspec

from netchat.model.events import UNKNOWN_ACCOUNT, Gap, Said, SaidLines

Row = tuple[Any, ...]
"""A row as SQLite returns it: after a flipped bit, a field can be of any type."""

LINE_FIELDS = "key, time, name, text, action, checksum"
ROOM_FIELDS = "number, name, topic, first, last, indexed, checksum"
IDENTITY_FIELDS = "number, id, checksum"
CLOCK_FIELDS = "seen, expected, jumped, checksum"
NONCE_FIELDS = "client, nonce, room, id, time, name, digest, checksum"

DELETED = 2
"""The bit of the column `action` that a deleted line has; bit 1 is that of an action."""
_ATTRIBUTED = 4
"""The bit of a line whose account is known; the bits above it are the account's number."""
_ACCOUNT_SHIFT = 3
_EVERYBODY = 1 << 60
"""The bit of a line that mentions everybody, above any account."""
_NOTICE = 1 << 61
"""The bit of a line that is a notice."""
_ID_BITS = 40
MAX_ID = (1 << _ID_BITS) - 1
encode = msgspec.msgpack.Encoder().encode


@dataclass(slots=True)
class StoredRoom:
    """A room as the journal stores it.

    Its lines have the ids `first` to `last` (none if `first` is `last` + 1); the lines up to
    `indexed` are in the word index.
    """

    number: int
    name: str
    topic: str = ""
    first: int = 1
    last: int = 0
    indexed: int = 0

    def key(self, id: int) -> int:
        """Return the key of the room's line `id`; a room's lines are adjacent, in order."""
        return self.number << _ID_BITS | id

    def row(self) -> Row:
        """Return the row of the room."""
        counts = (self.first, self.last, self.indexed)
        names = (self.name.encode(), self.topic.encode())
        checksum = checksum_of("room", self.number, *names, *counts)
        return (self.number, self.name, self.topic, *counts, checksum)


def number_of(key: int) -> int:
    """Return the number of the room whose line has this key."""
    return key >> _ID_BITS


def id_of(key: int) -> int:
    """Return the id of the line with this key."""
    return key & MAX_ID


def line_row(room: StoredRoom, said: Said) -> Row:
    """Return the row of `said`, a line of `room`."""
    time, name, text = milliseconds(said.time), said.name, said.text
    action = said.action | DELETED * said.deleted | _account_bits(said.account)
    action |= _EVERYBODY * bool(said.everybody) | _NOTICE * said.notice
    checksum = checksum_of(
        "line", room.name.encode(), said.id, time, name.encode(), text.encode(), action
    )
    return (room.key(said.id), time, name, text, action, checksum)


def line_rows(room: StoredRoom, said: SaidLines) -> Iterator[Row]:
    """Yield the rows of the lines in `said`, which belong to `room`, as `line_row` returns them."""
    time, name, key = milliseconds(said.time), said.name, room.key(0)
    room_bytes, name_bytes = room.name.encode(), name.encode()
    action = _account_bits(said.account)
    for id, text in enumerate(said.texts, said.first):
        checksum = checksum_of("line", room_bytes, id, time, name_bytes, text.encode(), action)
        yield (key + id, time, name, text, action, checksum)


def line_from_row(room: str, row: Row) -> Said | Gap:
    """Return the line of `room` in `row`, or a Gap if the row is damaged."""
    key, time, name, text, action, checksum = row
    id = id_of(key)
    if checksum != checksum_of("line", room.encode(), id, time, name, text, action):
        return Gap(room, id, id, damaged=True)
    number = (action & ~(_EVERYBODY | _NOTICE)) >> _ACCOUNT_SHIFT
    account = number if action & _ATTRIBUTED else UNKNOWN_ACCOUNT
    return Said(
        room,
        name.decode(),
        text.decode(),
        time / 1000,
        bool(action & 1),
        id,
        deleted=bool(action & DELETED),
        account=account,
        everybody=True if action & _EVERYBODY else None,
        notice=bool(action & _NOTICE),
    )


def room_from_row(row: Row) -> StoredRoom | None:
    """Return the room in `row`, or None if the row is damaged."""
    number, name, topic, first, last, indexed, checksum = row
    if checksum != checksum_of("room", *row[:-1]):
        return None
    return StoredRoom(number, name.decode(), topic.decode(), first, last, indexed)


def identity_row(id: str) -> Row:
    """Return the row of the journal's identifier."""
    return (1, id, checksum_of("journal", id.encode()))


def id_from_identity(row: Row | None) -> str | None:
    """Return the journal's identifier in `row`, or None if the row is missing or damaged."""
    if row is None or row[2] != checksum_of("journal", row[1]):
        return None
    return str(row[1].decode())


def clock_row(*times: int) -> Row:
    """Return the row of the clock's readings, three times in milliseconds."""
    return (1, *times, checksum_of("clock", *times))


def times_from_clock(row: Row | None) -> tuple[int, ...] | None:
    """Return the times in `row`, or None if the row is missing or damaged."""
    if row is None or row[-1] != checksum_of("clock", *row[:-1]):
        return None
    return row[:-1]


def nonce_row(room: StoredRoom, said: Said) -> Row:
    """Return the row that records under which nonce `said` was stored; deleted: without digest."""
    client, nonce, name = said.client, said.nonce, said.name
    numbers = (room.number, said.id, milliseconds(said.time))
    digest = b"" if said.deleted else digest_of(said)
    whose = (room.name.encode(), client.encode(), nonce.encode())
    checksum = checksum_of("nonce", *whose, *numbers, name.encode(), digest)
    return (client, nonce, *numbers, name, digest, checksum)


def said_from_nonce(room: bytes | None, row: Row, said: Said) -> Said | None:
    """Return `said` as it was stored in `room` under the nonce of `row`.

    None if `row` belongs to another line, or is damaged. The record of a deleted line has no digest
    of it, so any line of that room may be the one.
    """
    _, _, _, id, time, name, digest, _ = row
    if not is_nonce_intact(room, row):
        return None
    stored = Said(
        said.room,
        name.decode(),
        said.text,
        time / 1000,
        said.action,
        id,
        said.nonce,
        said.client,
        everybody=said.everybody,
        notice=said.notice,
    )
    if not digest and room == said.room.encode():
        return stored.without_text()
    return stored if digest == digest_of(said) else None


def is_nonce_intact(room: bytes | None, row: Row) -> bool:
    """Return whether the checksum of `row`, the record of a nonce in `room`, is right."""
    return bool(row[-1] == checksum_of("nonce", room, *row[:-1]))


def _account_bits(account: int) -> int:
    """Return the bits of the column `action` that say which account has said a line."""
    return 0 if account == UNKNOWN_ACCOUNT else account << _ACCOUNT_SHIFT | _ATTRIBUTED


def digest_of(said: Said) -> bytes:
    """Return a 16-byte digest of the room, text and kind of `said`."""
    # Journals have digests of before there were notices.
    kind = (said.action, "notice") if said.notice else (said.action,)
    return blake2b(encode((said.room, said.text, *kind)), digest_size=16).digest()


def milliseconds(time: float) -> int:
    """Return `time`, in seconds, as it is stored: in whole milliseconds."""
    return round(time * 1000)


def checksum_of(kind: str, *fields: object) -> int:
    """Return the checksum of a row; its texts are bytes, which may be invalid UTF-8 when read."""
    return crc32(encode((kind, *fields)))
