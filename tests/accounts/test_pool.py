"""The pool of threads in which passwords are hashed."""

from __future__ import annotations

import threading
from queue import SimpleQueue
from typing import TYPE_CHECKING

import pytest

from netchat.accounts.pool import HashingPool
from netchat.journal.sqlite.worker import InlineWorker, ThreadWorker

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
