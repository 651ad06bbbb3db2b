"""The lines that the user has typed, kept in a file for the next run, but never private ones.

The file is that of prompt_toolkit's FileHistory: a comment with the time, and the text in lines
that begin with `+`.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import chain
from pathlib import Path

from prompt_toolkit.history import FileHistory, History, InMemoryHistory

from netchat.dialects.text.requests import may_be_private
from netchat.model.lines import lines_of

_TEXT = b"+"
_MAX_STORED = 10_000
"""How many characters a message may have to be stored."""


class TypedHistory(FileHistory):
    """The history in a file; private lines can be recalled in this run, and are not stored."""

    def store_string(self, string: str) -> None:
        """Append the message `string` to the file, unless it may be private or the disk is full.

        A very long one is not stored either: the file is read at each start.
        """
        if len(string) <= _MAX_STORED and not any(map(may_be_private, lines_of(string))):
            with suppress(OSError):
                super().store_string(string)


def open_history(path: Path) -> History:
    """Return the history of earlier runs, kept in the file `path`, which only its owner can read.

    Private lines, which earlier versions stored, are removed from it. If the file cannot be
    written, the history is kept for this run only.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        with open(file, "rb") as opened:
            if stat.S_ISREG(os.fstat(file).st_mode):
                os.fchmod(file, 0o600)
                _remove_private(path.resolve(), list(_entries(opened)))
    except OSError:
        return InMemoryHistory()
    return TypedHistory(path)


def _entries(stored: Iterable[bytes]) -> Iterator[list[bytes]]:
    """Yield the entries of a file of which `stored` yields the lines: each ends with its text."""
    entry: list[bytes] = []
    for line in stored:
        if entry and entry[-1].startswith(_TEXT) and not line.startswith(_TEXT):
            yield entry
            entry = []
        entry.append(line)
    if entry:
        yield entry


def _remove_private(path: Path, entries: list[list[bytes]]) -> None:
    """Replace the file `path`, which has these `entries`, all at once, if one may be private."""
    kept = [entry for entry in entries if not any(map(_is_private, entry))]
    if len(kept) < len(entries):
        temporary = path.with_name(f"{path.name}.{os.getpid()}")
        with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.writelines(chain.from_iterable(kept))
        temporary.replace(path)


def _is_private(line: bytes) -> bool:
    return line.startswith(_TEXT) and may_be_private(line[1:].decode(errors="replace"))
