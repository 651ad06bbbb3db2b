"""Takes a journal out of its site: it is that of a server alone, or one that begins another log."""

from __future__ import annotations

import sqlite3

from netchat.journal.sqlite.statements import transaction

_OF_A_SITE = {
    "state": "kind IN ('reached', 'server', 'presence', 'digest')",
    "log_lines": "true",
    "log_private": "true",
    "log_erasures": "true",
}
"""What is deleted, by table; a journal of an earlier version does not have all of them."""


def leave_site(connection: sqlite3.Connection) -> None:
    """Delete what a journal knows of a log and of who is on the servers that share it."""
    tables = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
    with transaction(connection):
        for table, which in _OF_A_SITE.items():
            if (table,) in tables:
                connection.execute(f"DELETE FROM {table} WHERE {which}")  # noqa: S608 - all of it stands here
