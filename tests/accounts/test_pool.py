"""The pool of threads in which passwords are hashed."""

from __future__ import annotations

import threading
from queue import SimpleQueue
from typing import TYPE_CHECKING

import pytest

from netchat.accounts.pool import HashingPool
from netchat.threads.worker import InlineWorker, ThreadWorker
from tests.support.journals import HeldWorker

if TYPE_CHECKING:
    from collections.abc import Callable

WAIT = 30
"""Seconds after which a test gives up; none takes that long."""


def test_two_jobs_run_at_once_and_neither_in_the_thread_of_the_caller() -> None:
    delivered: SimpleQueue[Callable[[], None]] = SimpleQueue()
    pool, both = HashingPool(lambda: ThreadWorker(delivered.put)), threading.Barrier(2)
    results: list[int | None] = []

    def work() -> int:
        both.wait(WAIT)  # Ends only if both are running.
        return threading.get_ident()

    for _ in range(2):
        pool.call(work, results.append)
    while len(results) < 2:
        delivered.get(timeout=WAIT)()
    assert len({*results, threading.get_ident()}) == 3
    pool.stop()
    for _ in range(2):
        delivered.get(timeout=WAIT)()


def test_a_job_that_fails_is_answered_too_and_its_error_is_raised() -> None:
    pool, results = HashingPool(InlineWorker), list[None]()

    def fail() -> None:
        raise MemoryError

    with pytest.raises(MemoryError):
        pool.call(fail, results.append)
    pool.call(lambda: None, results.append)
    assert results[-1] is None


def test_nothing_is_run_after_the_end() -> None:
    pool, results = HashingPool(InlineWorker), list[int | None]()
    pool.start()
    pool.call(lambda: 1, results.append)
    pool.stop()
    pool.call(lambda: 2, results.append)
    assert results == [1]


def test_what_is_to_be_done_last_waits_for_the_others_and_is_dropped_at_the_end() -> None:
    workers: list[HeldWorker] = []

    def make_worker() -> HeldWorker:
        workers.append(HeldWorker())
        return workers[-1]

    pool, done = HashingPool(make_worker), list[str | None]()
    for name in ("a", "b", "c", "d"):
        pool.call(lambda name=name: name, done.append, last=True)  # type: ignore[misc]
    pool.call(lambda: "first", done.append)
    one, other = workers
    one.run_next()
    one.run_next()
    assert done == ["a", "first"]
    pool.stop()
    one.run_all()
    other.run_all()
    assert done == ["a", "first", "c", "b"]
