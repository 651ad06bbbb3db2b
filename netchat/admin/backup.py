"""`netchat backup`: copies the journal as it is at one moment, while its server may run.

The copy is a complete journal: to restore it, put it into an empty directory as journal.sqlite.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from tempfile import mkstemp

from netchat.admin.arguments import add_directory, ignore_broken_pipe, parser_for, print_error
from netchat.admin.stored import journal_in, open_for_reading
from netchat.admin.verify import report
from netchat.journal.interface import JournalError


def main(arguments: Sequence[str]) -> int:
    """Back up a journal according to `arguments`; return the exit code."""
    parser = parser_for(
        "backup",
        "Copy a journal to FILE, while its server may run, and check the copy.",
        "0: the copy is whole; 1: the copy is as damaged as the journal; 2: there is no copy",
    )
    add_directory(parser)
    parser.add_argument(
        "file", metavar="FILE", type=Path, help="the file to create; it must not exist"
    )
    given = parser.parse_args(arguments)
    with ignore_broken_pipe():
        try:
            return 1 if copy(journal_in(given.directory), given.file) else 0
        except JournalError as error:
            print_error(str(error))
        except OSError as error:
            print_error(f"{given.file} cannot be written: {error.strerror}.")
        return 2
    return 1


def copy(path: Path, target: Path) -> int:
    """Copy the journal at `path` to the new file `target`; return how many problems it has.

    `target` is created complete, or not at all: then OSError or JournalError is raised.
    """
    if os.path.lexists(target):
        raise JournalError(f"{target} exists already; give another FILE.")
    with _temporary_file(target) as temporary:
        with open_for_reading(path) as source, closing(sqlite3.connect(temporary)) as copied:
            # In one step, so that the copy is a consistent snapshot while the server writes.
            source.backup(copied)
        problems = report(temporary, target)
        _sync(temporary)
        os.rename(temporary, target)
    _sync(target.parent)
    return problems


@contextmanager
def _temporary_file(target: Path) -> Iterator[Path]:
    descriptor, name = mkstemp(prefix=f".{target.name}.", dir=target.parent)
    os.close(descriptor)
    try:
        yield Path(name)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(name)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
