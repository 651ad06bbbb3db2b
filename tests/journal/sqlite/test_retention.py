"""Retention: the oldest lines are deleted, the ids go on, and no damaged line is deleted."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from netchat.journal.interface import Span
from netchat.journal.sqlite.journal import TRIM_INTERVAL
from netchat.journal.sqlite.maintenance import IDLE_AFTER, TASK_INTERVAL
from netchat.journal.sqlite.search_index import MIN_BATCH
from netchat.model.events import Event, Gap, Repeated
from tests.support.journals import (
    EVERYTHING,
    NOW,
    HeldWorker,
    JournalFile,
    all_of,
    append,
    ask,
    close,
    line,
    texts,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DAY = 86_400


@pytest.fixture
def journal_file(tmp_path: Path) -> Iterator[JournalFile]:
    journal_file = JournalFile(tmp_path)
    yield journal_file
    journal_file.close()


def stored(journal_file: JournalFile) -> int:
    with closing(sqlite3.connect(journal_file.path)) as connection:
        (count,) = connection.execute("SELECT count(*) FROM lines").fetchone()
    return int(count)


def test_the_newest_lines_of_each_room_are_kept(journal_file: JournalFile) -> None:
    journal = journal_file.open(keep_lines=3)
    append(journal, *map(line, "abcdef"), line("x", "dev"), line("y", "dev"))
    journal_file.clock.advance(60)
    assert all_of(journal)[0] == Gap("lobby", 1, 3)
    assert texts(all_of(journal)) == ["1-3", "d", "e", "f"]
    assert texts(all_of(journal, "dev")) == ["x", "y"]
    assert stored(journal_file) == 5


def test_a_deletion_is_reported_once_with_its_reason_and_the_number_of_lines_by_room(
    journal_file: JournalFile,
) -> None:
    journal = journal_file.open(keep_lines=2, keep_days=30)
    append(journal, *map(line, "abcde"), *(line(text, "dev") for text in "xyz"))
    journal_file.clock.advance(60)
    assert journal_file.clock.notes == [
        "4 old lines deleted (--keep-days 30, --keep-lines 2): 3 of lobby, 1 of dev."
    ]
    journal_file.clock.advance(600)
    assert len(journal_file.clock.notes) == 1


def test_a_deletion_that_takes_many_transactions_is_reported_once(
    journal_file: JournalFile,
) -> None:
    journal = journal_file.open(keep_lines=1)
    append(journal, *(line(str(number)) for number in range(1301)))
    journal_file.clock.advance(120)
    (report,) = journal_file.clock.notes
    assert report == "1300 old lines deleted (--keep-lines 1): 1300 of lobby."


def test_a_report_names_the_rooms_with_the_most_lines_and_counts_the_others(
    journal_file: JournalFile,
) -> None:
    journal = journal_file.open(keep_lines=1)
    append(journal, *(line(text, f"room{number}") for number in range(25) for text in "abc"))
    journal_file.clock.advance(60)
    (report,) = journal_file.clock.notes
    assert report.startswith("50 old lines deleted (--keep-lines 1): 2 of room0, ")
    assert report.endswith(", the rest of 15 more rooms.")


def test_lines_are_deleted_after_some_days(journal_file: JournalFile) -> None:
    journal = journal_file.open(keep_days=2)
    for day in range(4):
        append(journal, line(f"day {day}", time=NOW + day * DAY))
        journal_file.clock.advance(NOW + day * DAY - journal_file.clock.time)
    assert texts(all_of(journal))[-3:] == ["day 1", "day 2", "day 3"]
    journal_file.clock.advance(DAY)
    assert texts(all_of(journal)) == ["1-2", "day 2", "day 3"]
    journal_file.clock.advance(10 * DAY)
    assert all_of(journal) == [Gap("lobby", 1, 4)]
    assert stored(journal_file) == 0


def test_a_line_stays_while_an_older_id_has_a_newer_time(
    journal_file: JournalFile,
) -> None:
    journal = journal_file.open(keep_days=1)
    append(journal, line("a", time=NOW), line("b", time=NOW - 9 * DAY), line("c", time=NOW))
    journal_file.clock.advance(120)
    assert texts(all_of(journal)) == ["a", "b", "c"]


def test_the_ids_go_on_after_a_restart_even_if_all_lines_are_deleted(
    journal_file: JournalFile,
) -> None:
    append(journal_file.open(keep_days=1), *map(line, "abc"))
    journal_file.clock.advance(3 * DAY)
    assert texts(all_of(journal_file.open(keep_days=1))) == ["1-3"]
    assert append(journal_file.open(), line("d"))[0].id == 4  # type: ignore[attr-defined]


def test_a_deleted_line_is_no_longer_found_and_its_nonce_is_still_known(
    journal_file: JournalFile,
) -> None:
    journal = journal_file.open(keep_lines=300)
    (first, *_) = append(journal, line("apple", nonce="n"), *map(line, ["apple"] * 700))
    journal_file.clock.advance(60)
    found = ask(journal, Span(0, EVERYTHING, 1000), words="apple")
    assert [x.last for x in found.lines] == [*range(402, 702)]
    assert append(journal, line("apple", nonce="n")) == [Repeated(first)]  # type: ignore[arg-type]
    with closing(sqlite3.connect(journal_file.path)) as connection:
        query = "SELECT count(*) FROM words WHERE words MATCH 'apple'"
        assert connection.execute(query).fetchone()[0] <= 300


def test_the_newest_page_begins_with_the_oldest_stored_line(journal_file: JournalFile) -> None:
    journal = journal_file.open(keep_lines=3)
    append(journal, *map(line, "abcdef"))
    journal_file.clock.advance(60)
    page = ask(journal, Span(0, 6, 9, newest=True))
    assert (texts(page.lines), page.more) == (["d", "e", "f"], False)
    assert ask(journal, Span(0, 3, 9, newest=True)).lines == (Gap("lobby", 1, 3),)
    assert ask(journal, Span(1, 2, 9)).lines == (Gap("lobby", 2, 2),)
    page = ask(journal, Span(0, 6, 1))
    assert (page.lines, page.more) == ((Gap("lobby", 1, 3),), True)


def test_lines_are_deleted_in_small_batches_between_stores(
    journal_file: JournalFile,
) -> None:
    append(journal_file.open(), *[line("x")] * 1700)
    worker = HeldWorker()
    journal_file.close()
    journal = journal_file.open(write=worker, keep_lines=100)
    results: list[Event] = []
    counts: list[int] = []
    while worker.held:
        if len(counts) == 2:
            journal.append([line("y")], results.extend)
        worker.run_next()
        journal_file.clock.advance(0.1)
        counts.append(stored(journal_file))
        if len(counts) == 4:
            assert results
    assert counts[-1] == 101 or counts[-1] == 100
    assert max(a - b for a, b in pairwise(counts)) <= 500
    close(journal, worker)
    journal_file.journal = None


def test_under_steady_load_old_lines_are_deleted_and_words_are_indexed(
    journal_file: JournalFile,
) -> None:
    journal = journal_file.open(keep_lines=100)
    journal_file.clock.advance(TRIM_INTERVAL - 1)
    append(journal, *[line("x")] * 2_000)
    for _ in range(150):
        append(journal, line("y"))
        journal_file.clock.advance(IDLE_AFTER * 0.8)
    assert stored(journal_file) <= 100 + 150
    with closing(sqlite3.connect(journal_file.path)) as connection:
        ((behind,),) = connection.execute("SELECT last - indexed FROM rooms")
    assert behind < MIN_BATCH


def test_lines_sent_during_a_backlog_of_maintenance_wait_for_single_parts_only(
    journal_file: JournalFile,
) -> None:
    worker = HeldWorker()
    append(journal_file.open(), *[line("x")] * 3_000)
    journal_file.close()
    journal = journal_file.open(write=worker, keep_lines=100)
    worker.run_next()
    results: list[Event] = []
    for _ in range(100):
        journal.append([line("y")], results.extend)
        journal_file.clock.advance(TASK_INTERVAL / 10)
        worker.run_next()
    assert len(results) >= 85
    worker.run_all()
    assert len(results) == 100
    close(journal, worker)
    journal_file.journal = None


def test_a_closed_journal_runs_no_maintenance(
    journal_file: JournalFile,
) -> None:
    journal = journal_file.open(keep_lines=1)
    journal_file.clock.advance(TRIM_INTERVAL - IDLE_AFTER / 4)
    append(journal, *[line("x")] * 1_000)
    journal_file.clock.advance(IDLE_AFTER / 2)
    journal_file.close()
    before = stored(journal_file)
    journal_file.clock.advance(3 * TRIM_INTERVAL)
    assert stored(journal_file) == before
    assert journal_file.clock.warnings == []


def test_without_limits_nothing_is_deleted(journal_file: JournalFile) -> None:
    journal = journal_file.open()
    append(journal, line("a", time=1.0))
    journal_file.clock.advance(1000 * DAY)
    assert texts(all_of(journal)) == ["a"]


def test_a_damaged_line_and_those_after_it_are_not_deleted(journal_file: JournalFile) -> None:
    append(journal_file.open(), *map(line, "abcdefgh"))
    journal_file.change("UPDATE lines SET text = 'C' WHERE text = 'c'")
    journal = journal_file.open(keep_lines=2)
    journal_file.clock.advance(300)
    assert texts(all_of(journal)) == ["1-2", "3-3", "d", "e", "f", "g", "h"]
    warnings = [
        warning for warning in journal_file.clock.warnings if "until its row is deleted" in warning
    ]
    assert len(warnings) == 1
    assert "Line 3 of lobby" in warnings[0]
    journal_file.change("DELETE FROM lines WHERE text = 'C'")
    journal = journal_file.open(keep_lines=2)
    assert texts(all_of(journal)) == ["1-6", "g", "h"]
