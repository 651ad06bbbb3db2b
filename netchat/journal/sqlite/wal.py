"""The write-ahead log's size.

SQLite starts the log again from its beginning when all of it is in the file and nobody reads it; as
long as pages are read all the time, that moment may never come by itself.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

from netchat.journal.sqlite.schema import BUSY_TIMEOUT

MAX_LOG_BYTES = 32 << 20
"""The size of the log, in bytes, at which it is emptied, or an operator hears why it is not."""


class Wal:
    """The log of the journal at `path`, which `connection` writes."""

    def __init__(
        self, path: Path, connection: sqlite3.Connection, warn: Callable[[str], None]
    ) -> None:
        self._log = path.with_name(path.name + "-wal")
        self._connection = connection
        self._warn = warn
        self._next = MAX_LOG_BYTES

    def keep_small(self) -> None:
        """Empty the log if it has grown large; who reads just now is waited for, but not long."""
        size = self._size()
        if size < MAX_LOG_BYTES:
            self._next = MAX_LOG_BYTES
        if size < self._next:
            return
        busy = self._empty()
        size = self._size()
        self._next = size + MAX_LOG_BYTES
        if busy and size >= MAX_LOG_BYTES:
            self._warn(
                f"{self._log} grows, because another program goes on reading it: {size} bytes."
            )

    def _empty(self) -> bool:
        self._connection.execute("PRAGMA busy_timeout = 200")
        try:
            busy, _, _ = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except sqlite3.Error:
            # What keeps it from being emptied will keep a line from being stored, and be told then.
            return True
        finally:
            self._connection.execute(f"PRAGMA busy_timeout = {int(BUSY_TIMEOUT * 1000)}")
        return bool(busy)

    def _size(self) -> int:
        try:
            return self._log.stat().st_size
        except OSError:
            return 0
