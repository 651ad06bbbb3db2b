"""The journal on SQLite: what survives a restart, and when lines are committed."""

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
from netchat.journal.sqlite.delivery import SETTLE_DELAY
from netchat.journal.sqlite.wal import MAX_LOG_BYTES
from netchat.model.events import Event, Joined, Left, Refused, Repeated, Said, TopicSet
from tests.support.checkout import CHECKOUT
from tests.support.journals import HeldWorker, JournalFile, all_of, append, ask, close, line, texts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path


@pytest.fixture
def journal_file(tmp_path: Path) -> Iterator[JournalFile]:
    journal_file = JournalFile(tmp_path)
    yield journal_file
    journal_file.close()


def test_lines_survive_a_restart(journal_file: JournalFile) -> None:
    said = Said("lobby", "Zoë", "grüezi \U0001f600", 1_800_000_000.123, action=True)
    append(journal_file.open(), said, line("x", "dev"))
    assert all_of(journal_file.open()) == [
        Said("lobby", "Zoë", "grüezi \U0001f600", 1_800_000_000.123, action=True, id=1)
    ]


def test_ids_go_on_after_a_restart(journal_file: JournalFile) -> None:
    append(journal_file.open(), line("a"), line("b"), line("x", "Dev"))
    (said,) = append(journal_file.open(), line("c"))
    assert isinstance(said, Said)
    assert said.id == 3


def test_a_restarted_journal_has_the_names_topics_and_last_ids_of_its_rooms(
    journal_file: JournalFile,
) -> None:
    append(
        journal_file.open(), TopicSet("dev", "ships", "Bob"), line("a"), line("b"), line("x", "Dev")
    )
    journal_file.close()
    journal = journal_file.open()
    close(journal)
    assert list(journal.open()) == [
        KnownRoom("dev", "ships", 0),
        KnownRoom("lobby", "", 2),
        KnownRoom("Dev", "", 1),
    ]


def test_a_nonce_is_recognised_after_a_restart_and_a_day(journal_file: JournalFile) -> None:
    (first,) = append(journal_file.open(), line("a", nonce="n"))
    journal_file.clock.time += 86_400
    journal = journal_file.open()
    assert append(journal, line("a", nonce="n", time=journal_file.clock.time)) == [Repeated(first)]  # type: ignore[arg-type]
    (other,) = append(journal, line("b", nonce="n"))
    assert isinstance(other, Refused)
    assert len(all_of(journal)) == 1


def test_many_nonces_in_one_batch_are_all_recognised(journal_file: JournalFile) -> None:
    lines = [line(f"line {n}", nonce=f"n{n}") for n in range(150)]
    first = append(journal_file.open(), *lines)
    assert append(journal_file.open(), *lines) == [Repeated(said) for said in first]  # type: ignore[arg-type]


def test_batches_appended_during_a_commit_share_the_next_one(
    journal_file: JournalFile,
) -> None:
    worker = HeldWorker()
    journal = journal_file.open(write=worker)
    worker.run_next()
    order: list[tuple[str, int]] = []
    for text in "abcd":
        journal.append([line(text)], lambda events: order.extend((x.text, x.id) for x in events))  # type: ignore[attr-defined]
    assert (len(worker.held), order) == (1, [])
    worker.run_next()
    assert (len(worker.held), order) == (1, [])
    worker.run_next()
    assert (len(worker.held), order) == (0, [("a", 1), ("b", 2), ("c", 3), ("d", 4)])
    worker.held = []
    _close_held(journal_file, worker)


def test_stored_lines_wait_only_briefly_for_the_next_transaction(
    journal_file: JournalFile,
) -> None:
    worker = HeldWorker()
    journal = journal_file.open(write=worker)
    worker.run_next()
    results: list[Event] = []
    for text in "abc":
        journal.append([line(text)], results.extend)
    worker.run_next()
    assert results == []
    journal_file.clock.advance(SETTLE_DELAY)
    assert [said.text for said in results if isinstance(said, Said)] == ["a"]
    worker.run_next()
    assert [said.text for said in results if isinstance(said, Said)] == ["a", "b", "c"]
    _close_held(journal_file, worker)


def test_under_steady_load_the_results_of_two_transactions_settle_together(
    journal_file: JournalFile,
) -> None:
    worker = HeldWorker()
    journal = journal_file.open(write=worker)
    worker.run_next()
    results: list[Event] = []
    journal.append([line("a")], results.extend)
    journal.append([line("b")], results.extend)
    worker.run_next()
    journal.append([line("c")], results.extend)
    assert results == []
    worker.run_next()
    assert [said.text for said in results if isinstance(said, Said)] == ["a", "b"]
    _close_held(journal_file, worker)


def test_no_line_settles_before_it_is_committed(journal_file: JournalFile) -> None:
    worker = HeldWorker()
    journal = journal_file.open(write=worker)
    worker.run_next()
    results: list[Event] = []
    journal.append([line("a")], results.extend)
    assert (results, all_of(journal)) == ([], [])
    worker.run_next()
    assert texts(all_of(journal)) == ["a"]
    assert len(results) == 1
    _close_held(journal_file, worker)


def test_a_join_appended_during_a_commit_settles_after_it(journal_file: JournalFile) -> None:
    worker = HeldWorker()
    journal = journal_file.open(write=worker)
    worker.run_next()
    results: list[Event] = []
    journal.append([Left("lobby", ("A",))], results.extend)
    assert results == [Left("lobby", ("A",))]
    journal.append([line("a")], results.extend)
    journal.append([Joined("lobby", ("A",))], results.extend)
    assert len(results) == 1
    worker.run_next()
    worker.run_next()
    assert results[2] == Joined("lobby", ("A",))
    journal.append([Joined("lobby", ("B",))], results.extend)
    assert results[3] == Joined("lobby", ("B",))
    _close_held(journal_file, worker)


def test_a_repeat_of_a_line_that_is_not_committed_yet_is_recognised(
    journal_file: JournalFile,
) -> None:
    worker = HeldWorker()
    journal = journal_file.open(write=worker)
    worker.run_next()
    results: list[Event] = []
    for _ in range(3):
        journal.append([line("a", nonce="n")], results.extend)
    worker.run_next()
    worker.run_next()
    said = results[0]
    assert results[1:] == [Repeated(said), Repeated(said)]  # type: ignore[arg-type]
    _close_held(journal_file, worker)


def test_an_exception_in_the_callback_of_one_batch_affects_no_other_batch(
    journal_file: JournalFile,
) -> None:
    worker = HeldWorker()
    journal = journal_file.open(write=worker)
    worker.run_next()
    results: list[Event] = []

    def fail(events: Sequence[Event]) -> None:
        raise ZeroDivisionError

    journal.append([line("first")], results.extend)
    calls: list[Callable[[Sequence[Event]], object]] = [fail, results.extend]
    for call in calls:
        journal.append([line("x")], call)  # type: ignore[arg-type]
    worker.run_next()
    with pytest.raises(ZeroDivisionError):
        worker.run_next()
    assert [x.id for x in results if isinstance(x, Said)] == [1, 3]
    append_later: list[Event] = []
    journal.append([line("y")], append_later.extend)
    worker.run_next()
    assert len(append_later) == 1
    _close_held(journal_file, worker)


def test_closing_settles_the_batches_appended_before(journal_file: JournalFile) -> None:
    worker = HeldWorker()
    journal = journal_file.open(write=worker)
    worker.run_next()
    results: list[object] = []
    journal.append([line("a")], results.extend)
    journal.append([line("b")], results.extend)
    journal.close(lambda: results.append("closed"))
    worker.run_all()
    journal_file.journal = None
    assert [getattr(x, "text", x) for x in results] == ["a", "b", "closed"]
    assert texts(all_of(journal_file.open())) == ["a", "b"]


def test_a_closed_journal_stores_and_reads_nothing(journal_file: JournalFile) -> None:
    journal = journal_file.open()
    append(journal, line("a"))
    journal_file.close()
    (refused,) = append(journal, line("b"))
    assert isinstance(refused, Refused)
    found: list[object] = []
    journal.read("lobby", Span(0, 9, 9), found.append)
    assert isinstance(found[0], UnreadableError)


def test_closing_leaves_one_file(journal_file: JournalFile) -> None:
    append(journal_file.open(), line("a"))
    assert sorted(os.listdir(journal_file.directory))[0] == "journal.sqlite"
    journal_file.close()
    assert os.listdir(journal_file.directory) == ["journal.sqlite"]


def test_a_killed_server_has_lost_no_line(journal_file: JournalFile) -> None:
    code = f"""if True:
        import os, signal, sys
        sys.path.insert(0, {str(CHECKOUT)!r})
        from pathlib import Path
        from tests.support.journals import JournalFile, append, line
        journal = JournalFile(Path({str(journal_file.directory)!r})).open()
        for n in range(300):
            append(journal, line(f"line {{n}}"))
        os.kill(os.getpid(), signal.SIGKILL)
    """
    killed = subprocess.run([sys.executable, "-c", code], check=False, timeout=60)
    assert killed.returncode == -signal.SIGKILL
    assert texts(all_of(journal_file.open())) == [f"line {n}" for n in range(300)]


def test_words_are_found_in_indexed_and_in_new_lines(journal_file: JournalFile) -> None:
    journal = journal_file.open()
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
        journal = journal_file.open()


def test_a_search_for_every_word_of_the_longest_line_finds_it(journal_file: JournalFile) -> None:
    journal = journal_file.open()
    text = " ".join(f"w{n}" for n in range(2500))
    for _ in range(3):
        append(journal, *[line("x")] * 200)
    append(journal, line(text), *[line("x")] * 600)
    assert [x.last for x in ask(journal, Span(0, 2000, 5), words=text).lines] == [601]
    assert not ask(journal, Span(0, 2000, 5), words=text + " other").lines


def test_the_number_of_lines_that_are_not_indexed_is_bounded(
    journal_file: JournalFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("netchat.journal.sqlite.journal.MAX_UNINDEXED", 1000)
    worker = HeldWorker()
    journal = journal_file.open(write=worker)
    worker.run_next()
    results: list[Event] = []
    behind = []
    for batches in range(1, 11):
        journal.append([line("x")] * 1500, results.extend)
        while len(results) < batches * 1500:
            worker.run_next()
        behind.append(journal._index.unindexed)
    assert max(behind) <= 1000 + 1500
    journal.append([line("last")], results.extend)
    _close_held(journal_file, worker)
    assert [said.id for said in results if isinstance(said, Said)] == [*range(1, 15_002)]


def test_the_log_shrinks_when_another_program_stops_reading(
    journal_file: JournalFile,
) -> None:
    journal = journal_file.open()
    append(journal, line("a"))
    log = journal_file.path.with_name("journal.sqlite-wal")
    much = [line("x" * 4000)] * 1000
    for times in (1, 2):
        with closing(sqlite3.connect(journal_file.path, isolation_level=None)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM lines").fetchone()
            while log.stat().st_size < MAX_LOG_BYTES:
                append(journal, *much)
            warnings = [
                warning for warning in journal_file.clock.warnings if "keeps reading" in warning
            ]
            assert len(warnings) == times
        for _ in range(3):
            append(journal, *much)
        assert log.stat().st_size < MAX_LOG_BYTES / 2


def _close_held(journal_file: JournalFile, worker: HeldWorker) -> None:
    assert journal_file.journal is not None
    close(journal_file.journal, worker)
    journal_file.journal = None
