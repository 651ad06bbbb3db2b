"""The pool of threads in which passwords are hashed, so that the others need not wait for it."""

from __future__ import annotations

from collections import deque
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
        self._workers: list[Worker] = []
        self._idle: list[Worker] = []
        self._waiting: deque[Callable[[Worker], None]] = deque()
        self._last: deque[Callable[[Worker], None]] = deque()
        """The jobs that wait until no other does."""
        self._stopped = False

    def call(
        self, work: Callable[[], T], done: Callable[[T | None], object], *, last: bool = False
    ) -> None:
        """Run `work()` in a worker, then `done` with the result; None if it has failed.

        The exception is raised in the thread of the caller then, where it is logged. What is to be
        done `last` waits for all that is not. Nothing is begun after `stop`.
        """
        if self._stopped:
            return
        if self._make_worker is None:
            done(work())
            return
        job = partial(self._run, work, done)
        (self._last if last else self._waiting).append(job)
        self._run_next(self._make_worker)

    def start(self) -> None:
        """Do nothing: each worker starts when it is needed."""

    def stop(self) -> None:
        """End the workers after the jobs that they have begun."""
        self._stopped = True
        self._waiting.clear()
        self._last.clear()
        for worker in self._workers:
            worker.stop(lambda: None)

    def _run_next(self, make_worker: Callable[[], Worker]) -> None:
        """Run the next job, if there is one and a worker for it."""
        jobs = self._waiting or self._last
        if not jobs:
            return
        if not self._idle and len(self._workers) < self._threads:
            worker = make_worker()
            worker.start()
            self._workers.append(worker)
            self._idle.append(worker)
        if self._idle:
            jobs.popleft()(self._idle.pop())

    def _run(
        self, work: Callable[[], T], done: Callable[[T | None], object], worker: Worker
    ) -> None:
        def guarded() -> T | None:
            try:
                return work()
            except Exception as error:
                worker.post(partial(_raise, error))
                return None

        def finished(result: T | None) -> None:
            self._idle.append(worker)
            if self._make_worker is not None:
                self._run_next(self._make_worker)
            done(result)

        worker.call(guarded, finished)


def _raise(error: Exception) -> NoReturn:
    raise error
