"""The lock on a journal's directory: one server at a time may use it."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from netchat.journal.interface import JournalError


class JournalInUseError(JournalError):
    """Another process has locked the directory."""


def acquire_lock(directory: Path) -> int:
    """Create `directory` if it is missing, lock it, and return the descriptor of the lock.

    The lock outlasts a fork, and is released when every copy of the descriptor is closed.
    JournalError if the directory cannot be used, JournalInUseError if another server has it.
    """
    try:
        _make(directory)
        descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise JournalError(
            f"{directory} cannot be used as the journal's directory: {error.strerror};"
            " give another one with --data."
        ) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        raise JournalInUseError(
            f"{directory} is in use by another server; stop that one or use another --data."
        ) from error
    return descriptor


def _make(directory: Path) -> None:
    """Create `directory` and its parents for their owner only, and sync them to disk."""
    if directory.exists():
        return
    _make(directory.parent)
    directory.mkdir(mode=0o700, exist_ok=True)
    descriptor = os.open(directory.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
