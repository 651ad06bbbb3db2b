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

from netchat.admin.arguments import REPORT_LOST, add_directory, parser_for, report_error
from netchat.admin.stored import journal_in, open_for_reading
from netchat.admin.verify import report
from netchat.commandline.output import Output
from netchat.commandline.parser import Parser
from netchat.journal.interface import JournalError
from netchat.journal.sqlite.leaving import leave_site

_ERRORS_OF_TARGET = (
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR_WRITE,
    sqlite3.SQLITE_IOERR_FSYNC,
    sqlite3.SQLITE_IOERR_DIR_FSYNC,
    sqlite3.SQLITE_IOERR_TRUNCATE,
    sqlite3.SQLITE_IOERR_DELETE,
)
"""SQLite's codes for errors that only the file that is written can have."""


def main(arguments: Sequence[str]) -> int:
    """Back up a journal according to `arguments`; return the exit code."""
    parser = make_parser()
    given = parser.parse_args(arguments)
    output = parser.output()
    try:
        journal = journal_in(given.directory)
        problems = copy(journal, given.file, output, alone=given.alone)
        return output.close(1 if problems else 0)
    except JournalError as error:
        report_error(str(error))
    except OSError as error:
        report_error(f"{given.file} cannot be written: {error.strerror}.")
    return output.close(2)


def make_parser() -> Parser:
    """Return the parser of `netchat backup`."""
    parser = parser_for(
        "backup",
        "Copy a journal to FILE, while its server may run, and check the copy.",
        "0: the copy is whole; 1: the copy is as damaged as the journal; 2: there is no copy",
        code_if_lost=REPORT_LOST,
    )
    add_directory(parser)
    parser.add_argument(
        "file", metavar="FILE", type=Path, help="the file to create; it must not exist"
    )
    parser.add_argument(
        "--alone",
        action="store_true",
        help="take the copy out of its site: for a server alone, or servers that begin another log",
    )
    return parser


def copy(path: Path, target: Path, output: Output, *, alone: bool = False) -> int:
    """Copy the journal at `path` to the new file `target`; return how many problems it has.

    `target` is created complete, or not at all: then OSError or JournalError is raised. What
    `output` loses does not matter. If it is `alone`, the copy is of no site.
    """
    if os.path.lexists(target):
        raise JournalError(f"{target} exists already; give another FILE.")
    with _temporary_file(target) as temporary:
        with open_for_reading(path) as source, closing(sqlite3.connect(temporary)) as copied:
            _copy_all(source, copied, target, alone=alone)
        problems = report(temporary, target, output)
        _sync(temporary)
        os.rename(temporary, target)
    _sync(target.parent)
    return problems


def _copy_all(
    source: sqlite3.Connection, copied: sqlite3.Connection, target: Path, *, alone: bool
) -> None:
    """Copy `source` to `copied`, the file that becomes `target`; JournalError if that is full."""
    try:
        # In one step, so that the copy is a consistent snapshot while the server writes.
        source.backup(copied)
        if alone:
            leave_site(copied)
    except sqlite3.Error as error:
        if error.sqlite_errorcode not in _ERRORS_OF_TARGET:
            raise
        raise JournalError(
            f"{target} cannot be written: {error}; give a FILE on another disk."
        ) from error


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
