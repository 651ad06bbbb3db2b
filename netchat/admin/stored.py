"""Reading a journal without changing anything in its directory, while its server may run."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from netchat.journal.interface import JournalError
from netchat.journal.sqlite.schema import FILE, check, connect_to_read


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


def _is_open(path: Path) -> bool:
    log, shared = (path.with_name(path.name + end) for end in ("-wal", "-shm"))
    # A copy of a journal may have a log file without the shared-memory file.
    return log.exists() and (shared.exists() or log.stat().st_size > 0)
