"""The log file: it is opened again when asked to, and it and its predecessors have a bound.

logrotate renames the file and sends a signal; the program then has to open the file anew. Without
logrotate the file is rotated at MAX_LENGTH, into FILE.1, FILE.2 and so on.
"""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, Any

from twisted.logger import Logger
from twisted.python.logfile import LogFile

if TYPE_CHECKING:
    from typing import BinaryIO

MAX_LENGTH = 1_000_000
"""The length in bytes at which the file is rotated."""

_log = Logger()


class ReopenableLogFile(LogFile):
    """The log file `path`, with at most `keep` rotated files beside it; 0: it is never rotated.

    `owner` is the user and the group to whom the file is given, if the process may do that.
    """

    closed: bool
    _file: BinaryIO
    size: int

    def __init__(self, path: str, keep: int, owner: tuple[int, int] | None = None) -> None:
        directory, name = os.path.split(os.path.abspath(path))
        super().__init__(  # type: ignore[no-untyped-call]
            name, directory, rotateLength=MAX_LENGTH if keep else 0, maxRotatedFiles=keep or None
        )
        if owner is not None and not os.geteuid():
            os.fchown(self._file.fileno(), *owner)
        # What is made later is as accessible as this file, although a daemon has another umask.
        self.defaultMode = stat.S_IMODE(os.fstat(self._file.fileno()).st_mode)

    def write(self, data: str | bytes) -> None:
        """Append `data`, after a rotation if that is due."""
        super().write(data)  # type: ignore[no-untyped-call]

    def close(self) -> None:
        """Close the file; nothing may be written after this."""
        super().close()  # type: ignore[no-untyped-call]

    def shouldRotate(self) -> bool:  # noqa: N802  # Twisted defines the name
        """Return whether the file, which others may have cut, has reached its length."""
        self.size = os.fstat(self._file.fileno()).st_size
        return bool(super().shouldRotate())  # type: ignore[no-untyped-call]

    def reopen(self) -> None:
        """Open the file that is at the path now; if that is impossible, log it and keep the old."""
        before = self._file
        try:
            self._openFile()
        except OSError as error:
            _log.warn(
                "The log goes on in the old file: {path} cannot be opened ({why})",
                path=self.path, why=error.strerror,
            )  # fmt: skip
        else:
            before.close()

    def _openFile(self) -> None:  # noqa: N802  # Twisted defines the name
        """Open or make the file; all writes go to its end, also after it has been cut."""
        made = not os.path.exists(self.path)
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        file: Any = os.fdopen(os.open(self.path, flags, 0o666), "ab", 0)
        if made and self.defaultMode is not None:
            os.fchmod(file.fileno(), self.defaultMode)
        self._file, self.closed = file, False
        self.size = os.fstat(file.fileno()).st_size


def is_log_file(path: str) -> bool:
    """Return whether `path` is a file, or could be one; a device or a pipe is not rotated."""
    return os.path.isfile(path) or not os.path.exists(path)
