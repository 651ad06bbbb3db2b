"""Whether the files that the journal writes are still the ones at its paths.

On unix a file goes on taking data after it has been deleted, moved or replaced, and is lost when
the server ends. SQLite does not notice that while a journal with a write-ahead log is in use.
"""

from __future__ import annotations

import os
from pathlib import Path

_GONE = "{} has been moved, deleted or replaced; put it back, or restart the server"
_LOG_GONE = "{} has been moved, deleted or replaced; restart the server, and no stored line is lost"
_UNKNOWN = "{} cannot be found ({}); correct that, or restart the server"


class FileGoneError(Exception):
    """The journal's file is no longer at its path; the message says what to do."""


class LogGoneError(Exception):
    """The write-ahead log is no longer at its path; the message says what to do."""


class OpenFiles:
    """The file at `path` and its write-ahead log, as they are now, while SQLite has them open.

    They are compared by device and inode. Neither is opened: to close a second descriptor of a file
    drops all locks of the process on it (fcntl(2)), and SQLite's are among them.
    """

    def __init__(self, path: Path) -> None:
        self._file = str(path)
        self._log = f"{path}-wal"
        self._identities = _identity(self._file), _identity(self._log)

    def check(self) -> None:
        """Raise FileGoneError or LogGoneError if another file, or none, is at a path."""
        file, log = self._identities
        if _identity(self._file) != file:
            raise FileGoneError(_describe(_GONE, self._file))
        if _identity(self._log) != log:
            raise LogGoneError(_describe(_LOG_GONE, self._log))


def _identity(path: str) -> tuple[int, int] | None:
    """Return the device and the inode of the file at `path`, or None if there is none."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _describe(sentence: str, path: str) -> str:
    try:
        os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        pass
    except OSError as error:
        return _UNKNOWN.format(path, error.strerror)
    return sentence.format(path)
