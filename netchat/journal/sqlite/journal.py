"""The journal on SQLite: a line is on disk before any client receives it.

Batches that are appended during a transaction are stored together in the next one, so that one
fsync covers many lines. Three workers write, read and search, because a search may take longer
than readers should wait.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from netchat.journal.interface import KnownRoom
from netchat.journal.refusal import is_stored, refuse
from netchat.journal.sqlite.delivery import Delivery, Settled
from netchat.journal.sqlite.erasure import Erasure
from netchat.journal.sqlite.lock import acquire_lock
from netchat.journal.sqlite.maintenance import MaintenanceQueue, Task
from netchat.journal.sqlite.private_lines import load_counts
from netchat.journal.sqlite.queries import Queries
from netchat.journal.sqlite.retention import Retention
from netchat.journal.sqlite.schema import FILE, closed_on_error, prepare
from netchat.journal.sqlite.search_index import MIN_BATCH, SearchIndex
from netchat.journal.sqlite.storage_monitor import StorageMonitor
from netchat.journal.sqlite.writer import StoreResult, Writer
from netchat.model.events import Event
from netchat.model.limits import RetentionLimits
from netchat.state.changes import Changed
from netchat.state.record import Record
from netchat.threads.worker import T, Worker, pass_through, with_fallback

TRIM_INTERVAL = 60.0
"""Seconds between two deletions of old lines."""
ERASE_INTERVAL = 1.0
"""Seconds after which it is tried again to erase what is left of deleted lines."""
MAX_UNINDEXED = 100_000
"""Index before storing if this many lines are not indexed: a search must read each of them."""


class SqliteJournal:
    """Keeps the lines in `directory`, within `limits`.

    `write`, `read` and `search` are the workers. `call_later` calls a function after some seconds;
    `now` is the wall clock, `seconds` one that never goes backwards; `warn` and `inform` are called
    with sentences for the operator. `full_sync`: a power failure takes no line. `check_always`:
    `trouble` is known soon even if nobody speaks. `trust_clock`: a jump of it prevents no deletion.
    """

    def __init__(  # noqa: PLR0913 - each has a name
        self,
        directory: Path,
        *,
        write: Worker,
        read: Worker,
        search: Worker,
        call_later: Callable[[float, Callable[[], None]], object],
        now: Callable[[], float],
        seconds: Callable[[], float],
        warn: Callable[[str], None],
        inform: Callable[[str], None],
        limits: RetentionLimits,
        full_sync: bool = True,
        check_always: bool = False,
        trust_clock: bool = False,
    ) -> None:
        self._directory = directory
        self._write = write
        self._read = read
        self._call_later = call_later
        self._monitor = StorageMonitor(call_later, warn, self._check_storage, always=check_always)
        path = directory / FILE
        post_warning = lambda message: write.post(partial(warn, message))  # noqa: E731
        self._writer = Writer(path, full_sync=full_sync, warn=post_warning)
        self._queries = Queries(path, read=read, search=search, seconds=seconds, warn=post_warning)
        # What only reads is as the queries have it.
        self.read, self.search = self._queries.read, self._queries.search
        self.read_private, self.audit = self._queries.read_private, self._queries.audit
        self.log_places = self._queries.log_places
        self._index = SearchIndex(self._writer, post_warning)
        self._erasure = Erasure(self._writer, self._index, post_warning)
        retention = Retention(
            self._writer,
            self._index,
            limits,
            seconds=None if trust_clock else seconds,
            warn=post_warning,
            inform=lambda message: write.post(partial(inform, message)),
        )
        limited = limits.keep_days or limits.keep_lines
        self._trim: Task | None = (lambda: retention.trim(now())) if limited else None
        self._lock: int | None = None
        self._queue: list[tuple[Sequence[Event], Settled]] = []
        self._unsettled = 0
        self._maintenance = MaintenanceQueue(call_later, self._start_next)
        self._index_first = False
        self._busy = False
        self._storing = False
        self._delivery = Delivery(call_later, self._settling)
        self._records: Sequence[Record] = ()
        self._counts: Mapping[int, int] = {}
        self._open = False
        self._closed: Callable[[], None] | None = None

    @property
    def id(self) -> str:
        """The identifier that is stored in the file; "" before it is open."""
        return self._writer.id

    @property
    def trouble(self) -> str:
        """Why nothing can be stored at present, as a sentence; "" if lines can be stored."""
        return self._monitor.trouble

    def acquire_lock(self) -> None:
        """Lock the directory and prepare the file; JournalError if either fails.

        This may be called before a daemon forks; `open` only after the fork.
        """
        if self._lock is None:
            descriptor = acquire_lock(self._directory)
            try:
                prepare(self._directory / FILE)
            except BaseException:
                os.close(descriptor)
                raise
            self._lock = descriptor

    def open(self) -> Sequence[KnownRoom]:
        """Open the file, in the calling thread, and start the workers."""
        self.acquire_lock()
        self._writer.open()
        with closed_on_error(self._writer):
            self._queries.open()
        self._write.start()
        self._queries.start()
        rooms = self._writer.rooms.values()
        self._records = tuple(self._writer.state.records())
        self._counts = load_counts(self._writer.connection)
        self._open = True
        self._monitor.start()
        self._maintenance.add(self._index.fill)
        if self._erasure.is_needed():
            self._maintenance.add(self._erasure.run)
        if self._trim:
            self._schedule_trim()
        self._start_next()
        return [KnownRoom(room.name, room.topic, room.last) for room in rooms]

    def take_id(self, id: str) -> None:
        """Store `id` before anything else."""
        self._writer.id = id
        # What is stored later is stored behind this by the same worker.
        self._write.call(partial(self._writer.take_id, id), lambda _: None)

    def records(self) -> Sequence[Record]:
        """Return the records that were stored when the file was opened."""
        return self._records

    def private_counts(self) -> Mapping[int, int]:
        """Return what was stored when the file was opened."""
        return self._counts

    def close(self, closed: Callable[[], None]) -> None:
        """Close once everything appended has settled; the write-ahead log is then empty."""
        self._queries.stop()
        self._closed = closed
        self._start_next()

    def ping(self, answered: Callable[[], None]) -> None:
        """Pass through the workers that write and read."""
        pass_through([self._write, self._read] if self._open else [], answered)

    def append(self, batch: Sequence[Event], settled: Settled) -> None:
        """Queue `batch`, or settle it at once if nothing is pending or to be stored."""
        if not self._open:
            settled([refuse(event) for event in batch])
        elif self._unsettled or any(map(is_stored, batch)):
            self._unsettled += 1
            self._queue.append((batch, settled))
            self._start_next()
        else:
            settled(batch)

    def _start_next(self) -> None:
        """Start the next store, close or maintenance task, unless one is running."""
        if self._busy:
            return
        if self._queue and not (self._index_first or self._maintenance.overdue):
            queue, self._queue = self._queue, []
            batches = [batch for batch, _ in queue]
            calls = [settled for _, settled in queue]
            self._storing = True
            self._run(partial(self._writer.store, batches), partial(self._store_done, calls))
        elif self._closed and not self._queue:
            self._end(self._closed)
        elif task := (self._index.fill if self._index_first else self._maintenance.next_task()):
            work = with_fallback(self._write, task, lambda _: False)
            self._run(work, partial(self._task_done, task))

    def _run(self, work: Callable[[], T], done: Callable[[T], object]) -> None:
        self._busy = True
        self._write.call(work, done)

    def _store_done(self, calls: Sequence[Settled], result: StoreResult) -> None:
        self._busy = self._storing = False
        self._monitor.report(result.trouble)
        if result.unindexed >= MIN_BATCH:
            self._maintenance.add(self._index.fill)
            self._index_first = result.unindexed >= MAX_UNINDEXED
        if result.has_deleted:
            self._maintenance.add(self._erasure.run)
        self._maintenance.note_store()
        # Start the next transaction first: it runs while these events are delivered.
        self._start_next()
        self._delivery.add(zip(calls, result.settled, strict=True), more=self._storing)

    def _settling(self, events: Sequence[Event]) -> None:
        self._unsettled -= 1
        for event in events:
            if isinstance(event, Changed) and event.lines:
                self._queries.note_deleted(event.lines)

    def _task_done(self, task: Task, more: bool) -> None:
        self._busy = False
        self._index_first = self._index_first and more and self._index.unindexed >= MAX_UNINDEXED
        self._maintenance.finished(task, more=more)
        if self._erasure.waiting:
            self._erasure.waiting = False
            self._call_later(ERASE_INTERVAL, self._schedule_erasure)
        self._start_next()

    def _check_storage(self) -> None:
        """Check whether lines can be stored, unless a store is about to show it."""
        if not self._busy:
            writer = self._writer
            self._run(writer.probe if self.trouble else writer.check_files, self._checked)

    def _checked(self, trouble: str) -> None:
        self._busy = False
        self._monitor.report(trouble)
        self._start_next()

    def _schedule_trim(self) -> None:
        if self._trim and self._open:
            self._maintenance.add(self._trim)
            self._call_later(TRIM_INTERVAL, self._schedule_trim)
            self._start_next()

    def _schedule_erasure(self) -> None:
        if self._open:
            self._maintenance.add(self._erasure.run)
            self._start_next()

    def _end(self, closed: Callable[[], None]) -> None:
        self._closed = None
        self._maintenance.stop()
        self._monitor.stop()
        was_open, self._open = self._open, False

        def release() -> None:
            if self._lock is not None:
                os.close(self._lock)
                self._lock = None
            closed()

        def end_writing() -> None:
            self._write.call(self._writer.close, lambda _: self._write.stop(release))

        if was_open:
            # Close the readers first: the last connection to close empties the write-ahead log.
            self._queries.close(end_writing)
        else:
            release()
