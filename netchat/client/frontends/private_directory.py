"""A directory that only its owner can read, for as long as it is needed.

If the program is killed, the next one removes it. Who uses the directory holds a lock on it, so it
is never taken from a program that runs, nor from the editor that such a program has left behind.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import gettempdir, mkdtemp

_NAME = re.compile(r"netchat-([0-9]+)-\w+")
"""The process that has made it is in its name."""


@contextmanager
def private_directory(place: str | None) -> Iterator[tuple[Path, int]]:
    """Yield a new directory in `place` (None: the system's), and the descriptor of its lock.

    Programs that inherit the descriptor keep the lock. At the end, the directory is removed with
    whatever is in it; those that others have left behind are removed before.
    """
    _remove_abandoned(Path(place or gettempdir()))
    directory = Path(mkdtemp(prefix=f"netchat-{os.getpid()}-", dir=place))
    try:
        lock = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield directory, lock
        finally:
            os.close(lock)
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _remove_abandoned(place: Path) -> None:
    with suppress(OSError):
        for name in os.listdir(place):
            made_by = _NAME.fullmatch(name)
            if made_by and not _is_running(int(made_by[1])):
                with suppress(OSError):
                    _remove_unused(place / name)


def _remove_unused(directory: Path) -> None:
    """Remove `directory` if it is the user's own, and nobody uses it."""
    lock = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        found = os.fstat(lock)
        if found.st_uid == os.getuid() and stat.S_IMODE(found.st_mode) == stat.S_IRWXU:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(directory)
    finally:
        os.close(lock)


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True
