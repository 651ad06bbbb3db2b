"""The stored identifier of the journal."""

from __future__ import annotations

import sqlite3

from netchat.journal.sqlite.rows import IDENTITY_FIELDS, id_from_identity, identity_row


def read_identity(connection: sqlite3.Connection) -> str | None:
    """Return the journal's identifier, or None if its record is damaged or missing."""
    query = f"SELECT {IDENTITY_FIELDS} FROM identity"  # noqa: S608
    return id_from_identity(connection.execute(query).fetchone())


def write_identity(connection: sqlite3.Connection, id: str) -> None:
    """Store `id` as the journal's identifier, within a transaction."""
    connection.execute("REPLACE INTO identity VALUES (?, ?, ?)", identity_row(id))
