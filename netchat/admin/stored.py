"""Reading a journal without changing anything in its directory, while its server may run."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from netchat.journal.interface import JournalError, Span, UnreadableError
from netchat.journal.sqlite.reader import Reader
from netchat.journal.sqlite.rooms import DamagedRoomError, load_rooms
from netchat.journal.sqlite.rows import StoredRoom
from netchat.journal.sqlite.schema import FILE, check, connect_to_read
from netchat.model.events import Gap, Said

_PAGE = 500


def journal_in(directory: Path) -> Path:
    """Return the path of the journal in `directory`; JournalError if there is none."""
    path = directory / FILE
    try:
        path.stat()
    except OSError as error:
        raise JournalError(f"{path} cannot be read: {error.strerror}.") from error
    return path


@contextmanager
def detect_server(path: Path) -> Iterator[bool]:
    """Yield whether no process has the journal at `path` open.

    Then the file is complete by itself, and SQLite need not create two more files to read it.
    JournalError if a server has opened it during the block: what was read may be inconsistent.
    """
    alone = not _is_open(path)
    yield alone
    if alone and _is_open(path):
        raise JournalError(f"A server was started on {path} during this command; run it again.")


@contextmanager
def open_for_reading(path: Path) -> Iterator[sqlite3.Connection]:
    """Yield a read-only connection to the journal at `path`, or raise JournalError."""
    with detect_server(path) as alone:
        try:
            with closing(connect_to_read(path, immutable=alone)) as connection:
                check(path, connection)
                yield connection
        except sqlite3.Error as error:
            raise JournalError(f"{path} cannot be read: {error}.") from error


def rooms_of(path: Path, connection: sqlite3.Connection) -> list[StoredRoom]:
    """Return the rooms of the journal at `path`, open as `connection`; or raise JournalError."""
    try:
        return [room for room, _ in load_rooms(connection)]
    except DamagedRoomError as error:
        raise JournalError(f"{path} cannot be read: {error}.") from error


def spans_of_rooms(path: Path) -> dict[str, tuple[int, int]]:
    """Return the first and the last id of each room in the journal at `path`, or JournalError."""
    with open_for_reading(path) as connection:
        return {room.name: (room.first, room.last) for room in rooms_of(path, connection)}


def lines_of_room(reader: Reader, room: str, after: int, last: int) -> Iterator[Said | Gap]:
    """Yield what is stored of `room` with ids above `after`, up to `last`; or raise JournalError.

    It is read a page at a time: a slow reader must not keep the write-ahead log from being emptied.
    """
    while after < last:
        page = reader.page(room, Span(after, last, _PAGE))
        if isinstance(page, UnreadableError):
            raise JournalError(str(page))
        yield from page.lines
        after = page.lines[-1].last


def _is_open(path: Path) -> bool:
    log, shared = (path.with_name(path.name + end) for end in ("-wal", "-shm"))
    # A copy of a journal may have a log file without the shared-memory file.
    return log.exists() and (shared.exists() or log.stat().st_size > 0)
