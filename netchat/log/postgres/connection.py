"""Connections to PostgreSQL: what is set on each of them, and what must hold before it is used."""

from __future__ import annotations

import logging
import os
import socket
from contextlib import suppress

from psycopg import Connection, Error, connect
from psycopg.conninfo import make_conninfo
from psycopg.rows import TupleRow

from netchat.log.interface import LogError
from netchat.log.postgres import errors
from netchat.log.postgres.target import Target

# What it logs of a lost connection is raised too, and an operator reads it as one sentence.
logging.getLogger("psycopg").setLevel(logging.CRITICAL)

ANSWER_SECONDS = 10.0
"""After which a server gives up what has no answer; PostgreSQL gives its statements up before."""

OLDEST_VERSION = 15_00_00
"""That of PostgreSQL which netchat was tested with."""

STATEMENT_SECONDS = 5
"""After which PostgreSQL gives a statement up; it does not give a COMMIT up."""

_SETTINGS = {
    "statement_timeout": f"{STATEMENT_SECONDS}s",
    "default_transaction_isolation": "read committed",
    "idle_in_transaction_session_timeout": "10s",
    "tcp_keepalives_idle": "3",
    "tcp_keepalives_interval": "2",
    "tcp_keepalives_count": "2",
    "tcp_user_timeout": "5000",
}
"""PostgreSQL ends a connection whose other end is silent, so that it holds no lock for long."""

_PREPARE = "SELECT {}, current_setting('fsync'), current_setting('synchronous_commit')".format(
    ", ".join(f"set_config('{name}', '{value}', false)" for name, value in _SETTINGS.items())
)
_TIMELINE = "SELECT ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int"


class Handle:
    """A connection as another thread sees it, which may end it at any time.

    `ended` is whether it has done so.
    """

    def __init__(self) -> None:
        self.ended = False
        self._socket: socket.socket | None = None

    def hold(self, connection: Connection[TupleRow]) -> None:
        """Be the handle of `connection`, before anything is asked on it."""
        # The number of a duplicate stays that of this connection when that is closed.
        self._socket = socket.socket(fileno=os.dup(connection.fileno()))
        if self.ended:
            self.end()

    def end(self) -> None:
        """Let the thread that waits for an answer meet the end of the connection."""
        self.ended = True
        if self._socket is not None:
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """End nothing any more."""
        if self._socket is not None:
            self._socket.close()

    def describe(self, error: Error, where: str) -> str:
        """Return the sentence for `error`, which ending it raises as well."""
        return errors.SILENT.format(where=where) if self.ended else errors.describe(error, where)


def open_connection(target: Target, handle: Handle) -> Connection[TupleRow]:
    """Connect; LogError if PostgreSQL cannot be reached, or may lose what it has confirmed."""
    password = target.password
    more = {} if password is None else {"password": password}
    try:
        connection = connect(make_conninfo(**target.parameters, **more), autocommit=True)
    except Error as error:
        raise LogError(errors.describe(error, target.where)) from error
    try:
        handle.hold(connection)
        _prepare(connection, target.where)
    except Error as error:
        connection.close()
        raise LogError(handle.describe(error, target.where)) from error
    except LogError:
        connection.close()
        raise
    return connection


def _prepare(connection: Connection[TupleRow], where: str) -> None:
    version = connection.info.server_version
    if version < OLDEST_VERSION:
        raise LogError(errors.TOO_OLD.format(where=where, version=version // 10_000))
    row = connection.execute(_PREPARE).fetchone()
    assert row is not None
    for setting, value in zip(("fsync", "synchronous_commit"), row[-2:], strict=True):
        if value == "off":
            raise LogError(errors.NOT_DURABLE.format(where=where, setting=setting))


def timeline_of(connection: Connection[TupleRow]) -> int:
    """Return the number of the primary's timeline, which grows whenever a standby is promoted."""
    return single(connection.execute(_TIMELINE).fetchone())


def single(row: TupleRow | None) -> int:
    """Return the one number of `row`."""
    assert row is not None
    number = row[0]
    assert isinstance(number, int)
    return number
