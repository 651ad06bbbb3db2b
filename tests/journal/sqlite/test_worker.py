"""The lane in a thread: work in its order, answers where they belong."""

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
from netchat.journal.sqlite.worker import ThreadLane
from netchat.model.events import Event, Said
from netchat.model.limits import RetentionLimits
from tests.support.journals import Hands, HeldLane, append, ask, close, line, make_journal, texts
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
    def meet_a_bug(*_: object, **__: object) -> Page:
        raise ValueError("a bug")

    hands, lane = Hands(), HeldLane()
    journal = make_journal(tmp_path, hands, write=lane, read=lane, keep_lines=1)
    monkeypatch.setattr("netchat.journal.sqlite.retention.Retention._trim", meet_a_bug)
    monkeypatch.setattr("netchat.journal.sqlite.reader.Reader._page", meet_a_bug)
    journal.open()
    settled: list[Event] = []
    found: list[object] = []
    journal.append([line("a"), line("b")], settled.extend)
    lane.finish()
    bugs = 0
    for _ in range(3):
        journal.append([line("c")], settled.extend)
        journal.read("lobby", Span(0, 1, 10), found.append)
        hands.move(61)
        for _ in range(10):
            try:
                lane.finish()
            except ValueError:
                bugs += 1
    assert [said.id for said in settled if isinstance(said, Said)] == [1, 2, 3, 4, 5]
    assert [str(page) for page in found] == ["It could not be read (a bug); try again later."] * 3
    assert bugs == 6
    close(journal, lane)


def test_work_is_done_elsewhere_in_its_order_and_answered_at_home() -> None:
    home, workers = Home(), set()
    answers: list[tuple[int, bool]] = []
    lane = ThreadLane(home.calls.put)
    lane.start()
    here = threading.get_ident()

    def work(number: int) -> int:
        workers.add(threading.get_ident())
        return number

    def answer(number: int) -> None:
        answers.append((number, threading.get_ident() == here))

    for number in range(100):
        lane.call(lambda number=number: work(number), answer)  # type: ignore[misc]
    stopped: list[int] = []
    lane.stop(lambda: stopped.append(threading.get_ident()))
    home.until(lambda: stopped)
    assert answers == [(number, True) for number in range(100)]
    assert len(workers) == 1
    assert workers.isdisjoint({here})
    assert stopped == [here]
    assert not (lane._thread and lane._thread.is_alive())


def test_handing_work_in_waits_for_nothing() -> None:
    home, gate = Home(), threading.Event()
    answers: list[object] = []
    lane = ThreadLane(home.calls.put)
    lane.start()
    lane.call(lambda: gate.wait(PATIENCE), answers.append)
    lane.call(lambda: "second", answers.append)
    assert answers == []
    gate.set()
    home.until(lambda: len(answers) == 2)
    assert answers == [True, "second"]
    stopped: list[int] = []
    lane.stop(lambda: stopped.append(1))
    home.until(lambda: stopped)


def test_a_bug_in_the_lane_is_raised_at_home_and_the_lane_goes_on() -> None:
    home = Home()
    answers: list[int] = []
    lane = ThreadLane(home.calls.put)
    lane.start()
    lane.call(lambda: 1 // 0, answers.append)
    lane.call(lambda: 1, answers.append)
    with pytest.raises(ZeroDivisionError):
        home.until(lambda: answers)
    home.until(lambda: answers)
    stopped: list[int] = []
    lane.stop(lambda: stopped.append(1))
    home.until(lambda: stopped)
    assert answers == [1]


def test_a_search_that_takes_too_long_ends_with_what_it_has_found_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("netchat.journal.sqlite.reader._STEPS", 10)
    journal = make_journal(tmp_path, Hands())
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
    monkeypatch.setattr("netchat.journal.sqlite.reader._STEPS", 10)
    hands, search, read = Hands(), HeldLane(), HeldLane()
    journal = make_journal(tmp_path, hands, search=search, read=read)
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
    search.go_on()
    assert next(looks) < 10
    assert [str(page) for page in found] == [CLOSED]
    while search.held or read.held:
        (search if search.held else read).go_on()
    assert [str(page) for page in found] == [CLOSED] * 6
    assert closed == [True]
    journal.read("lobby", Span(0, 1000, 500), found.append)
    assert str(found[-1]) == CLOSED
    assert hands.told == []


def test_a_journal_in_threads_settles_all_in_order_and_closes(tmp_path: Path) -> None:
    home, hands = Home(), Hands()
    journal = SqliteJournal(
        tmp_path,
        write=ThreadLane(home.calls.put),
        read=ThreadLane(home.calls.put),
        search=ThreadLane(home.calls.put),
        later=hands.later,
        now=time.time,
        seconds=time.monotonic,
        warn=hands.told.append,
        limits=RetentionLimits(),
    )
    journal.open()
    threads = threading.active_count()
    heard: list[Event] = []
    pages: list[Page | UnreadableError] = []
    for number in range(500):
        journal.append([line(f"line {number}")], heard.extend)
    journal.close(lambda: hands.told.append("closed"))
    home.until(lambda: hands.told)
    assert hands.told == ["closed"]
    assert [x.id for x in heard if isinstance(x, Said)] == [*range(1, 501)]
    assert threading.active_count() == threads - 3
    again = SqliteJournal(
        tmp_path,
        write=ThreadLane(home.calls.put),
        read=ThreadLane(home.calls.put),
        search=ThreadLane(home.calls.put),
        later=hands.later,
        now=time.time,
        seconds=time.monotonic,
        warn=hands.told.append,
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
    again.close(lambda: hands.told.append("closed again"))
    home.until(lambda: len(hands.told) == 2)
