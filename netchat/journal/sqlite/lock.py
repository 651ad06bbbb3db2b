"""The directory of a journal: one server at a time."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from netchat.journal.interface import JournalError


def acquire_lock(directory: Path) -> int:
    """Make `directory` if it is missing, and return a descriptor that keeps others out of it.

    It stays claimed, also over a fork, until the descriptor is closed. JournalError if it is not to
    be had.
    """
    try:
        _make(directory)
        descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise JournalError(
            f"{directory} cannot be the journal's directory: {error.strerror};"
            " give another one with --data."
        ) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        raise JournalError(
            f"{directory} is in use by another server; stop that one or use another --data."
        ) from error
    return descriptor


def _make(directory: Path) -> None:
    """Make `directory` and its parents so that they outlast a power cut, for their owner only."""
    if directory.exists():
        return
    _make(directory.parent)
    directory.mkdir(mode=0o700, exist_ok=True)
    descriptor = os.open(directory.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
