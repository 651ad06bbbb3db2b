"""A journal that is taken out of its site."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from netchat.journal.sqlite.leaving import leave_site
from tests.support.journals import JournalFile, line
from tests.support.log_places import delete, forget, places, take, told
from tests.support.private_lines import own_name

if TYPE_CHECKING:
    from pathlib import Path


def test_what_was_in_the_log_before_is_not_taken_for_what_is_in_another_one(
    tmp_path: Path,
) -> None:
    journal_file = JournalFile(tmp_path)
    ann = own_name(journal_file.open(), "Ann")
    take(journal_file.open(), 1, told("psst", ann), line("a"), line("b"))
    take(journal_file.open(), 2, line("c"), told("psst", ann))
    take(journal_file.open(), 3, delete(2))
    journal_file.close()
    with closing(sqlite3.connect(journal_file.path, isolation_level=None)) as connection:
        leave_site(connection)
    take(journal_file.open(), 1, told("hush", ann), line("d"))
    take(journal_file.open(), 2, delete(1, 3), forget("Ann"))
    assert places(journal_file.open()) == [(1, 0)]
    journal_file.close()
