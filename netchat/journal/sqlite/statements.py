"""Transactions, and statements for many rows at a time."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from typing import Any

_BATCH = (64, 32, 16, 8, 4, 2, 1)


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Commit the block's changes, or roll all of them back and re-raise the error."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        # After some errors SQLite has already rolled back.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


@contextmanager
def snapshot(connection: sqlite3.Connection) -> Iterator[None]:
    """Let the block read a consistent snapshot; keep it short, because it delays checkpoints."""
    connection.execute("BEGIN")
    try:
        yield
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def execute_for(
    connection: sqlite3.Connection,
    statement: Callable[[str], str],
    rows: Sequence[Sequence[Any]],
) -> Iterator[Any]:
    """Execute `statement(values)` for `rows`, many at a time, and yield the rows that it returns.

    sqlite3 releases the interpreter lock for each step and then waits for it, which costs more than
    the step while the reactor is busy: so each step handles many rows.
    """
    done = 0
    for size in _BATCH:
        while len(rows) - done >= size:
            some = rows[done : done + size]
            one = "(" + ", ".join("?" * len(some[0])) + ")"
            yield from connection.execute(
                statement(", ".join([one] * size)), list(chain.from_iterable(some))
            )
            done += size


def insert(
    connection: sqlite3.Connection,
    table: str,
    rows: Sequence[Sequence[Any]],
    *,
    replace: bool = False,
) -> None:
    """Insert `rows` into `table`, which may name its columns; `replace` rows with the same key."""
    verb = "REPLACE" if replace else "INSERT"
    for _ in execute_for(connection, lambda values: f"{verb} INTO {table} VALUES {values}", rows):
        pass
