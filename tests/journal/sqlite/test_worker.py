"""Workers with a thread: jobs run in order, and results arrive in the thread of the caller."""

from __future__ import annotations

import os
import sys
import threading
import time
from itertools import count
from queue import SimpleQueue
from typing import TYPE_CHECKING

import pytest

from netchat.journal.interface import Page, Span, UnreadableError
from netchat.journal.sqlite.journal import SqliteJournal
from netchat.journal.sqlite.reader import CLOSED, SLOW
from netchat.model.events import Event, Said
from netchat.model.limits import RetentionLimits
from netchat.threads.worker import ThreadWorker
from tests.support.journals import (
    HeldWorker,
    ManualClock,
    append,
    ask,
    close,
    line,
    make_journal,
    texts,
)
from tests.support.processes import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class CallerThread:
    """This thread, which runs the calls that it is given, as a reactor does."""

    def __init__(self) -> None:
        self.calls: SimpleQueue[Callable[[], None]] = SimpleQueue()

    def until(self, done: Callable[[], object]) -> None:
        """Run calls until `done`."""
        while not done():
            self.calls.get(timeout=PATIENCE)()


@pytest.mark.skipif(sys.platform != "linux", reason="threads have no priority of their own")
def test_a_thread_can_have_a_lower_priority_than_the_others() -> None:
    caller, found, ended = CallerThread(), list[int](), list[None]()

    def priority() -> int:
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    here = priority()
    for nice in (3, 0):
        worker = ThreadWorker(caller.calls.put, nice=nice)
        worker.start()
        worker.call(priority, found.append)
        worker.stop(lambda: ended.append(None))
    caller.until(lambda: len(ended) == 2)
    assert sorted(found) == [here, min(here + 3, 19)]
    assert priority() == here


def test_a_priority_that_the_system_does_not_allow_is_no_reason_not_to_work(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: int) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "setpriority", refuse)
    caller, done = CallerThread(), list[object]()
    worker = ThreadWorker(caller.calls.put, nice=3)
    worker.start()
    worker.call(lambda: 1, done.append)
    worker.stop(lambda: done.append("ended"))
    caller.until(lambda: len(done) == 2)
    assert done == [1, "ended"]


def test_an_exception_in_a_worker_is_raised_and_answered_and_later_jobs_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> Page:
        raise ValueError("an error")

    clock, worker = ManualClock(), HeldWorker()
    journal = make_journal(tmp_path, clock, write=worker, read=worker, keep_lines=1)
    monkeypatch.setattr("netchat.journal.sqlite.retention.Retention._trim", fail)
    monkeypatch.setattr("netchat.journal.sqlite.reader.Reader._page", fail)
    journal.open()
    settled: list[Event] = []
    found: list[object] = []
    journal.append([line("a"), line("b")], settled.extend)
    worker.run_all()
    errors = 0
    for _ in range(3):
        journal.append([line("c")], settled.extend)
        journal.read("lobby", Span(0, 1, 10), found.append)
        clock.advance(61)
        for _ in range(10):
            try:
                worker.run_all()
            except ValueError:
                errors += 1
    assert [said.id for said in settled if isinstance(said, Said)] == [1, 2, 3, 4, 5]
    assert [str(page) for page in found] == [
        "The lines could not be read (an error); try again later."
    ] * 3
    assert errors == 6
    close(journal, worker)


def test_jobs_run_in_order_in_another_thread_and_results_arrive_in_this_one() -> None:
    caller, workers = CallerThread(), set()
    answers: list[tuple[int, bool]] = []
    worker = ThreadWorker(caller.calls.put)
    worker.start()
    here = threading.get_ident()

    def work(number: int) -> int:
        workers.add(threading.get_ident())
        return number

    def answer(number: int) -> None:
        answers.append((number, threading.get_ident() == here))

    for number in range(100):
        worker.call(lambda number=number: work(number), answer)  # type: ignore[misc]
    stopped: list[int] = []
    worker.stop(lambda: stopped.append(threading.get_ident()))
    caller.until(lambda: stopped)
    assert answers == [(number, True) for number in range(100)]
    assert len(workers) == 1
    assert workers.isdisjoint({here})
    assert stopped == [here]
    assert not (worker._thread and worker._thread.is_alive())


def test_submitting_a_job_does_not_block() -> None:
    caller, gate = CallerThread(), threading.Event()
    answers: list[object] = []
    worker = ThreadWorker(caller.calls.put)
    worker.start()
    worker.call(lambda: gate.wait(PATIENCE), answers.append)
    worker.call(lambda: "second", answers.append)
    assert answers == []
    gate.set()
    caller.until(lambda: len(answers) == 2)
    assert answers == [True, "second"]
    stopped: list[int] = []
    worker.stop(lambda: stopped.append(1))
    caller.until(lambda: stopped)


def test_an_exception_in_a_job_is_raised_in_the_callers_thread_and_the_worker_goes_on() -> None:
    caller = CallerThread()
    answers: list[int] = []
    worker = ThreadWorker(caller.calls.put)
    worker.start()
    worker.call(lambda: 1 // 0, answers.append)
    worker.call(lambda: 1, answers.append)
    with pytest.raises(ZeroDivisionError):
        caller.until(lambda: answers)
    caller.until(lambda: answers)
    stopped: list[int] = []
    worker.stop(lambda: stopped.append(1))
    caller.until(lambda: stopped)
    assert answers == [1]


def test_a_search_that_takes_too_long_ends_with_the_lines_found_so_far(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("netchat.journal.sqlite.reader._PROGRESS_STEPS", 10)
    journal = make_journal(tmp_path, ManualClock())
    journal.open()
    append(journal, *[line(f"plan {number}") for number in range(100)], *[line("x")] * 900)
    assert len(ask(journal, Span(0, 1000, 500), words="plan").lines) == 100
    clock = count(step=0.05)  # every reading is 0.05 s later
    journal._queries._searcher._seconds = lambda: next(clock)
    page = ask(journal, Span(0, 1000, 500), words="plan")
    assert 0 < len(page.lines) < 100
    assert page.more
    found: list[Page | UnreadableError] = []
    for words in ("never", "plan"):
        journal.search("lobby", words, Span(0, 1000, 500, newest=True), found.append)
    assert [str(page) for page in found] == [SLOW, SLOW]
    journal._queries._searcher._seconds = lambda: 0.0
    assert len(ask(journal, Span(0, 1000, 500), words="plan").lines) == 100
    assert len(ask(journal, Span(0, 1000, 500)).lines) == 500
    close(journal)


def test_a_journal_that_closes_ends_the_running_search_and_answers_the_pending_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("netchat.journal.sqlite.reader._PROGRESS_STEPS", 10)
    clock, search, read = ManualClock(), HeldWorker(), HeldWorker()
    journal = make_journal(tmp_path, clock, search=search, read=read)
    journal.open()
    append(journal, *[line("plan")] * 1000)
    found: list[Page | UnreadableError] = []
    closed: list[bool] = []
    looks = count()

    def closes_at_the_third_look() -> float:
        if next(looks) == 2:
            journal.close(lambda: closed.append(True))
        return 0.0

    journal._queries._searcher._seconds = closes_at_the_third_look
    for _ in range(3):
        journal.search("lobby", "plan", Span(0, 1000, 500, newest=True), found.append)
        journal.read("lobby", Span(0, 1000, 500), found.append)
    search.run_next()
    assert next(looks) < 10
    assert [str(page) for page in found] == [CLOSED]
    while search.held or read.held:
        (search if search.held else read).run_next()
    assert [str(page) for page in found] == [CLOSED] * 6
    assert closed == [True]
    journal.read("lobby", Span(0, 1000, 500), found.append)
    assert str(found[-1]) == CLOSED
    assert clock.warnings == []


def threaded_journal(directory: Path, caller: CallerThread, clock: ManualClock) -> SqliteJournal:
    """Return a journal with real workers, which answer in the thread of `caller`."""
    return SqliteJournal(
        directory,
        write=ThreadWorker(caller.calls.put),
        read=ThreadWorker(caller.calls.put),
        search=ThreadWorker(caller.calls.put),
        call_later=clock.later,
        now=time.time,
        seconds=time.monotonic,
        warn=clock.warnings.append,
        inform=clock.notes.append,
        limits=RetentionLimits(),
    )


def test_a_journal_with_threads_settles_all_batches_in_order_and_closes(tmp_path: Path) -> None:
    caller, clock = CallerThread(), ManualClock()
    journal = threaded_journal(tmp_path, caller, clock)
    journal.open()
    threads = threading.active_count()
    results: list[Event] = []
    pages: list[Page | UnreadableError] = []
    for number in range(500):
        journal.append([line(f"line {number}")], results.extend)
    journal.close(lambda: clock.warnings.append("closed"))
    caller.until(lambda: clock.warnings)
    assert clock.warnings == ["closed"]
    assert [x.id for x in results if isinstance(x, Said)] == [*range(1, 501)]
    assert threading.active_count() == threads - 3
    again = threaded_journal(tmp_path, caller, clock)
    again.open()
    again.read("lobby", Span(0, 500, 500), pages.append)
    caller.until(lambda: pages)
    again.search("lobby", "17", Span(0, 500, 500), pages.append)
    caller.until(lambda: len(pages) == 2)
    page, found = pages
    assert isinstance(page, Page)
    assert isinstance(found, Page)
    assert texts(page.lines) == [f"line {number}" for number in range(500)]
    assert texts(found.lines) == ["line 17"]
    again.close(lambda: clock.warnings.append("closed again"))
    caller.until(lambda: len(clock.warnings) == 2)
