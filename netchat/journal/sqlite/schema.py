"""The file: its tables, its schema versions, and how it is opened.

`application_id` marks the file as netchat's, `user_version` is its schema version. An older file is
migrated when it is opened, a version at a time; a newer one is refused.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Protocol

from netchat.journal.identity import new_journal_id, new_salt_secret
from netchat.journal.interface import JournalError
from netchat.journal.sqlite.identity import write_identity
from netchat.journal.sqlite.log_places import add_tables as add_log_places
from netchat.journal.sqlite.private_tables import add_tables as add_private_lines
from netchat.journal.sqlite.records import write_updates
from netchat.journal.sqlite.statements import transaction

FILE = "journal.sqlite"
APPLICATION_ID = 0x6E636874  # "ncht"
BUSY_TIMEOUT = 5.0
"""Seconds to wait for another process's transaction, such as an operator's."""


class SupportsClose(Protocol):
    """Anything that can be closed."""

    def close(self) -> None:
        """Release the resource."""


_TABLES = (
    """CREATE TABLE rooms (
        number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, topic TEXT NOT NULL,
        first INTEGER NOT NULL, last INTEGER NOT NULL, indexed INTEGER NOT NULL,
        checksum INTEGER NOT NULL)""",
    # The key combines the room's number and the line's id, see rows.py: no other index is needed.
    """CREATE TABLE lines (
        key INTEGER PRIMARY KEY, time INTEGER NOT NULL, name TEXT NOT NULL, text TEXT NOT NULL,
        action INTEGER NOT NULL, checksum INTEGER NOT NULL)""",
    """CREATE TABLE nonces (
        client TEXT NOT NULL, nonce TEXT NOT NULL, room INTEGER NOT NULL, id INTEGER NOT NULL,
        time INTEGER NOT NULL, name TEXT NOT NULL, digest BLOB NOT NULL, checksum INTEGER NOT NULL,
        PRIMARY KEY (client, nonce)) WITHOUT ROWID""",
    "CREATE TABLE probe (number INTEGER PRIMARY KEY, bytes BLOB NOT NULL)",
)
INDEX = """CREATE VIRTUAL TABLE {} USING fts5 (
    folded, content='', detail=none, columnsize=0, tokenize='ascii')"""
"""The words of the lines as `find_words` returns them: they do not depend on SQLite's tokenizer."""


def _create(connection: sqlite3.Connection) -> None:
    for statement in (*_TABLES, INDEX.format("words")):
        connection.execute(statement)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")


def _add_identity(connection: sqlite3.Connection) -> None:
    connection.execute(
        "CREATE TABLE identity ("
        "number INTEGER PRIMARY KEY, id TEXT NOT NULL, checksum INTEGER NOT NULL)"
    )
    write_identity(connection, new_journal_id())


def _add_clock(connection: sqlite3.Connection) -> None:
    connection.execute(
        "CREATE TABLE clock ("
        "number INTEGER PRIMARY KEY, seen INTEGER NOT NULL, expected INTEGER NOT NULL,"
        " jumped INTEGER NOT NULL, checksum INTEGER NOT NULL)"
    )


def _add_state(connection: sqlite3.Connection) -> None:
    connection.execute(
        "CREATE TABLE state ("
        "kind TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL, checksum INTEGER NOT NULL,"
        " PRIMARY KEY (kind, key)) WITHOUT ROWID"
    )
    connection.execute(
        "CREATE TABLE audit ("
        "number INTEGER PRIMARY KEY, time INTEGER NOT NULL, value BLOB NOT NULL,"
        " checksum INTEGER NOT NULL)"
    )
    # To find the record of the nonce of a line that is deleted.
    connection.execute("CREATE INDEX nonces_of_lines ON nonces (room, id)")
    # The deleted lines of which bytes may still be in the files, see erasure.py.
    connection.execute("CREATE TABLE erasures (key INTEGER PRIMARY KEY, indexed INTEGER NOT NULL)")


def _add_salt_secret(connection: sqlite3.Connection) -> None:
    secret = new_salt_secret()
    write_updates(connection, {(secret.kind, secret.key): secret})


Migration = Callable[[sqlite3.Connection], None]
MIGRATIONS: tuple[Migration, ...] = (
    _create,
    _add_identity,
    _add_clock,
    _add_state,
    add_private_lines,
    _add_salt_secret,
    add_log_places,
)
"""The migrations from version 0 (an empty file), 1, 2 ... to the next version each."""
IDENTITY_VERSION = 2
"""The first version in which the journal has an identifier."""
CLOCK_VERSION = 3
"""The first version in which readings of the clock are stored."""
STATE_VERSION = 4
"""The first version in which the chat's state and the audit are stored."""
PRIVATE_VERSION = 5
"""The first version in which private lines are stored."""


def connect(path: Path, *, full_sync: bool) -> sqlite3.Connection:
    """Return a connection that writes to the journal at `path`, for one thread at a time."""
    connection = _connect(str(path))
    with closed_on_error(connection):
        connection.execute(f"PRAGMA synchronous = {'FULL' if full_sync else 'NORMAL'}")
        connection.execute(f"PRAGMA fullfsync = {int(full_sync)}")  # macOS
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute("PRAGMA temp_store = MEMORY")
        connection.execute("PRAGMA cache_size = -4096")  # a larger one only fills up
        # Truncate the write-ahead log to this size when SQLite restarts it.
        connection.execute(f"PRAGMA journal_size_limit = {8 << 20}")
    return connection


def connect_to_read(path: Path, *, immutable: bool = False) -> sqlite3.Connection:
    """Return a read-only connection; `immutable` if no process writes to the file."""
    extra = "&immutable=1" if immutable else ""
    return _connect(f"{path.absolute().as_uri()}?mode=ro{extra}", uri=True)


@contextmanager
def closed_on_error(opened: SupportsClose) -> Iterator[None]:
    """Close `opened` if the block raises."""
    try:
        yield
    except BaseException:
        opened.close()
        raise


def prepare(path: Path, migrations: Sequence[Migration] = MIGRATIONS) -> None:
    """Create the journal at `path` or migrate it; JournalError if it cannot be used."""
    try:
        # SQLite would create it with the permissions that the umask allows.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        with closing(connect(path, full_sync=True)) as connection:
            version = check(path, connection, len(migrations))
            connection.execute("PRAGMA journal_mode = WAL")
            for number in range(version, len(migrations)):
                if version and number == STATE_VERSION - 1:
                    # SQLite has left copies of lines in the file, which deletions overwrite only
                    # from now on.
                    connection.execute("VACUUM")
                with transaction(connection):
                    migrations[number](connection)
                    connection.execute(f"PRAGMA user_version = {number + 1}")
    except OSError as error:
        raise JournalError(
            f"{path} cannot be written: {error.strerror}; give another directory with --data."
        ) from error
    except sqlite3.Error as error:
        raise open_error(path, error) from error


def check(path: Path, connection: sqlite3.Connection, newest: int = len(MIGRATIONS)) -> int:
    """Return the schema version of the file at `path`; JournalError if it is not netchat's."""
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if application != APPLICATION_ID and (application or version or tables):
        raise JournalError(
            f"{path} belongs to another program; move it away or use another --data."
        )
    if version > newest:
        raise JournalError(
            f"{path} was written by a newer netchat; install that one or use another --data."
        )
    return int(version)


def open_error(path: Path, error: sqlite3.Error) -> JournalError:
    """Return the JournalError for `error`, which SQLite raised for the file at `path`."""
    if "no such module" in str(error):
        return JournalError(
            "This Python's SQLite has no full-text search (FTS5); use a Python that has it."
        )
    if isinstance(error, sqlite3.OperationalError):
        return JournalError(f"{path} cannot be used: {error}; correct that or use another --data.")
    return JournalError(
        f"{path} is damaged or is not a journal ({error}); move it away or restore a backup;"
        f" `netchat verify {path.parent}` says more."
    )


def _connect(where: str, *, uri: bool = False) -> sqlite3.Connection:
    connection = sqlite3.connect(
        where, timeout=BUSY_TIMEOUT, isolation_level=None, check_same_thread=False, uri=uri
    )
    connection.text_factory = bytes
    return connection
