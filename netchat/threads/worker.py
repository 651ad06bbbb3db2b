"""Workers for blocking calls: each runs its jobs one after the other, in a thread of its own.

No other module knows of threads: a worker passes each result to `deliver`, which calls back in the
thread of the reactor.
"""

from __future__ import annotations

import os
import sys
import threading
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from queue import SimpleQueue
from typing import NoReturn, Protocol, TypeVar

T = TypeVar("T")

_Job = Callable[[], object]


class Worker(Protocol):
    """Runs jobs one after the other, in the order in which they were submitted."""

    def start(self) -> None:
        """Start the worker."""

    def call(self, work: Callable[[], T], done: Callable[[T], object]) -> None:
        """Run `work()` in the worker, then `done(result)` in the thread of the caller."""

    def post(self, call: Callable[[], object]) -> None:
        """Run `call()` in the thread of the caller; for messages from a running job."""

    def stop(self, stopped: Callable[[], object]) -> None:
        """Finish the submitted jobs, end, and run `stopped` in the thread of the caller."""


class ThreadWorker:
    """A worker with a thread; `deliver` calls a function in the thread of the caller.

    With a reactor, `deliver` is `callFromThread`. An exception of `work` is re-raised in the thread
    of the caller, and `done` is not called: see `with_fallback`. The priority of the thread is
    lower by `nice` (0 to 19), where the system knows that of a thread, which is Linux.
    """

    def __init__(
        self,
        deliver: Callable[[Callable[[], None]], object],
        name: str = "netchat journal",
        *,
        nice: int = 0,
    ) -> None:
        self._deliver = deliver
        self._name = name
        self._nice = nice
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start the thread; a process that forks must do so before."""
        # Created here, because a thread object from before a fork cannot be started after it
        # (Python 3.13). A daemon thread, so that a failure of the main thread ends the process.
        self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
        self._thread.start()

    def call(self, work: Callable[[], T], done: Callable[[T], object]) -> None:
        """Submit `work`; return at once."""
        self._jobs.put(lambda: partial(done, work()))

    def post(self, call: Callable[[], object]) -> None:
        """Deliver `call`."""
        self._deliver(partial(_call, call))

    def stop(self, stopped: Callable[[], object]) -> None:
        """Submit the end; nothing may be submitted after it."""
        self._jobs.put(None)
        self._jobs.put(lambda: stopped)

    def _run(self) -> None:
        if self._nice:
            _lower_priority(self._nice)
        for job in iter(self._jobs.get, None):
            self._deliver(partial(_call, _answer(job)))
        self._deliver(partial(self._end, self._jobs.get()))

    def _end(self, job: _Job | None) -> None:
        if self._thread is not None:
            self._thread.join()
        if job is not None:
            _call(_answer(job))


def _lower_priority(nice: int) -> None:
    """Lower that of the calling thread; elsewhere than on Linux its number is no process's."""
    if sys.platform == "linux":
        thread = threading.get_native_id()
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, thread, os.getpriority(os.PRIO_PROCESS, thread) + nice)


class InlineWorker:
    """A worker without a thread: `call` runs the work, so that a test has the result at once.

    Work that is submitted by a callback runs after that callback, as it would in a thread.
    """

    def __init__(self) -> None:
        self._jobs: deque[_Job] = deque()
        self._running = False

    def start(self) -> None:
        """Do nothing."""

    def call(self, work: Callable[[], T], done: Callable[[T], object]) -> None:
        """Run `work` and `done`, after the running job if there is one."""
        self._do(lambda: done(work()))

    def post(self, call: Callable[[], object]) -> None:
        """Run `call`, after the running job."""
        self._do(call)

    def stop(self, stopped: Callable[[], object]) -> None:
        """Run `stopped` after the submitted jobs."""
        self.call(lambda: None, lambda _: stopped())

    def _do(self, job: _Job) -> None:
        self._jobs.append(job)
        if self._running:
            return
        self._running = True
        try:
            while self._jobs:
                self._jobs.popleft()()
        finally:
            self._running = False


def pass_through(workers: Sequence[Worker], done: Callable[[], object]) -> None:
    """Call `done` once each of the `workers` has finished what was submitted to it before."""
    left = len(workers)

    def passed(_: object) -> None:
        nonlocal left
        left -= 1
        if not left:
            done()

    for worker in workers:
        worker.call(lambda: None, passed)
    if not workers:
        done()


def with_fallback(
    worker: Worker, work: Callable[[], T], fallback: Callable[[Exception], T]
) -> Callable[[], T]:
    """Return `work` for `worker`, wrapped: an exception is re-raised in the caller's thread.

    The result is then `fallback(error)`, so that the callback and the jobs after it still run.
    """

    def guarded() -> T:
        try:
            return work()
        except Exception as error:
            worker.post(partial(_raise, error))
            return fallback(error)

    return guarded


def _answer(job: _Job) -> Callable[[], object]:
    try:
        answer = job()
    except BaseException as error:
        return partial(_raise, error)
    assert callable(answer)
    return answer


def _raise(error: BaseException) -> NoReturn:
    raise error


def _call(call: Callable[[], object]) -> None:
    call()
