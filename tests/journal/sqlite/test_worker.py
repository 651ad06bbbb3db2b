"""The worker in a thread: work in its order, answers where they belong."""

from __future__ import annotations

import threading
import time
from itertools import count
from queue import SimpleQueue
from typing import TYPE_CHECKING

import pytest

from netchat.journal.interface import Page, Span, UnreadableError
from netchat.journal.sqlite.journal import SqliteJournal
from netchat.journal.sqlite.reader import CLOSED, SLOW
from netchat.journal.sqlite.worker import ThreadWorker
from netchat.model.events import Event, Said
from netchat.model.limits import RetentionLimits
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


class Home:
    """A thread that does what it is given, as a reactor does: this one."""

    def __init__(self) -> None:
        self.calls: SimpleQueue[Callable[[], None]] = SimpleQueue()

    def until(self, done: Callable[[], object]) -> None:
        """Do what comes until `done`."""
        while not done():
            self.calls.get(timeout=PATIENCE)()


def test_a_bug_in_a_lane_is_told_and_answered_and_what_comes_behind_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def raise_a_bug(*_: object, **__: object) -> Page:
        raise ValueError("a bug")

    clock, worker = ManualClock(), HeldWorker()
    journal = make_journal(tmp_path, clock, write=worker, read=worker, keep_lines=1)
    monkeypatch.setattr("netchat.journal.sqlite.retention.Retention._trim", raise_a_bug)
    monkeypatch.setattr("netchat.journal.sqlite.reader.Reader._page", raise_a_bug)
    journal.open()
    settled: list[Event] = []
    found: list[object] = []
    journal.append([line("a"), line("b")], settled.extend)
    worker.run_all()
    bugs = 0
    for _ in range(3):
        journal.append([line("c")], settled.extend)
        journal.read("lobby", Span(0, 1, 10), found.append)
        clock.advance(61)
        for _ in range(10):
            try:
                worker.run_all()
            except ValueError:
                bugs += 1
    assert [said.id for said in settled if isinstance(said, Said)] == [1, 2, 3, 4, 5]
    assert [str(page) for page in found] == ["It could not be read (a bug); try again later."] * 3
    assert bugs == 6
    close(journal, worker)


def test_work_is_done_elsewhere_in_its_order_and_answered_at_home() -> None:
    home, workers = Home(), set()
    answers: list[tuple[int, bool]] = []
    worker = ThreadWorker(home.calls.put)
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
    home.until(lambda: stopped)
    assert answers == [(number, True) for number in range(100)]
    assert len(workers) == 1
    assert workers.isdisjoint({here})
    assert stopped == [here]
    assert not (worker._thread and worker._thread.is_alive())


def test_handing_work_in_waits_for_nothing() -> None:
    home, gate = Home(), threading.Event()
    answers: list[object] = []
    worker = ThreadWorker(home.calls.put)
    worker.start()
    worker.call(lambda: gate.wait(PATIENCE), answers.append)
    worker.call(lambda: "second", answers.append)
    assert answers == []
    gate.set()
    home.until(lambda: len(answers) == 2)
    assert answers == [True, "second"]
    stopped: list[int] = []
    worker.stop(lambda: stopped.append(1))
    home.until(lambda: stopped)


def test_a_bug_in_the_lane_is_raised_at_home_and_the_lane_goes_on() -> None:
    home = Home()
    answers: list[int] = []
    worker = ThreadWorker(home.calls.put)
    worker.start()
    worker.call(lambda: 1 // 0, answers.append)
    worker.call(lambda: 1, answers.append)
    with pytest.raises(ZeroDivisionError):
        home.until(lambda: answers)
    home.until(lambda: answers)
    stopped: list[int] = []
    worker.stop(lambda: stopped.append(1))
    home.until(lambda: stopped)
    assert answers == [1]


def test_a_search_that_takes_too_long_ends_with_what_it_has_found_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("netchat.journal.sqlite.reader._PROGRESS_STEPS", 10)
    journal = make_journal(tmp_path, ManualClock())
    journal.open()
    append(journal, *[line(f"plan {number}") for number in range(100)], *[line("x")] * 900)
    assert len(ask(journal, Span(0, 1000, 500), words="plan").lines) == 100
    clock = count(step=0.05)  # as much time passes from one look at it to the next
    journal._searcher._seconds = lambda: next(clock)
    page = ask(journal, Span(0, 1000, 500), words="plan")
    assert 0 < len(page.lines) < 100
    assert page.more
    found: list[Page | UnreadableError] = []
    for words in ("never", "plan"):
        journal.search("lobby", words, Span(0, 1000, 500, newest=True), found.append)
    assert [str(page) for page in found] == [SLOW, SLOW]
    journal._searcher._seconds = lambda: 0.0
    assert len(ask(journal, Span(0, 1000, 500), words="plan").lines) == 100
    assert len(ask(journal, Span(0, 1000, 500)).lines) == 500
    close(journal)


def test_a_journal_that_closes_ends_the_search_under_way_and_answers_those_that_wait(
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

    journal._searcher._seconds = closes_at_the_third_look
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


def test_a_journal_in_threads_settles_all_in_order_and_closes(tmp_path: Path) -> None:
    home, clock = Home(), ManualClock()
    journal = SqliteJournal(
        tmp_path,
        write=ThreadWorker(home.calls.put),
        read=ThreadWorker(home.calls.put),
        search=ThreadWorker(home.calls.put),
        call_later=clock.later,
        now=time.time,
        seconds=time.monotonic,
        warn=clock.warnings.append,
        limits=RetentionLimits(),
    )
    journal.open()
    threads = threading.active_count()
    heard: list[Event] = []
    pages: list[Page | UnreadableError] = []
    for number in range(500):
        journal.append([line(f"line {number}")], heard.extend)
    journal.close(lambda: clock.warnings.append("closed"))
    home.until(lambda: clock.warnings)
    assert clock.warnings == ["closed"]
    assert [x.id for x in heard if isinstance(x, Said)] == [*range(1, 501)]
    assert threading.active_count() == threads - 3
    again = SqliteJournal(
        tmp_path,
        write=ThreadWorker(home.calls.put),
        read=ThreadWorker(home.calls.put),
        search=ThreadWorker(home.calls.put),
        call_later=clock.later,
        now=time.time,
        seconds=time.monotonic,
        warn=clock.warnings.append,
        limits=RetentionLimits(),
    )
    again.open()
    again.read("lobby", Span(0, 500, 500), pages.append)
    home.until(lambda: pages)
    again.search("lobby", "17", Span(0, 500, 500), pages.append)
    home.until(lambda: len(pages) == 2)
    page, found = pages
    assert isinstance(page, Page)
    assert isinstance(found, Page)
    assert texts(page.lines) == [f"line {number}" for number in range(500)]
    assert texts(found.lines) == ["line 17"]
    again.close(lambda: clock.warnings.append("closed again"))
    home.until(lambda: len(clock.warnings) == 2)
