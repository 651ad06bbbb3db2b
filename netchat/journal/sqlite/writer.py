"""Writes to the file, on a connection of its own, in a worker: one transaction for many batches.

A failed transaction may leave its frames in the write-ahead log. If its last fsync failed, they may
even include a commit mark, which recovery after a crash would accept although every event was
refused. So after a failure the next step is a write of dummy data, which overwrites these frames. A
refused line can reappear only if that write fails as well and the machine stops before any write
succeeds. For the same reason the connection is not reopened after a failure.

Source: sqlite.org/fileformat2.html#the_write_ahead_log
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from netchat.journal.identity import new_journal_id
from netchat.journal.interface import JournalError
from netchat.journal.room_names import RoomNames
from netchat.journal.sqlite.identity import read_identity, write_identity
from netchat.journal.sqlite.open_files import FileGoneError, LogGoneError, OpenFiles
from netchat.journal.sqlite.records import DamagedRecordError, load_records, write_updates
from netchat.journal.sqlite.rooms import DamagedRoomError, load_rooms, newest_id
from netchat.journal.sqlite.rows import StoredRoom
from netchat.journal.sqlite.schema import closed_on_error, connect, open_error
from netchat.journal.sqlite.statements import transaction
from netchat.journal.sqlite.wal import Wal
from netchat.journal.sqlite.write_batch import WriteBatch, write_rooms
from netchat.model.events import Event
from netchat.state.changes import Change
from netchat.state.room_merging import merge_rooms
from netchat.state.site_changes import Reach
from netchat.state.state import ChatState

Batches = Sequence[Sequence[Event]]


@dataclass(frozen=True, slots=True)
class StoreResult:
    """The results for some batches, and why nothing was stored, or ""."""

    settled: Sequence[Sequence[Event]]
    trouble: str = ""
    unindexed: int = 0
    """The largest number of lines of one changed room that are not indexed."""
    has_deleted: bool = False
    """Whether lines were deleted, of which something is left to be erased."""


class Writer:
    """Stores events in the file at `path`; `warn` is called with sentences for the operator."""

    def __init__(self, path: Path, *, full_sync: bool, warn: Callable[[str], None]) -> None:
        self.rooms: dict[str, StoredRoom] = {}
        self.state = ChatState()
        """The chat's state, by which changes are judged."""
        self.id = ""
        """The journal's identifier, once it is open."""
        self._names = RoomNames(lambda: self.rooms, lambda: self.state)
        self.connection: sqlite3.Connection
        self._path = path
        self._full_sync = full_sync
        self._warn = warn
        self._stale = False
        self._halted = ""
        """Why an entry of a log is missing, so that none behind it is stored; "": none is."""
        self._state_stale = True
        self._last_number = 0

    def open(self) -> None:
        """Connect, load the rooms and the chat's state; JournalError if that fails."""
        try:
            self.connection = connect(self._path, full_sync=self._full_sync)
            self._wal = Wal(self._path, self.connection, self._warn)
            with closed_on_error(self.connection):
                self._load()
                self._merge_rooms()
                self._load_state()
                self.id = read_identity(self.connection) or self._replace_identity()
                # SQLite opens the write-ahead log with the first read.
                self._files = OpenFiles(self._path)
        except sqlite3.Error as error:
            raise open_error(self._path, error) from error
        except DamagedRoomError as error:
            raise JournalError(
                f"{self._path} is damaged: {error}; restore a backup or use another --data;"
                f" `netchat verify {self._path.parent}` says more."
            ) from error
        except DamagedRecordError as error:
            raise JournalError(
                f"{self._path} is damaged: {error}, so the server does not start; restore a backup,"
                " or delete that record as docs/security.md says."
            ) from error

    def store(self, batches: Batches) -> StoreResult:
        """Store `batches` in one transaction; if that fails, refuse all of them.

        What is the next of a log that others follow, too, is refused from then on as well: nothing
        may be stored behind an entry that is missing.
        """
        if self._halted:
            return StoreResult(self._refuse(batches), self._halted)
        try:
            settled, written = self._store(batches)
        # Any error: each client must get an answer.
        except Exception as error:
            self._overwrite()
            if any(_is_of_log(event) for batch in batches for event in batch):
                self._halted = _describe(error)
            return StoreResult(self._refuse(batches), _describe(error))
        self.rooms.update(written.rooms)
        if written.is_index_lost:
            self._warn("The word index was damaged; it is being rebuilt from the lines.")
        self._wal.keep_small()
        rooms = written.rooms.values()
        unindexed = max((room.last - room.indexed for room in rooms), default=0)
        return StoreResult(settled, unindexed=unindexed, has_deleted=written.has_deleted)

    def empty_log(self) -> bool:
        """Copy all of the log into the file and empty it; return whether no reader prevents it."""
        return self._wal.empty()

    def check_files(self) -> str:
        """Return why what is stored would be lost, because a file is not at its path, or ""."""
        try:
            self._files.check()
        except FileGoneError as error:
            return _describe(error)
        except LogGoneError as error:
            # The next start finds no log, so everything in it has to be in the file by then.
            with suppress(sqlite3.Error):
                self.connection.execute("PRAGMA wal_checkpoint(FULL)").fetchone()
            return _describe(error)
        return ""

    def probe(self) -> str:
        """Store and delete dummy data; return why that fails, or ""."""
        if gone := self.check_files():
            return gone
        try:
            self._refresh()
            # Two transactions: the second one frees the space on disk that the first one took.
            with transaction(self.connection):
                self.connection.execute("REPLACE INTO probe VALUES (1, randomblob(32768))")
            with transaction(self.connection):
                self.connection.execute("DELETE FROM probe")
        except Exception as error:
            return _describe(error)
        return ""

    def close(self) -> None:
        """Copy the write-ahead log into the file, and close it."""
        try:
            self.connection.close()
        except sqlite3.Error as error:
            self._warn(f"{self._path} could not be closed cleanly: {error}.")

    def _store(self, batches: Batches) -> tuple[list[list[Event]], WriteBatch]:
        self._refresh()
        write_batch = WriteBatch(
            self.connection, self.rooms, self._last_number, self.state, self._names
        )
        try:
            with transaction(self.connection):
                write_batch.load_nonces(batches)
                respell = self._names.respell
                settled = [[write_batch.settle(respell(x)) for x in batch] for batch in batches]
                for batch, results in zip(batches, settled, strict=True):
                    write_batch.places.add(batch, results)
                write_batch.write()
                # Before the commit: what is refused must not be there when the file is put back.
                self._files.check()
        except BaseException:
            self._state_stale = write_batch.changes.may_have_changed
            raise
        self._last_number = write_batch.last_number
        return settled, write_batch

    def _refuse(self, batches: Batches) -> list[list[Event]]:
        write_batch = WriteBatch(
            self.connection, self.rooms, self._last_number, self.state, self._names
        )
        # If even that cannot be read, clients have to repeat lines that are already stored.
        with suppress(sqlite3.Error):
            write_batch.load_nonces(batches)
        return [[write_batch.refuse(event) for event in batch] for batch in batches]

    def _overwrite(self) -> None:
        self._stale = True
        self.probe()

    def _refresh(self) -> None:
        if self._stale:
            self._load()
            self._stale = False
        if self._state_stale:
            self._load_state()

    def _load_state(self) -> None:
        self.state = ChatState(load_records(self.connection))
        self._state_stale = False

    def take_id(self, id: str) -> None:
        """Store `id` as the identifier."""
        with transaction(self.connection):
            write_identity(self.connection, id)
        self.id = id

    def _merge_rooms(self) -> None:
        """Store what is remembered of a room under several spellings under one of them."""
        for merged in merge_rooms(load_records(self.connection)):
            self._warn(
                f"{self._path}: {merged.gone} and {merged.kept} are one room; it is called"
                f" {merged.kept} and has the bans and settings of both, but no roles given in"
                f" {merged.gone}; give them again with `netchat admin`."
            )
            updates = {(update.kind, update.key): update for update in merged.updates}
            with transaction(self.connection):
                write_updates(self.connection, updates)

    def _replace_identity(self) -> str:
        """Store and return another identifier: clients must not take these ids for known ones."""
        self._warn(f"{self._path}: the journal's identifier was damaged; it has another one now.")
        self.take_id(new_journal_id())
        return self.id

    def _load(self) -> None:
        rooms = {}
        for room, whole in load_rooms(self.connection):
            # Never give an id twice, even if the row is out of date.
            room.last = max(room.last, newest_id(self.connection, room))
            rooms[room.name] = room
            if not whole:
                self._warn(f"{self._path}: the topic of the room {room.name} was damaged.")
                with transaction(self.connection):
                    write_rooms(self.connection, [room])
        self.rooms = rooms
        self._last_number = max((room.number for room in rooms.values()), default=0)


def _is_of_log(event: Event) -> bool:
    return isinstance(event, Change) and isinstance(event.what, Reach)


def _describe(error: Exception) -> str:
    return f"Nothing can be stored: {error}."
