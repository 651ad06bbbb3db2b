"""What the writing lane does when nobody speaks: it costs those who do no time to speak of.

Where somebody always speaks it is done all the same, a part at a time: old lines would never go
there, and searches would read every line.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

Task = Callable[[], bool]
"""Does a part of something, in the lane; returns whether there is more of it to do."""

IDLE_AFTER = 0.05
"""Seconds without a line after which nobody is taken to be speaking."""
TASK_INTERVAL = 0.5
"""Seconds after which there is a part of each task, though somebody speaks."""


class MaintenanceQueue:
    """The tasks that are to be done; `ready` is called when there is time for them again.

    `call_later` calls a function after some seconds.
    """

    def __init__(
        self, call_later: Callable[[float, Callable[[], None]], object], ready: Callable[[], None]
    ) -> None:
        self._call_later = call_later
        self._ready = ready
        self._tasks: dict[Task, None] = {}
        self._overdue: dict[Task, None] = {}
        """Those of which a part is to be done now, whoever speaks."""
        self._timed: set[Task] = set()
        self._stores = 0
        self._stores_seen = 0
        self._awaiting_idle = False

    def add(self, task: Task) -> None:
        """Do `task`, unless it is to be done already."""
        self._tasks[task] = None
        self._schedule_overdue(task)

    def stop(self) -> None:
        """Do nothing more of anything."""
        self._tasks.clear()
        self._overdue.clear()

    @property
    def overdue(self) -> bool:
        """Whether a part of one goes before what is to be stored."""
        return bool(self._overdue)

    def next_task(self) -> Task | None:
        """Return of what a part is to be done now, because it is overdue or nobody speaks."""
        tasks = self._overdue or ({} if self._awaiting_idle else self._tasks)
        task = next(iter(tasks), None)
        if task is not None:
            self._overdue.pop(task, None)
        return task

    def finished(self, task: Task, *, more: bool) -> None:
        """Learn that a part of `task` is done, and whether there is more of it to do."""
        if not more:
            self._tasks.pop(task, None)
            self._overdue.pop(task, None)

    def note_store(self) -> None:
        """Learn that something has been stored: whoever spoke may go on."""
        self._stores += 1
        if not self._awaiting_idle:
            self._awaiting_idle = True
            self._await_idle()

    def _await_idle(self) -> None:
        self._stores_seen = self._stores
        self._call_later(IDLE_AFTER, self._check_idle)

    def _check_idle(self) -> None:
        if self._stores == self._stores_seen:
            self._awaiting_idle = False
            self._ready()
        else:
            self._await_idle()

    def _schedule_overdue(self, task: Task) -> None:
        if task not in self._timed:
            self._timed.add(task)
            self._call_later(TASK_INTERVAL, partial(self._mark_overdue, task))

    def _mark_overdue(self, task: Task) -> None:
        self._timed.discard(task)
        if task in self._tasks:
            self._overdue[task] = None
            self._schedule_overdue(task)
            self._ready()
