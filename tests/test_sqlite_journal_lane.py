"""The lane in a thread: work in its order, answers where they belong."""

from __future__ import annotations

import threading
import time
from queue import SimpleQueue
from typing import TYPE_CHECKING

import pytest
from journals import Hands, line, texts

from netchat.events import Event, Said
from netchat.journal import Page, Span, UnreadableError
from netchat.journal.lane import ThreadLane
from netchat.journal.sqlite import SqliteJournal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PATIENCE = 30.0


class Home:
    """A thread that does what it is given, as a reactor does: this one."""

    def __init__(self) -> None:
        self.calls: SimpleQueue[Callable[[], None]] = SimpleQueue()

    def until(self, done: Callable[[], object]) -> None:
        """Do what comes until `done`."""
        while not done():
            self.calls.get(timeout=PATIENCE)()


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


def test_a_journal_in_threads_settles_all_in_order_and_closes(tmp_path: Path) -> None:
    home, hands = Home(), Hands()
    journal = SqliteJournal(
        tmp_path,
        write=ThreadLane(home.calls.put),
        read=ThreadLane(home.calls.put),
        later=hands.later,
        now=time.time,
        warn=hands.told.append,
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
    assert threading.active_count() == threads - 2
    again = SqliteJournal(
        tmp_path,
        write=ThreadLane(home.calls.put),
        read=ThreadLane(home.calls.put),
        later=hands.later,
        now=time.time,
        warn=hands.told.append,
    )
    again.open()
    again.read("lobby", Span(0, 500, 500), pages.append)
    again.search("lobby", "17", Span(0, 500, 500), pages.append)
    home.until(lambda: len(pages) == 2)
    page, found = pages
    assert isinstance(page, Page)
    assert isinstance(found, Page)
    assert texts(page.lines) == [f"line {number}" for number in range(500)]
    assert texts(found.lines) == ["line 17"]
    again.close(lambda: hands.told.append("closed again"))
    home.until(lambda: len(hands.told) == 2)
