"""A wall clock that jumps deletes no line because of its age."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netchat.admin.verify import report
from netchat.commandline.output import Output
from netchat.journal.sqlite.clock_check import DAY, ClockCheck, ClockReadings
from netchat.journal.sqlite.schema import CLOCK_VERSION, MIGRATIONS, prepare
from tests.support.journals import NOW, JournalFile, all_of, append, line, texts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from netchat.journal.sqlite.journal import SqliteJournal

MINUTE = 60


@pytest.fixture
def journal_file(tmp_path: Path) -> Iterator[JournalFile]:
    journal_file = JournalFile(tmp_path)
    yield journal_file
    journal_file.close()


def opened(journal_file: JournalFile, **settings: Any) -> SqliteJournal:
    """Return the journal, opened to keep lines for 30 days."""
    return journal_file.open(**{"keep_days": 30, **settings})


def say_for_days(journal_file: JournalFile, days: int) -> SqliteJournal:
    """Return the journal after a line was said on each of `days` days."""
    journal = opened(journal_file)
    for day in range(days):
        append(journal, line(f"day {day}", time=journal_file.clock.time))
        journal_file.clock.skip(DAY)
    return journal


@pytest.mark.parametrize("days", [16, 31, 400, 14 * 365, -31, -57 * 365])
@pytest.mark.parametrize("minutes", [1, 5, 24 * 60])
def test_a_clock_that_is_wrong_for_a_while_deletes_nothing(
    journal_file: JournalFile, days: int, minutes: int
) -> None:
    journal = say_for_days(journal_file, 20)
    clock = journal_file.clock
    clock.error = days * DAY
    clock.advance(minutes * MINUTE)
    (warning,) = clock.warnings
    assert f"jumped {'forward' if days > 0 else 'back'} by {abs(days)}.0 days" in warning
    assert "correct the clock" in warning
    assert "--clock trusted" in warning
    clock.error = 0
    clock.advance(5 * MINUTE)
    assert len(all_of(journal)) == 20
    assert clock.notes == [
        "The clock is right again: lines are deleted because of their age as before."
    ]
    assert len(clock.warnings) == 1


def test_old_lines_are_deleted_as_before_when_the_clock_is_right_again(
    journal_file: JournalFile,
) -> None:
    journal = say_for_days(journal_file, 20)
    clock = journal_file.clock
    clock.error = 400 * DAY
    clock.advance(MINUTE)
    clock.error = 0
    clock.advance(15 * DAY)
    assert texts(all_of(journal))[0] == "1-6"


@pytest.mark.parametrize("days", [16, 400, 14 * 365, -57 * 365])
def test_a_clock_that_is_wrong_at_a_start_deletes_nothing(
    journal_file: JournalFile, days: int
) -> None:
    say_for_days(journal_file, 20)
    clock = journal_file.clock
    for _ in range(3):
        journal_file.close()
        clock.error = days * DAY
        journal = opened(journal_file)
        clock.advance(5 * MINUTE)
        assert len(all_of(journal)) == 20
    journal_file.close()
    clock.error = 0
    journal = opened(journal_file)
    clock.advance(5 * MINUTE)
    assert len(all_of(journal)) == 20
    assert len(clock.warnings) == 1
    assert "right again" in clock.notes[-1]


@pytest.mark.parametrize("days", [16, 400, 14 * 365])
def test_a_journal_without_a_record_of_the_clock_is_dated_by_its_newest_line(
    journal_file: JournalFile, days: int
) -> None:
    journal = journal_file.open()
    for day in range(20):
        append(journal, line(f"day {day}", time=NOW + day * DAY))
    clock = journal_file.clock
    clock.advance(20 * DAY)
    journal_file.close()
    clock.error = days * DAY
    journal = opened(journal_file)
    clock.advance(5 * MINUTE)
    assert len(all_of(journal)) == 20
    assert len(clock.warnings) == 1


def test_a_server_that_was_stopped_for_a_week_deletes_old_lines_at_once(
    journal_file: JournalFile,
) -> None:
    say_for_days(journal_file, 28)
    journal_file.close()
    journal_file.clock.advance(7 * DAY)
    journal = opened(journal_file)
    journal_file.clock.advance(MINUTE)
    assert texts(all_of(journal))[0] == "1-6"
    assert journal_file.clock.warnings == []


def test_a_machine_that_sleeps_at_night_deletes_old_lines(journal_file: JournalFile) -> None:
    journal = opened(journal_file)
    clock = journal_file.clock
    for day in range(40):
        append(journal, line(f"day {day}", time=clock.now()))
        clock.advance(DAY / 2)
        clock.error += DAY / 2
    assert texts(all_of(journal))[0].startswith("1-")
    assert clock.warnings == []


def test_a_clock_that_stays_where_it_jumped_to_is_right_after_the_days_to_keep(
    journal_file: JournalFile,
) -> None:
    journal = say_for_days(journal_file, 20)
    clock = journal_file.clock
    clock.error = 100 * DAY
    clock.advance(29 * DAY)
    append(journal, line("new", time=clock.now()))
    assert len(all_of(journal)) == 21
    clock.advance(2 * DAY)
    assert texts(all_of(journal)) == ["1-20", "new"]
    assert "has not jumped for 30 days" in clock.notes[0]
    assert clock.notes[1].startswith("20 old lines deleted")


def test_a_trusted_clock_may_jump(journal_file: JournalFile) -> None:
    say_for_days(journal_file, 20)
    journal = opened(journal_file, trust_clock=True)
    journal_file.clock.error = 40 * DAY
    journal_file.clock.advance(2 * MINUTE)
    assert all_of(journal)[0].last == 20
    assert journal_file.clock.warnings == []


def test_the_newest_lines_are_counted_even_while_the_clock_is_wrong(
    journal_file: JournalFile,
) -> None:
    journal = opened(journal_file, keep_lines=3)
    append(journal, *map(line, "abc"))
    journal_file.clock.advance(MINUTE)
    journal_file.clock.error = 400 * DAY
    append(journal, line("d"))
    journal_file.clock.advance(MINUTE)
    assert texts(all_of(journal)) == ["1-1", "b", "c", "d"]


def test_a_line_that_a_wrong_clock_dated_in_the_future_does_not_keep_those_after_it(
    journal_file: JournalFile,
) -> None:
    journal = opened(journal_file)
    clock = journal_file.clock
    append(journal, line("a", time=NOW), line("wrong", time=NOW + 5000 * DAY))
    append(journal, line("b", time=NOW + DAY), line("wrong", time=NOW + 5000 * DAY))
    clock.advance(31 * DAY - MINUTE)
    assert texts(all_of(journal)) == ["1-1", "wrong", "b", "wrong"]
    clock.advance(5 * MINUTE)
    assert texts(all_of(journal)) == ["1-3", "wrong"]
    assert [note.partition(" (")[0] for note in clock.notes] == [
        "1 old line deleted",
        "2 old lines deleted",
    ]


def test_what_is_deleted_is_logged(journal_file: JournalFile) -> None:
    journal = opened(journal_file, keep_lines=300)
    append(journal, *[line("x")] * 1500, *[line("y", "dev")] * 301)
    journal_file.clock.advance(2 * MINUTE)
    assert journal_file.clock.notes == [
        "1201 old lines deleted (--keep-days 30, --keep-lines 300): 1200 of lobby, 1 of dev."
    ]


def test_one_deleted_line_is_logged_in_the_singular_and_many_rooms_are_counted(
    journal_file: JournalFile,
) -> None:
    journal = journal_file.open(keep_lines=1)
    append(journal, line("a"), line("b"))
    journal_file.clock.advance(2 * MINUTE)
    append(journal, *[line("x", f"room{number}") for number in range(12) for _ in range(2)])
    journal_file.clock.advance(2 * MINUTE)
    first, second = journal_file.clock.notes
    assert first == "1 old line deleted (--keep-lines 1): 1 of lobby."
    assert second.endswith("1 of room9, the rest of 2 more rooms.")


def test_a_damaged_record_of_the_clock_is_found_and_replaced(journal_file: JournalFile) -> None:
    say_for_days(journal_file, 20)
    journal_file.change("UPDATE clock SET seen = seen + 1")
    assert report(journal_file.path, journal_file.path, Output()) == 1
    journal_file.clock.error = 400 * DAY
    journal = opened(journal_file)
    journal_file.clock.advance(MINUTE)
    assert len(all_of(journal)) == 20
    journal_file.close()
    assert report(journal_file.path, journal_file.path, Output()) == 0


def test_an_older_journal_gets_a_place_for_the_record(journal_file: JournalFile) -> None:
    prepare(journal_file.path, MIGRATIONS[: CLOCK_VERSION - 1])
    opened(journal_file)
    journal_file.clock.advance(MINUTE)
    journal_file.close()
    with closing(sqlite3.connect(journal_file.path)) as connection:
        assert connection.execute("SELECT count(*) FROM clock").fetchone() == (1,)


steps = st.lists(st.tuples(st.floats(0, 10 * DAY), st.floats(-9000 * DAY, 9000 * DAY)), max_size=20)


@given(steps, st.floats(0.01, 1000))
def test_no_jump_is_trusted_before_it_has_lasted_for_the_days_to_keep(
    moves: list[tuple[float, float]], days: float
) -> None:
    passed, keep = 0.0, days * DAY
    tolerance = min(keep / 2, DAY) + 1e-3

    def ignore(_: str) -> None:
        pass

    check = ClockCheck(
        ClockReadings(NOW, NOW), keep, seconds=lambda: passed, warn=ignore, inform=ignore
    )
    assert check.is_right(NOW)
    for seconds, error in moves:
        passed += seconds
        now, before = NOW + passed + error, check.readings
        if check.is_right(now) and abs(now - before.right - seconds) > tolerance:
            assert abs(now - before.seen - seconds) <= tolerance
            assert before.jumped
            assert now - before.jumped >= keep
