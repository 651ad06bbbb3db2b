"""The records of the chat's state and the audit, as they are stored: each with its checksum.

A damaged record is never left out: a ban that is forgotten, or a role that is lost, would be worse
than a server that does not start. An entry of the audit that is damaged is replaced by one that
says so.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping

import msgspec

from netchat.journal.interface import AuditPage
from netchat.journal.sqlite.rows import Row, checksum_of, encode, milliseconds
from netchat.journal.sqlite.statements import insert
from netchat.state.audit_entry import AuditEntry
from netchat.state.record import Record, Removed, Update
from netchat.state.records import AnyRecord, Counter

STATE_FIELDS = "kind, key, value, checksum"
AUDIT_FIELDS = "number, time, value, checksum"
_COUNTER = Counter(0)
_decode_record = msgspec.msgpack.Decoder(AnyRecord).decode
_decode_entry = msgspec.msgpack.Decoder(AuditEntry).decode


class DamagedRecordError(Exception):
    """A record of the chat's state is damaged; the message says which one."""


def load_records(connection: sqlite3.Connection) -> Iterator[Record]:
    """Yield all records; DamagedRecordError if one is damaged.

    The counter is at least the largest number in use, so that no number is given twice.
    """
    number = _newest_number(connection)
    for kind, key, record in stored_records(connection):
        if isinstance(record, Counter):
            number = max(number, record.number)
        elif record is not None:
            number = max(number, getattr(record, "number", 0))
            yield record
        elif (kind, key) != (_COUNTER.kind, _COUNTER.key):
            raise DamagedRecordError(f"the record {name_of(kind, key)} is damaged")
    if number:
        yield Counter(number)


def stored_records(connection: sqlite3.Connection) -> Iterator[tuple[str, str, Record | None]]:
    """Yield the kind and the key of each record, and the record; None: it is damaged."""
    for row in connection.execute(f"SELECT {STATE_FIELDS} FROM state"):  # noqa: S608
        kind, key = (_readable(field) for field in row[:2])
        yield kind, key, _record_from(row)


def name_of(kind: str, key: str) -> str:
    """Return how a sentence names the record of `kind` under `key`."""
    return f"{kind} {key}".strip()


def write_updates(
    connection: sqlite3.Connection, updates: Mapping[tuple[str, str], Update]
) -> None:
    """Store and remove records, which are given by kind and key, within a transaction."""
    removed = [place for place, update in updates.items() if isinstance(update, Removed)]
    rows = [_record_row(update) for update in updates.values() if isinstance(update, Record)]
    connection.executemany("DELETE FROM state WHERE kind = ? AND key = ?", removed)
    insert(connection, "state", rows, replace=True)


def write_entries(connection: sqlite3.Connection, entries: Iterable[AuditEntry]) -> None:
    """Add `entries` to the audit, within a transaction."""
    insert(connection, "audit", [_entry_row(entry) for entry in entries])


def read_audit(connection: sqlite3.Connection, before: int, limit: int) -> AuditPage:
    """Return the last `limit` entries with numbers below `before` (0: the last of all)."""
    query = f"SELECT {AUDIT_FIELDS} FROM audit WHERE number < ? ORDER BY number DESC LIMIT ?"  # noqa: S608
    rows = connection.execute(query, (before or 1 << 62, limit + 1)).fetchall()
    return AuditPage(tuple(map(_entry_from, reversed(rows[:limit]))), len(rows) > limit)


def damaged_entries(connection: sqlite3.Connection) -> Iterator[tuple[int, bool]]:
    """Yield the number of each entry of the audit, and whether it is damaged."""
    for row in connection.execute(f"SELECT {AUDIT_FIELDS} FROM audit"):  # noqa: S608
        yield row[0], not _is_intact("audit", row)


def _newest_number(connection: sqlite3.Connection) -> int:
    (number,) = connection.execute("SELECT max(number) FROM audit").fetchone()
    return number or 0


def _record_row(record: Record) -> Row:
    row = (record.kind, record.key, encode(record))
    return (*row, checksum_of("state", record.kind.encode(), record.key.encode(), row[-1]))


def _record_from(row: Row) -> Record | None:
    if not _is_intact("state", row):
        return None
    try:
        record: Record = _decode_record(row[2])
    except msgspec.DecodeError:
        return None
    return record


def _entry_row(entry: AuditEntry) -> Row:
    row = (entry.number, milliseconds(entry.time), encode(entry))
    return (*row, checksum_of("audit", *row))


def _entry_from(row: Row) -> AuditEntry:
    if _is_intact("audit", row):
        return _decode_entry(row[2])
    return AuditEntry(row[0], 0, "", "damaged", details="This entry is damaged.")


def _is_intact(kind: str, row: Row) -> bool:
    return bool(row[-1] == checksum_of(kind, *row[:-1]))


def _readable(field: object) -> str:
    return field.decode(errors="replace") if isinstance(field, bytes) else str(field)
