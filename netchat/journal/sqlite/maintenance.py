"""Maintenance of the file while no lines are being stored: indexing words, deleting old lines.

Under steady load, a part of each task runs from time to time all the same: otherwise old lines
would never be deleted, and searches would have to read every line.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

Task = Callable[[], bool]
"""Does one part of a maintenance task, in the worker; returns whether there is more to do."""

IDLE_AFTER = 0.05
"""Seconds without a store after which the journal counts as idle."""
TASK_INTERVAL = 0.5
"""Seconds after which a part of each pending task runs even if the journal is not idle."""


class MaintenanceQueue:
    """The pending maintenance tasks; `ready` is called when one of them may run.

    `call_later` calls a function after some seconds.
    """

    def __init__(
        self, call_later: Callable[[float, Callable[[], None]], object], ready: Callable[[], None]
    ) -> None:
        self._call_later = call_later
        self._ready = ready
        self._tasks: dict[Task, None] = {}
        self._overdue: dict[Task, None] = {}
        """Tasks of which a part is to run now, before any further store."""
        self._timed: set[Task] = set()
        self._stores = 0
        self._stores_seen = 0
        self._awaiting_idle = False

    def add(self, task: Task) -> None:
        """Add `task`, unless it is pending already."""
        self._tasks[task] = None
        self._schedule_overdue(task)

    def stop(self) -> None:
        """Drop all tasks."""
        self._tasks.clear()
        self._overdue.clear()

    @property
    def overdue(self) -> bool:
        """Whether a task is to run before any further store."""
        return bool(self._overdue)

    def next_task(self) -> Task | None:
        """Return the task of which a part is to run now, or None."""
        tasks = self._overdue or ({} if self._awaiting_idle else self._tasks)
        task = next(iter(tasks), None)
        if task is not None:
            self._overdue.pop(task, None)
        return task

    def finished(self, task: Task, *, more: bool) -> None:
        """Called when a part of `task` is done; `more` tells whether the task goes on."""
        if not more:
            self._tasks.pop(task, None)
            self._overdue.pop(task, None)

    def note_store(self) -> None:
        """Called after each store: the journal is not idle."""
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
