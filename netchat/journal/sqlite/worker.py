"""Where what blocks is done: a thread of its own, which takes one piece of work after another.

Nothing else knows of threads: who hands work in gets the answer where he lives, because the worker
gives it to `deliver`.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from functools import partial
from queue import SimpleQueue
from typing import NoReturn, Protocol, TypeVar

T = TypeVar("T")

_Job = Callable[[], object]


class Worker(Protocol):
    """One piece of work after another, in the order in which they were handed in."""

    def start(self) -> None:
        """Be ready for work."""

    def call(self, work: Callable[[], T], done: Callable[[T], object]) -> None:
        """Do `work()` in the worker, and then `done(result)` where the answers go."""

    def post(self, call: Callable[[], object]) -> None:
        """Do `call()` where the answers go; for work that has something to say meanwhile."""

    def stop(self, stopped: Callable[[], object]) -> None:
        """Do what was handed in, end, and call `stopped` where the answers go."""


class ThreadWorker:
    """A worker that is a thread; `deliver` calls a function in the thread where the answers go.

    On a reactor that is `callFromThread`. What `work` raises is raised there, as the bug it is, and
    `done` is not called: see `with_fallback`.
    """

    def __init__(self, deliver: Callable[[Callable[[], None]], object]) -> None:
        self._deliver = deliver
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start the thread; a process that is to fork has to do so before."""
        # Made here, because a thread made before a fork cannot be started after it (Python 3.13). A
        # daemon, so that a crash of the main thread ends the process.
        self._thread = threading.Thread(target=self._run, name="netchat journal", daemon=True)
        self._thread.start()

    def call(self, work: Callable[[], T], done: Callable[[T], object]) -> None:
        """Hand `work` in; this returns at once."""
        self._jobs.put(lambda: partial(done, work()))

    def post(self, call: Callable[[], object]) -> None:
        """Hand `call` over."""
        self._deliver(partial(_call, call))

    def stop(self, stopped: Callable[[], object]) -> None:
        """Hand in the end; nothing may be handed in behind it."""
        self._jobs.put(None)
        self._jobs.put(lambda: stopped)

    def _run(self) -> None:
        for job in iter(self._jobs.get, None):
            self._deliver(partial(_call, _answer(job)))
        self._deliver(partial(self._end, self._jobs.get()))

    def _end(self, job: _Job | None) -> None:
        if self._thread is not None:
            self._thread.join()
        if job is not None:
            _call(_answer(job))


class InlineWorker:
    """A worker without a thread: `call` does the work, so that a test has its answer at once.

    What an answer hands in is done when that answer is through, as it would be in a thread.
    """

    def __init__(self) -> None:
        self._jobs: deque[_Job] = deque()
        self._running = False

    def start(self) -> None:
        """There is nothing to start."""

    def call(self, work: Callable[[], T], done: Callable[[T], object]) -> None:
        """Do `work` and `done`, if this is not called from within them."""
        self._do(lambda: done(work()))

    def post(self, call: Callable[[], object]) -> None:
        """Do `call`, behind what is being done."""
        self._do(call)

    def stop(self, stopped: Callable[[], object]) -> None:
        """Do `stopped` behind the rest."""
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


def with_fallback(
    worker: Worker, work: Callable[[], T], fallback: Callable[[Exception], T]
) -> Callable[[], T]:
    """Return `work` for `worker`: a bug met in it is raised where the answers go, and with_fallback.

    The answer is `fallback(error)` then: nobody waits for ever, nor does what comes behind.
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
