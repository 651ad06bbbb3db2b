"""Connections to PostgreSQL: what is set on each of them, and what must hold before it is used."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Callable

from psycopg import Connection, Error, connect
from psycopg.conninfo import make_conninfo
from psycopg.rows import TupleRow

from netchat.log.interface import LogError
from netchat.log.postgres import errors
from netchat.log.postgres.target import Target

# What it logs of a lost connection is raised too, and an operator reads it as one sentence.
logging.getLogger("psycopg").setLevel(logging.CRITICAL)

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


def open_connection(
    target: Target, connected: Callable[[socket.socket], object] | None = None
) -> Connection[TupleRow]:
    """Connect; LogError if PostgreSQL cannot be reached, or may lose what it has confirmed.

    `connected` is given the socket before anything is asked, so that another thread can shut it
    down. It is a duplicate: its number stays that of this connection when that is closed.
    """
    password = target.password
    more = {} if password is None else {"password": password}
    try:
        connection = connect(make_conninfo(**target.parameters, **more), autocommit=True)
        if connected is not None:
            connected(socket.socket(fileno=os.dup(connection.fileno())))
        row = connection.execute(_PREPARE).fetchone()
    except Error as error:
        raise LogError(errors.describe(error, target.where)) from error
    assert row is not None
    for setting, value in zip(("fsync", "synchronous_commit"), row[-2:], strict=True):
        if value == "off":
            connection.close()
            raise LogError(errors.NOT_DURABLE.format(where=target.where, setting=setting))
    return connection


def timeline_of(connection: Connection[TupleRow]) -> int:
    """Return the number of the primary's timeline, which grows whenever a standby is promoted."""
    return single(connection.execute(_TIMELINE).fetchone())


def single(row: TupleRow | None) -> int:
    """Return the one number of `row`."""
    assert row is not None
    number = row[0]
    assert isinstance(number, int)
    return number


def shut_down(held: socket.socket | None) -> None:
    """Let the thread that waits for `held` meet the end of the connection."""
    if held is not None:
        try:
            held.shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # It has ended already.
