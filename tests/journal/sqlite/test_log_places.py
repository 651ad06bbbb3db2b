"""The places of lines in the log of a site, in the file."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from netchat.journal.sqlite.schema import MIGRATIONS, prepare
from netchat.model.events import Said
from tests.support.journals import JournalFile, all_of, append, line, texts
from tests.support.log_places import delete, forget, places, take, told
from tests.support.private_lines import box_of, own_name, read_private

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TABLES = ("log_lines", "log_private", "log_erasures")
BEFORE = MIGRATIONS[:6]
"""Those up to the version that had no site."""


@pytest.fixture
def journal_file(tmp_path: Path) -> Iterator[JournalFile]:
    made = JournalFile(tmp_path)
    yield made
    made.close()


def test_places_survive_a_restart(journal_file: JournalFile) -> None:
    ann = own_name(journal_file.open(), "Ann")
    take(journal_file.open(), 1, line("a"), told("psst", ann), line("b", nonce="n"))
    take(journal_file.open(), 2, line("b", nonce="n"))
    take(journal_file.open(), 3, delete(2), forget("Ann"))
    assert places(journal_file.open()) == [(1, 1), (1, 2), (2, 0)]


@pytest.mark.parametrize("table", TABLES)
def test_a_damaged_row_leads_to_no_other_place(journal_file: JournalFile, table: str) -> None:
    ann = own_name(journal_file.open(), "Ann")
    take(journal_file.open(), 1, line("a"), told("psst", ann))
    take(journal_file.open(), 2, line("b"), told("psst", ann))
    if table == "log_erasures":
        take(journal_file.open(), 3, delete(1, 2), forget("Ann"))
    journal_file.change(f"UPDATE {table} SET position = 9 WHERE position = 1")
    if table != "log_erasures":
        take(journal_file.open(), 3, delete(1, 2), forget("Ann"))
    found = {(1, 0), (1, 1), (2, 0), (2, 1)}
    lost = {"log_lines": {(1, 0)}, "log_private": {(1, 1)}, "log_erasures": {(1, 0), (1, 1)}}
    assert {*places(journal_file.open())} == found - lost[table]


def test_a_server_alone_has_no_rows(journal_file: JournalFile) -> None:
    journal = journal_file.open()
    ann = own_name(journal, "Ann")
    append(journal, line("a"), told("psst", ann))
    append(journal, delete(1), forget("Ann"))
    journal_file.close()
    with closing(sqlite3.connect(journal_file.path)) as connection:
        for table in TABLES:
            assert connection.execute(f"SELECT * FROM {table}").fetchall() == []


def test_a_journal_from_before_sites_is_migrated_and_then_knows_places(
    journal_file: JournalFile,
) -> None:
    journal = journal_file.open()
    ann = own_name(journal, "Ann")
    append(journal, line("before", nonce="n"), told("psst", ann))
    id = journal.id
    for table in TABLES:
        journal_file.change(f"DROP TABLE {table}")
    journal_file.change(f"PRAGMA user_version = {len(BEFORE)}")
    journal = journal_file.open()
    assert journal.id == id
    assert texts(all_of(journal)) == ["before"]
    assert box_of(read_private(journal, ann)) == [(1, "psst", True)]
    (again, new, _) = take(journal, 1, line("before", nonce="n"), line("new"), told("psst", ann))
    assert getattr(again, "said", None) is not None
    assert isinstance(new, Said)
    take(journal, 2, delete(1, new.id), forget("Ann"))
    assert places(journal) == [(1, 0), (1, 1), (1, 2)]
    assert journal_file.clock.warnings == []


def test_an_empty_journal_from_before_sites_is_migrated(journal_file: JournalFile) -> None:
    prepare(journal_file.path, BEFORE)
    take(journal_file.open(), 1, line("a"))
    take(journal_file.open(), 2, delete(1))
    assert places(journal_file.open()) == [(1, 0)]
