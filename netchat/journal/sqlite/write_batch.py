"""The contents of one transaction: settles each event in order and collects the rows to store."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import replace

from msgspec import structs

from netchat.journal.deduplication import any_reused, resolve_repeat
from netchat.journal.interface import EventGroup
from netchat.journal.refusal import refuse, refuse_one
from netchat.journal.sqlite.change_batch import ChangeBatch
from netchat.journal.sqlite.rows import (
    NONCE_FIELDS,
    Row,
    StoredRoom,
    line_row,
    line_rows,
    nonce_row,
    said_from_nonce,
)
from netchat.journal.sqlite.statements import execute_for, insert
from netchat.model.events import Event, Refused, Repeated, Said, SaidLines, TopicSet
from netchat.state.changes import Change
from netchat.state.state import ChatState

_Nonce = tuple[str, str]


class WriteBatch:
    """Settles events and collects rows, on copies of the `known` rooms, and changes `state`."""

    def __init__(self, known: Mapping[str, StoredRoom], last_number: int, state: ChatState) -> None:
        self.rooms: dict[str, StoredRoom] = {}
        """The changed rooms, as they are after the transaction."""
        self.last_number = last_number
        """The highest room number."""
        self.changes = ChangeBatch(state)
        self._known = known
        self._lines: list[Row] = []
        self._nonces: list[Row] = []
        self._new_nonces: dict[_Nonce, Said] = {}
        self._stored_nonces: dict[_Nonce, tuple[bytes | None, Row]] = {}

    def load_nonces(
        self, connection: sqlite3.Connection, batches: Sequence[Sequence[Event]]
    ) -> None:
        """Load the records of the nonces in `batches` that were stored before."""
        asked = [key for batch in batches for event in batch for key in _keys(event)]
        # A join, because SQLite scans the whole table for `(client, nonce) IN (VALUES ...)`.
        found = execute_for(
            connection,
            lambda values: (
                f"WITH asked(c, n) AS (VALUES {values})"  # noqa: S608
                f" SELECT (SELECT rooms.name FROM rooms WHERE number = room), {NONCE_FIELDS}"
                " FROM asked CROSS JOIN nonces ON client = c AND nonce = n"
            ),
            asked,
        )
        for room, *row in found:
            self._stored_nonces[row[0].decode(), row[1].decode()] = (room, tuple(row))

    def settle(self, event: Event) -> Event:
        """Return the result for `event` if this batch is stored."""
        match event:
            case Said():
                return self._resolve_repeat(event) or self._add(event)
            case SaidLines():
                return self._add_all(event)
            case TopicSet():
                self._changed_room(event.room).topic = event.text
            case Change():
                return self.changes.settle(event, lambda room, id: None)
        return event

    def refuse(self, event: Event) -> Event:
        """Return the result for `event` if this batch is not stored; repeats are still resolved."""
        match event:
            case Said():
                return self._resolve_repeat(event) or refuse_one(event)
            case SaidLines() if _keys(event):
                lines = event.each()
                return EventGroup(tuple([self._resolve_repeat(x) or refuse_one(x) for x in lines]))
        return refuse(event)

    def write(self, connection: sqlite3.Connection) -> None:
        """Write the rows, within a transaction."""
        insert(connection, "lines", self._lines)
        insert(connection, "nonces", self._nonces)
        write_rooms(connection, list(self.rooms.values()))
        self.changes.write(connection)

    def _add(self, said: Said) -> Said:
        room = self._changed_room(said.room)
        room.last += 1
        line = structs.replace(said, id=room.last)
        self._lines.append(line_row(room, line))
        if said.client and said.nonce:
            self._new_nonces[said.client, said.nonce] = line
            self._nonces.append(nonce_row(room, line))
        return line

    def _add_all(self, said: SaidLines) -> SaidLines | EventGroup:
        keys = _keys(said)
        if any_reused(keys, self._new_nonces, self._stored_nonces):
            return EventGroup(tuple([self._resolve_repeat(x) or self._add(x) for x in said.each()]))
        room = self._changed_room(said.room)
        lines = structs.replace(said, first=room.last + 1)
        room.last = lines.last
        self._lines += line_rows(room, lines)
        if keys:
            self._new_nonces.update(zip(keys, lines.each(), strict=True))
            self._nonces += [nonce_row(room, line) for line in lines.each()]
        return lines

    def _resolve_repeat(self, said: Said) -> Repeated | Refused | None:
        key = (said.client, said.nonce)
        if key in self._stored_nonces:
            return resolve_repeat(said_from_nonce(*self._stored_nonces[key], said), said)
        if key in self._new_nonces:
            return resolve_repeat(self._new_nonces[key], said)
        return None

    def _changed_room(self, name: str) -> StoredRoom:
        room = self.rooms.get(name)
        if room is None:
            known = self._known.get(name)
            if known is None:
                self.last_number += 1
            room = replace(known) if known else StoredRoom(self.last_number, name)
            self.rooms[name] = room
        return room


def _keys(event: Event) -> list[_Nonce]:
    """Return the keys, (client, nonce), of the lines in `event`."""
    if isinstance(event, Said):
        return [(event.client, event.nonce)] if event.client and event.nonce else []
    if isinstance(event, SaidLines) and event.client:
        return [(event.client, nonce) for nonce in event.nonces]
    return []


def write_rooms(connection: sqlite3.Connection, rooms: Sequence[StoredRoom]) -> None:
    """Store `rows` of `rooms`, within a transaction."""
    insert(connection, "rooms", [room.row() for room in rooms], replace=True)
