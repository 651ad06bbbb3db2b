"""The tables of private lines, of the last ids in each account's order, and of their nonces."""

from __future__ import annotations

import sqlite3


def add_tables(connection: sqlite3.Connection) -> None:
    """Create the tables, within a transaction: a migration of the file."""
    connection.execute(
        "CREATE TABLE private_lines ("
        "account INTEGER NOT NULL, id INTEGER NOT NULL, peer TEXT NOT NULL, kind INTEGER NOT NULL,"
        " time INTEGER NOT NULL, name TEXT NOT NULL, recipient TEXT NOT NULL, text TEXT NOT NULL,"
        " checksum INTEGER NOT NULL, PRIMARY KEY (account, id)) WITHOUT ROWID"
    )
    connection.execute("CREATE INDEX private_lines_of_two ON private_lines (account, peer, id)")
    connection.execute(
        "CREATE INDEX private_lines_of_guests ON private_lines (account, id, peer) WHERE kind = 1"
    )
    connection.execute(
        "CREATE TABLE private_counts ("
        "account INTEGER PRIMARY KEY, last INTEGER NOT NULL, checksum INTEGER NOT NULL)"
    )
    connection.execute(
        "CREATE TABLE private_nonces ("
        "client TEXT NOT NULL, nonce TEXT NOT NULL, sender INTEGER NOT NULL,"
        " sent_id INTEGER NOT NULL, recipient INTEGER NOT NULL, id INTEGER NOT NULL,"
        " time INTEGER NOT NULL, name TEXT NOT NULL, recipient_name TEXT NOT NULL,"
        " digest BLOB NOT NULL, checksum INTEGER NOT NULL,"
        " PRIMARY KEY (client, nonce)) WITHOUT ROWID"
    )
