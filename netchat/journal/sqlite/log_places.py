"""The places of lines in the log of a site: tables of all, and of those whose texts are to go.

A server alone has no rows in them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence

from netchat.journal.interface import MOST_PLACES, LogErased, LogPlace
from netchat.journal.log_places import (
    deleted_in,
    forgotten_in,
    position_of,
    private_lines_of,
    refused_in,
    runs_of,
)
from netchat.journal.sqlite.rows import Row, StoredRoom, checksum_of
from netchat.journal.sqlite.statements import insert
from netchat.model.events import Event

_RUN = "again, first, last, position, line, checksum"
_FIND_RUN = (
    # Runs of new lines do not overlap, so a line is in the last one that begins before it.
    f"SELECT {_RUN} FROM log_lines WHERE again = 0 AND first <= ? ORDER BY first DESC LIMIT 1",  # noqa: S608
    f"SELECT {_RUN} FROM log_lines WHERE again = 1 AND first = ?",  # noqa: S608
)
_FIND_PRIVATE = "SELECT account, position, line, checksum FROM log_private WHERE account = ?"


def add_tables(connection: sqlite3.Connection) -> None:
    """Create the tables, within a transaction: a migration of the file."""
    # `first` and `last` are keys of lines, see rows.py.
    connection.execute(
        "CREATE TABLE log_lines ("
        "again INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,"
        " position INTEGER NOT NULL, line INTEGER NOT NULL, checksum INTEGER NOT NULL,"
        " PRIMARY KEY (again, first, position, line)) WITHOUT ROWID"
    )
    # `account` is the one with which the text goes.
    connection.execute(
        "CREATE TABLE log_private ("
        "account INTEGER NOT NULL, position INTEGER NOT NULL, line INTEGER NOT NULL,"
        " checksum INTEGER NOT NULL, PRIMARY KEY (account, position, line)) WITHOUT ROWID"
    )
    connection.execute(
        "CREATE TABLE log_erasures ("
        "position INTEGER NOT NULL, line INTEGER NOT NULL, checksum INTEGER NOT NULL,"
        " PRIMARY KEY (position, line)) WITHOUT ROWID"
    )


class PlaceBatch:
    """The changes of the places in one transaction; `room` finds a room by its name."""

    def __init__(self, room: Callable[[str], StoredRoom | None]) -> None:
        self._room = room
        self._runs: list[Row] = []
        self._private: list[Row] = []
        self._gone: list[Row] = []
        self._deleted: dict[int, None] = {}
        self._forgotten: list[int] = []
        self._erased: list[LogErased] = []

    def add(self, batch: Sequence[Event], results: Sequence[Event]) -> None:
        """Take what has become of a `batch`, if it is an entry."""
        if position := position_of(results):
            for run in runs_of(batch, results):
                if (room := self._room(run.room)) is not None:
                    keys = room.key(run.first), room.key(run.last)
                    self._runs.append(_checked(int(run.again), *keys, position, run.line))
            for name, id in deleted_in(results):
                if (room := self._room(name)) is not None:
                    self._deleted[room.key(id)] = None
            self._gone += [_checked(position, line) for line in refused_in(batch, results)]
            for account, line in private_lines_of(batch, results):
                self._private.append(_checked(account, position, line))
            self._forgotten += forgotten_in(results)

    def forget(self, erased: LogErased) -> None:
        """Forget what is no longer in the log."""
        self._erased.append(erased)

    def write(self, connection: sqlite3.Connection) -> None:
        """Write the changes, within a transaction."""
        insert(connection, "log_lines", self._runs)
        insert(connection, "log_private", self._private)
        found = {*self._gone}
        for key in self._deleted:
            for query in _FIND_RUN:
                for _, first, last, position, line in _intact(connection, query, key):
                    if key <= last:
                        found.add(_checked(position, line + key - first))
        for account in self._forgotten:
            lines = _intact(connection, _FIND_PRIVATE, account)
            found.update(_checked(position, line) for _, position, line in lines)
        insert(connection, "log_erasures", [*found], replace=True)
        for erased in self._erased:
            connection.executemany(
                "DELETE FROM log_erasures WHERE position = ? AND line = ?", erased.places
            )
            if erased.first:
                for table in ("log_lines", "log_private", "log_erasures"):
                    connection.execute(f"DELETE FROM {table} WHERE position < ?", (erased.first,))  # noqa: S608


def read_places(connection: sqlite3.Connection) -> Sequence[LogPlace]:
    """Return the first places of lines whose texts are to go; damaged rows are left out."""
    query = "SELECT position, line, checksum FROM log_erasures ORDER BY position, line LIMIT ?"
    return [LogPlace(*place) for place in _intact(connection, query, MOST_PLACES)]


def _intact(connection: sqlite3.Connection, query: str, value: int) -> Iterator[list[int]]:
    """Yield the rows of `query` that are not damaged, without their checksums."""
    for *row, checksum in connection.execute(query, (value,)):
        if checksum == checksum_of("place", *row):
            yield row


def _checked(*fields: int) -> Row:
    return (*fields, checksum_of("place", *fields))
