"""The contents of one transaction: settles each event in order and collects the rows to store."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from itertools import groupby
from operator import attrgetter

from msgspec import structs

from netchat.journal.deduplication import any_reused, resolve_repeat
from netchat.journal.interface import EventGroup, LogErased
from netchat.journal.private_lines import forgotten, repeat_of, settle_private
from netchat.journal.refusal import refuse, refuse_forgotten, refuse_one
from netchat.journal.room_names import RoomNames
from netchat.journal.sqlite.change_batch import ChangeBatch
from netchat.journal.sqlite.deletion import delete_lines
from netchat.journal.sqlite.lines import read_lines
from netchat.journal.sqlite.log_places import PlaceBatch
from netchat.journal.sqlite.private_lines import PrivateBatch
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
from netchat.journal.sqlite.words import IndexDamagedError, empty_words
from netchat.model.events import Event, Refused, Repeated, Said, SaidLines, Told, TopicSet
from netchat.state.audit import without_texts
from netchat.state.changes import Change, Changed
from netchat.state.state import ChatState

_Nonce = tuple[str, str]


class WriteBatch:
    """Settles events and collects rows, on copies of the `known` rooms, and changes `state`."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        known: Mapping[str, StoredRoom],
        last_number: int,
        state: ChatState,
        names: RoomNames,
    ) -> None:
        self.rooms: dict[str, StoredRoom] = {}
        """The changed rooms, as they are after the transaction."""
        self.last_number = last_number
        """The highest room number."""
        self.changes = ChangeBatch(state)
        self._state = state
        self._names = names
        self._private = PrivateBatch(connection)
        self.places = PlaceBatch(self._room)
        self.has_deleted = False
        """Whether lines are deleted, of which something is left to be erased."""
        self.is_index_lost = False
        """Whether the word index was damaged, so that it is now empty."""
        self._connection = connection
        self._known = known
        self._lines: list[Row] = []
        self._nonces: list[Row] = []
        self._new_nonces: dict[_Nonce, Said] = {}
        self._stored_nonces: dict[_Nonce, tuple[bytes | None, Row]] = {}

    def load_nonces(self, batches: Sequence[Sequence[Event]]) -> None:
        """Load the records of the nonces in `batches` that were stored before."""
        asked = [key for batch in batches for event in batch for key in _keys(event)]
        # A join, because SQLite scans the whole table for `(client, nonce) IN (VALUES ...)`.
        found = execute_for(
            self._connection,
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
                gone = refuse_forgotten(self._state, event)
                return gone or self._resolve_repeat(event) or self._add(event)
            case SaidLines():
                return refuse_forgotten(self._state, event) or self._add_all(event)
            case TopicSet():
                self._changed_room(event.room).topic = event.text
            case Change():
                return self._change(event)
            case Told():
                return settle_private(self._state, event, self._private)
            case LogErased():
                self.places.forget(event)
        return event

    def refuse(self, event: Event) -> Event:
        """Return the result for `event` if this batch is not stored; repeats are still resolved."""
        match event:
            case Said():
                return self._resolve_repeat(event) or refuse_one(event)
            case SaidLines() if _keys(event):
                lines = event.each()
                return EventGroup(tuple([self._resolve_repeat(x) or refuse_one(x) for x in lines]))
            case Told():
                return repeat_of(event, self._private) or refuse(event)
        return refuse(event)

    def write(self) -> None:
        """Write the rows, within a transaction."""
        self._write_lines()
        write_rooms(self._connection, list(self.rooms.values()))
        self.changes.write(self._connection)
        self._private.write()
        self.places.write(self._connection)

    def _write_lines(self) -> None:
        insert(self._connection, "lines", self._lines)
        insert(self._connection, "nonces", self._nonces)
        self._lines.clear()
        self._nonces.clear()

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

    def _change(self, change: Change) -> Changed | Refused:
        result = self.changes.settle(change, self._find_line)
        if isinstance(result, Refused):
            return result
        for account in forgotten(result):
            self.has_deleted = True
            self._private.forget(account)
        for _, lines in groupby(result.lines, attrgetter("room")):
            self._delete(tuple(lines))
        return without_texts(result)

    def _find_line(self, room: str, id: int) -> Said | None:
        known = self._room(room)
        if known is None or not known.first <= id <= known.last:
            return None
        # It may be a line of this batch.
        self._write_lines()
        with closing(read_lines(self._connection, known, id, id)) as lines:
            line = next(lines)
        return line if isinstance(line, Said) else None

    def _delete(self, lines: tuple[Said, ...]) -> None:
        room = self._room(lines[0].room)
        assert room is not None, "its lines were found"
        self.has_deleted = True
        try:
            nonces = delete_lines(self._connection, room, lines)
        except IndexDamagedError:
            self._empty_index()
            nonces = delete_lines(self._connection, self._changed_room(room.name), lines)
        for row in nonces:
            key = row[0], row[1]
            self._new_nonces.pop(key, None)
            self._stored_nonces[key] = room.name.encode(), _as_read(row)

    def _empty_index(self) -> None:
        self.is_index_lost = True
        empty_words(self._connection)
        for name in {*self._known, *self.rooms}:
            self._changed_room(name).indexed = 0

    def _room(self, name: str) -> StoredRoom | None:
        return self.rooms.get(name) or self._known.get(name)

    def _changed_room(self, name: str) -> StoredRoom:
        room = self.rooms.get(name)
        if room is None:
            known = self._known.get(name)
            if known is None:
                self.last_number += 1
                self._names.add(name)
            room = replace(known) if known else StoredRoom(self.last_number, name)
            self.rooms[name] = room
        return room


def _as_read(row: Row) -> Row:
    """Return `row` as SQLite returns it."""
    return tuple(field.encode() if isinstance(field, str) else field for field in row)


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
