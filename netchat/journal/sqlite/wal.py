"""The size of the write-ahead log.

SQLite restarts the log when all of it has been copied to the file and no connection reads from it.
With constant reads, that may never happen by itself.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

from netchat.journal.sqlite.schema import BUSY_TIMEOUT

MAX_LOG_BYTES = 32 << 20
"""The size of the log at which it is emptied, or the operator is told why it is not."""


class Wal:
    """The write-ahead log of the journal at `path`, which `connection` writes."""

    def __init__(
        self, path: Path, connection: sqlite3.Connection, warn: Callable[[str], None]
    ) -> None:
        self._log = path.with_name(path.name + "-wal")
        self._connection = connection
        self._warn = warn
        self._next = MAX_LOG_BYTES

    def keep_small(self) -> None:
        """Empty the log if it is too large; wait for readers for at most 200 ms."""
        size = self._size()
        if size < MAX_LOG_BYTES:
            self._next = MAX_LOG_BYTES
        if size < self._next:
            return
        busy = not self.empty()
        size = self._size()
        self._next = size + MAX_LOG_BYTES
        if busy and size >= MAX_LOG_BYTES:
            self._warn(
                f"{self._log} grows, because another program keeps reading it: {size} bytes."
            )

    def empty(self) -> bool:
        """Empty the log; wait for readers for at most 200 ms, and return whether it is empty."""
        self._connection.execute("PRAGMA busy_timeout = 200")
        try:
            busy, _, _ = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except sqlite3.Error:
            # The error that prevents this will also fail the next store, which reports it.
            return False
        finally:
            self._connection.execute(f"PRAGMA busy_timeout = {int(BUSY_TIMEOUT * 1000)}")
        return not busy

    def _size(self) -> int:
        try:
            return self._log.stat().st_size
        except OSError:
            return 0
