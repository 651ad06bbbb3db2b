"""How a server begins with a log: it makes the tables, or finds the log that its journal copies."""

from __future__ import annotations

from psycopg import Connection, Error
from psycopg.rows import TupleRow

from netchat.journal.identity import new_journal_id
from netchat.log.interface import LogError, Opened
from netchat.log.postgres import errors, schema, statements
from netchat.log.postgres.connection import ANSWER_SECONDS, Handle, open_connection, single
from netchat.log.postgres.errors import LostError
from netchat.log.postgres.target import Target, connected
from netchat.threads.deadline import deadline


def open_log(target: Target, site: str, after: int, key: tuple[int, int] | None) -> Opened:
    """Begin an incarnation; LogError, and nothing is changed, if the log cannot be used."""
    handle, where = Handle(), target.where
    try:
        with (
            deadline(target.connect_seconds + ANSWER_SECONDS, handle.end),
            open_connection(target, handle) as connection,
        ):
            with connection.transaction():
                opened = _begin(connection, where, site, after, key)
            warnings = (
                *connected(target, connection).warnings(),
                *_standby_warnings(connection, where),
            )
    except Error as error:
        raise LogError(handle.describe(error, where)) from error
    finally:
        handle.close()
    return Opened(opened.incarnation, opened.site, opened.first, opened.last, warnings)


def _begin(
    connection: Connection[TupleRow], where: str, site: str, after: int, key: tuple[int, int] | None
) -> Opened:
    connection.execute(schema.LOCK)
    row = connection.execute(schema.EXISTS).fetchone()
    if row != (True,):
        connection.execute(schema.CREATE)
        connection.execute(
            schema.FIRST, [site or new_journal_id(), [*(key or (0, 0))], schema.FORMAT]
        )
    if connection.execute(schema.MAY).fetchone() != (True,):
        raise LogError(errors.NO_RIGHTS.format(where=where))
    found, last = check_site(connection, where, site)
    if key and not after:
        _check_base(connection, where, key)
    first = check_entries(connection, where, last, after, key)
    incarnation = single(connection.execute(statements.NUMBER).fetchone())
    connection.execute(statements.LIVE, {"incarnation": incarnation, "after": after})
    return Opened(incarnation, found, first, last)


def check_site(connection: Connection[TupleRow], where: str, site: str) -> tuple[str, int]:
    """Lock the site; return its identifier and last position. LostError: it is not `site`."""
    row = connection.execute(statements.SITE).fetchone()
    if row is None:
        raise LostError(errors.LOST_TABLES.format(where=where))
    found, version, last = row
    if version != schema.FORMAT:
        raise LostError(errors.OTHER_FORMAT.format(where=where))
    if site and found != site:
        raise LostError(errors.ANOTHER_SITE.format(where=where))
    return found, last


def check_entries(
    connection: Connection[TupleRow],
    where: str,
    last: int,
    after: int,
    key: tuple[int, int] | None,
) -> int:
    """Return the first position that is kept; LostError if the log does not go on behind `after`.

    `key` is that of the entry at `after`, if it is known.
    """
    if last < after:
        raise LostError(errors.BEHIND.format(where=where))
    oldest = connection.execute(statements.OLDEST).fetchone()
    first = int(oldest[0]) if oldest and oldest[0] is not None else last + 1
    if first > after + 1:
        raise LostError(errors.TRIMMED.format(where=where))
    found = connection.execute(statements.KEY, [after]).fetchone()
    if key and found and tuple(found) != key:
        raise LostError(errors.OTHER_ENTRIES.format(where=where))
    return first


def _check_base(connection: Connection[TupleRow], where: str, key: tuple[int, int]) -> None:
    """Raise LostError if the log has begun with another journal than one with this `key`."""
    row = connection.execute(statements.BASE).fetchone()
    if row is None or tuple(row[0]) != key:
        sentence = errors.OTHER_ENTRIES if any(key) else errors.TRIMMED
        raise LostError(sentence.format(where=where))


def _standby_warnings(connection: Connection[TupleRow], where: str) -> list[str]:
    row = connection.execute(
        "SELECT current_setting('synchronous_standby_names') <> ''"
        " AND current_setting('synchronous_commit') <> 'local'"
    ).fetchone()
    states = [
        state for (state,) in connection.execute("SELECT sync_state FROM pg_stat_replication")
    ]
    if row != (True,):
        return [errors.NO_STANDBY.format(where=where)]
    if {"sync", "quorum"} & {*states}:
        return []
    unknown = states and all(state is None for state in states)
    return [(errors.STANDBY_UNKNOWN if unknown else errors.NO_STANDBY).format(where=where)]
