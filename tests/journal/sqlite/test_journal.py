"""The journal on SQLite: what it keeps over a restart, and when it commits."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from netchat.journal.interface import KnownRoom, Span, UnreadableError
from netchat.journal.sqlite.journal import TOGETHER
from netchat.journal.sqlite.wal import LARGE as LARGE_LOG
from netchat.model.events import Event, Joined, Left, Refused, Repeated, Said, TopicSet
from tests.support.checkout import CHECKOUT
from tests.support.journals import HeldLane, Shelf, all_of, append, ask, close, line, texts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    shelf = Shelf(tmp_path)
    yield shelf
    shelf.close()


def test_what_was_said_is_there_after_a_restart(shelf: Shelf) -> None:
    said = Said("lobby", "Zoë", "grüezi \U0001f600", 1_800_000_000.123, action=True)
    append(shelf.open(), said, line("x", "dev"))
    assert all_of(shelf.open()) == [
        Said("lobby", "Zoë", "grüezi \U0001f600", 1_800_000_000.123, action=True, id=1)
    ]


def test_the_counting_goes_on_after_a_restart(shelf: Shelf) -> None:
    append(shelf.open(), line("a"), line("b"), line("x", "Dev"))
    joined = Joined("lobby", ("A",))
    settled = append(shelf.open(), joined, line("c"))
    assert [event.last for event in settled if isinstance(event, Joined | Said)] == [2, 3]


def test_a_restart_tells_names_topics_and_last_ids(shelf: Shelf) -> None:
    append(shelf.open(), TopicSet("dev", "ships", "Bob"), line("a"), line("b"), line("x", "Dev"))
    shelf.close()
    journal = shelf.open()
    close(journal)
    assert list(journal.open()) == [
        KnownRoom("dev", "ships", 0),
        KnownRoom("lobby", "", 2),
        KnownRoom("Dev", "", 1),
    ]


def test_a_nonce_is_known_a_restart_and_a_day_later(shelf: Shelf) -> None:
    (first,) = append(shelf.open(), line("a", nonce="n"))
    shelf.hands.time += 86_400
    journal = shelf.open()
    assert append(journal, line("a", nonce="n", time=shelf.hands.time)) == [Repeated(first)]  # type: ignore[arg-type]
    (other,) = append(journal, line("b", nonce="n"))
    assert isinstance(other, Refused)
    assert len(all_of(journal)) == 1


def test_many_nonces_in_one_batch_are_all_known_again(shelf: Shelf) -> None:
    lines = [line(f"line {n}", nonce=f"n{n}") for n in range(150)]
    first = append(shelf.open(), *lines)
    assert append(shelf.open(), *lines) == [Repeated(said) for said in first]  # type: ignore[arg-type]


def test_one_commit_is_under_way_and_what_comes_meanwhile_goes_into_the_next(shelf: Shelf) -> None:
    lane = HeldLane()
    journal = shelf.open(write=lane)
    lane.go_on()
    order: list[tuple[str, int]] = []
    for text in "abcd":
        journal.append([line(text)], lambda events: order.extend((x.text, x.id) for x in events))  # type: ignore[attr-defined]
    assert (len(lane.held), order) == (1, [])
    lane.go_on()
    assert (len(lane.held), order) == (1, [])
    lane.go_on()
    assert (len(lane.held), order) == (0, [("a", 1), ("b", 2), ("c", 3), ("d", 4)])
    lane.held = []
    _close_held(shelf, lane)


def test_what_is_stored_does_not_wait_long_for_what_is_stored_next(shelf: Shelf) -> None:
    lane = HeldLane()
    journal = shelf.open(write=lane)
    lane.go_on()
    heard: list[Event] = []
    for text in "abc":
        journal.append([line(text)], heard.extend)
    lane.go_on()
    assert heard == []
    shelf.hands.move(TOGETHER)
    assert [said.text for said in heard if isinstance(said, Said)] == ["a"]
    lane.go_on()
    assert [said.text for said in heard if isinstance(said, Said)] == ["a", "b", "c"]
    _close_held(shelf, lane)


def test_of_transactions_without_a_break_two_at_a_time_are_heard_together(shelf: Shelf) -> None:
    lane = HeldLane()
    journal = shelf.open(write=lane)
    lane.go_on()
    heard: list[Event] = []
    journal.append([line("a")], heard.extend)
    journal.append([line("b")], heard.extend)
    lane.go_on()
    journal.append([line("c")], heard.extend)
    assert heard == []
    lane.go_on()
    assert [said.text for said in heard if isinstance(said, Said)] == ["a", "b"]
    _close_held(shelf, lane)


def test_nobody_hears_a_line_before_it_is_committed(shelf: Shelf) -> None:
    lane = HeldLane()
    journal = shelf.open(write=lane)
    lane.go_on()
    heard: list[Event] = []
    journal.append([line("a")], heard.extend)
    assert (heard, all_of(journal)) == ([], [])
    lane.go_on()
    assert texts(all_of(journal)) == ["a"]
    assert len(heard) == 1
    _close_held(shelf, lane)


def test_who_comes_while_a_line_is_committed_waits_for_his_turn(shelf: Shelf) -> None:
    lane = HeldLane()
    journal = shelf.open(write=lane)
    lane.go_on()
    heard: list[Event] = []
    journal.append([Left("lobby", ("A",))], heard.extend)
    assert heard == [Left("lobby", ("A",))]
    journal.append([line("a")], heard.extend)
    journal.append([Joined("lobby", ("A",))], heard.extend)
    assert len(heard) == 1
    lane.go_on()
    lane.go_on()
    assert heard[2] == Joined("lobby", ("A",), last=1)
    journal.append([Joined("lobby", ("B",))], heard.extend)
    assert heard[3] == Joined("lobby", ("B",), last=1)
    _close_held(shelf, lane)


def test_a_line_said_again_behind_one_that_is_not_committed_is_the_same_line(shelf: Shelf) -> None:
    lane = HeldLane()
    journal = shelf.open(write=lane)
    lane.go_on()
    heard: list[Event] = []
    for _ in range(3):
        journal.append([line("a", nonce="n")], heard.extend)
    lane.go_on()
    lane.go_on()
    said = heard[0]
    assert heard[1:] == [Repeated(said), Repeated(said)]  # type: ignore[arg-type]
    _close_held(shelf, lane)


def test_a_bug_in_hearing_one_batch_costs_no_other(shelf: Shelf) -> None:
    lane = HeldLane()
    journal = shelf.open(write=lane)
    lane.go_on()
    heard: list[Event] = []

    def bug(events: Sequence[Event]) -> None:
        raise ZeroDivisionError

    journal.append([line("first")], heard.extend)
    calls: list[Callable[[Sequence[Event]], object]] = [bug, heard.extend]
    for call in calls:
        journal.append([line("x")], call)  # type: ignore[arg-type]
    lane.go_on()
    with pytest.raises(ZeroDivisionError):
        lane.go_on()
    assert [x.id for x in heard if isinstance(x, Said)] == [1, 3]
    append_later: list[Event] = []
    journal.append([line("y")], append_later.extend)
    lane.go_on()
    assert len(append_later) == 1
    _close_held(shelf, lane)


def test_closing_settles_what_was_appended_before(shelf: Shelf) -> None:
    lane = HeldLane()
    journal = shelf.open(write=lane)
    lane.go_on()
    heard: list[object] = []
    journal.append([line("a")], heard.extend)
    journal.append([line("b")], heard.extend)
    journal.close(lambda: heard.append("closed"))
    lane.finish()
    shelf.journal = None
    assert [getattr(x, "text", x) for x in heard] == ["a", "b", "closed"]
    assert texts(all_of(shelf.open())) == ["a", "b"]


def test_a_closed_journal_stores_and_reads_nothing(shelf: Shelf) -> None:
    journal = shelf.open()
    append(journal, line("a"))
    shelf.close()
    (refused,) = append(journal, line("b"))
    assert isinstance(refused, Refused)
    found: list[object] = []
    journal.read("lobby", Span(0, 9, 9), found.append)
    assert isinstance(found[0], UnreadableError)


def test_closing_leaves_one_file(shelf: Shelf) -> None:
    append(shelf.open(), line("a"))
    assert sorted(os.listdir(shelf.directory))[0] == "journal.sqlite"
    shelf.close()
    assert os.listdir(shelf.directory) == ["journal.sqlite"]


def test_a_server_that_was_killed_has_lost_nothing(shelf: Shelf) -> None:
    code = f"""if True:
        import os, signal, sys
        sys.path.insert(0, {str(CHECKOUT)!r})
        from pathlib import Path
        from tests.support.journals import Shelf, append, line
        journal = Shelf(Path({str(shelf.directory)!r})).open()
        for n in range(300):
            append(journal, line(f"line {{n}}"))
        os.kill(os.getpid(), signal.SIGKILL)
    """
    killed = subprocess.run([sys.executable, "-c", code], check=False, timeout=60)
    assert killed.returncode == -signal.SIGKILL
    assert texts(all_of(shelf.open())) == [f"line {n}" for n in range(300)]


def test_words_are_found_whether_they_are_in_the_index_or_not(shelf: Shelf) -> None:
    journal = shelf.open()
    for start in range(0, 1500, 100):
        append(
            journal,
            *(
                line(f"line n{n} {'even' if n % 2 else 'odd'}")
                for n in range(start + 1, start + 101)
            ),
        )
    for _ in range(2):
        for n in (1, 700, 1500):
            assert [x.last for x in ask(journal, Span(0, 1500, 5), words=f"N{n}").lines] == [n]
        for newest in (False, True):
            found = [x.last for x in ask(journal, Span(90, 1400, 500, newest), words="even").lines]
            assert found == ([*range(91, 1091, 2)] if not newest else [*range(401, 1401, 2)])
        journal = shelf.open()


def test_a_search_for_as_many_words_as_a_line_can_have_finds_it(shelf: Shelf) -> None:
    journal = shelf.open()
    text = " ".join(f"w{n}" for n in range(2500))
    for _ in range(3):
        append(journal, *[line("x")] * 200)
    append(journal, line(text), *[line("x")] * 600)
    assert [x.last for x in ask(journal, Span(0, 2000, 5), words=text).lines] == [601]
    assert not ask(journal, Span(0, 2000, 5), words=text + " other").lines


def test_the_index_does_not_fall_behind_for_ever(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("netchat.journal.sqlite.journal.FAR_BEHIND", 1000)
    lane = HeldLane()
    journal = shelf.open(write=lane)
    lane.go_on()
    heard: list[Event] = []
    behind = []
    for batches in range(1, 11):
        journal.append([line("x")] * 1500, heard.extend)
        while len(heard) < batches * 1500:
            lane.go_on()
        behind.append(journal._index.behind)
    assert max(behind) <= 1000 + 1500
    journal.append([line("last")], heard.extend)
    _close_held(shelf, lane)
    assert [said.id for said in heard if isinstance(said, Said)] == [*range(1, 15_002)]


def test_the_log_shrinks_again_when_a_program_that_was_reading_all_the_time_has_ended(
    shelf: Shelf,
) -> None:
    journal = shelf.open()
    append(journal, line("a"))
    log = shelf.path.with_name("journal.sqlite-wal")
    much = [line("x" * 4000)] * 1000
    for times in (1, 2):
        with closing(sqlite3.connect(shelf.path, isolation_level=None)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM lines").fetchone()
            while log.stat().st_size < LARGE_LOG:
                append(journal, *much)
            told = [told for told in shelf.hands.told if "goes on reading" in told]
            assert len(told) == times
        for _ in range(3):
            append(journal, *much)
        assert log.stat().st_size < LARGE_LOG / 2


def _close_held(shelf: Shelf, lane: HeldLane) -> None:
    assert shelf.journal is not None
    close(shelf.journal, lane)
    shelf.journal = None
