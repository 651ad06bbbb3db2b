"""A journal that is only read: its server may run, or not, and nothing in its directory changes."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from netchat.journal.interface import JournalError
from netchat.journal.sqlite.schema import FILE, check, connect_to_read


def journal_in(directory: Path) -> Path:
    """Return the path of the journal in `directory`, or raise JournalError if there is none."""
    path = directory / FILE
    try:
        path.stat()
    except OSError as error:
        raise JournalError(f"{path} cannot be read: {error.strerror}.") from error
    return path


@contextmanager
def detect_server(path: Path) -> Iterator[bool]:
    """Yield whether nobody has the journal at `path` open, so that the file is all there is.

    SQLite would otherwise make two more files to read it. JournalError if a server has written to
    it in the meantime: what was read does not belong together.
    """
    alone = not _is_open(path)
    yield alone
    if alone and _is_open(path):
        raise JournalError(f"A server has been started on {path} meanwhile; do it again.")


@contextmanager
def open_for_reading(path: Path) -> Iterator[sqlite3.Connection]:
    """Yield a connection that reads the journal at `path`, or raise JournalError."""
    with detect_server(path) as alone:
        try:
            with closing(connect_to_read(path, immutable=alone)) as connection:
                check(path, connection)
                yield connection
        except sqlite3.Error as error:
            raise JournalError(f"{path} cannot be read: {error}.") from error


def _is_open(path: Path) -> bool:
    log, shared = (path.with_name(path.name + end) for end in ("-wal", "-shm"))
    # A log alone is what a copy of a journal has, with all or nothing in it.
    return log.exists() and (shared.exists() or log.stat().st_size > 0)
