"""The pool of threads in which passwords are hashed, so that the others need not wait for it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NoReturn, Protocol, TypeVar

T = TypeVar("T")

THREADS = 2
"""As many passwords are verified at once, each with 19 MiB of memory."""


class Worker(Protocol):
    """Runs jobs one after the other, in another thread than the caller's."""

    def start(self) -> None:
        """Start the worker."""

    def call(self, work: Callable[[], T], done: Callable[[T], object]) -> None:
        """Run `work()` in the worker, then `done(result)` in the thread of the caller."""

    def post(self, call: Callable[[], object]) -> None:
        """Run `call()` in the thread of the caller; for messages from a running job."""

    def stop(self, stopped: Callable[[], object]) -> None:
        """Finish the submitted jobs, end, and run `stopped` in the thread of the caller."""


class HashingPool:
    """Runs jobs in up to `threads` workers of `make_worker`, which start when they are needed.

    Without `make_worker` it runs them at once, in the thread of the caller.
    """

    def __init__(
        self, make_worker: Callable[[], Worker] | None = None, threads: int = THREADS
    ) -> None:
        self._make_worker = make_worker
        self._threads = threads
        self._loads: dict[Worker, int] = {}
        """How many jobs each worker has."""
        self._stopped = False

    def call(self, work: Callable[[], T], done: Callable[[T | None], object]) -> None:
        """Run `work()` in a worker, then `done` with the result; None if it has failed.

        The exception is raised in the thread of the caller then, where it is logged. Nothing is run
        after `stop`.
        """
        if self._stopped:
            return
        if self._make_worker is None:
            done(work())
            return
        worker = self._least_loaded(self._make_worker)
        self._loads[worker] += 1

        def guarded() -> T | None:
            try:
                return work()
            except Exception as error:
                worker.post(partial(_raise, error))
                return None

        def finished(result: T | None) -> None:
            self._loads[worker] -= 1
            done(result)

        worker.call(guarded, finished)

    def start(self) -> None:
        """Do nothing: each worker starts when it is needed."""

    def stop(self) -> None:
        """End the workers after the jobs that they have."""
        self._stopped = True
        for worker in self._loads:
            worker.stop(lambda: None)

    def _least_loaded(self, make_worker: Callable[[], Worker]) -> Worker:
        idle = [worker for worker, load in self._loads.items() if not load]
        if idle:
            return idle[0]
        if len(self._loads) < self._threads:
            worker = make_worker()
            worker.start()
            self._loads[worker] = 0
            return worker
        return min(self._loads, key=self._loads.__getitem__)


def _raise(error: Exception) -> NoReturn:
    raise error
