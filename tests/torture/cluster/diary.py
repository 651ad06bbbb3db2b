"""What has happened, and when, in a file: who looks for the cause of a fault reads it."""

from __future__ import annotations

import threading
from pathlib import Path
from time import monotonic


class Diary:
    """Writes lines with the seconds since it was begun; any thread may."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("w", encoding="utf-8", buffering=1)
        self._begin = monotonic()
        self._lock = threading.Lock()

    def note(self, what: str) -> None:
        """Write `what` down."""
        with self._lock:
            self._file.write(f"{monotonic() - self._begin:.2f} {what}\n")

    def close(self) -> None:
        """End."""
        self._file.close()
