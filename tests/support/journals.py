"""Journals for tests: the test moves the clock, and no threads run."""

from __future__ import annotations

import sqlite3
import tracemalloc
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from netchat.journal.interface import Journal, Page, Span
from netchat.journal.sqlite.journal import SqliteJournal
from netchat.journal.sqlite.schema import FILE
from netchat.model.events import Event, Gap, Said
from netchat.model.limits import RetentionLimits
from netchat.threads.worker import InlineWorker, T, Worker

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NOW = 1_800_000_000.0
EVERYTHING = 1 << 30


@dataclass
class ManualClock:
    """A clock that the test advances, with the calls scheduled on it and the sentences received."""

    time: float = NOW
    warnings: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    error: float = 0.0
    """The seconds by which the wall clock is wrong."""
    _calls: list[tuple[float, Callable[[], None]]] = field(default_factory=list)

    def now(self) -> float:
        """Return the time of the wall clock."""
        return self.time + self.error

    def seconds(self) -> float:
        """Return the time of the clock that is never set."""
        return self.time

    def later(self, seconds: float, call: Callable[[], None]) -> None:
        self._calls.append((self.time + seconds, call))

    def advance(self, seconds: float) -> None:
        """Advance the time by `seconds`, and run the calls that are due."""
        end = self.time + seconds
        while due := [item for item in self._calls if item[0] <= end]:
            item = min(due, key=lambda item: item[0])
            self._calls.remove(item)
            self.time = max(self.time, item[0])
            item[1]()
        self.time = end

    def skip(self, seconds: float) -> None:
        """Advance the time by `seconds` as on a busy machine: what is due runs once, at the end."""
        self.time += seconds
        self.advance(0)


class HeldWorker(InlineWorker):
    """A worker that runs each job only when the test says so."""

    def __init__(self) -> None:
        super().__init__()
        self.held: list[Callable[[], None]] = []

    def call(self, work: Callable[[], T], done: Callable[[T], object]) -> None:
        self.held.append(lambda: super(HeldWorker, self).call(work, done))

    def run_next(self) -> None:
        """Run the first job that is held."""
        self.held.pop(0)()

    def run_all(self) -> None:
        """Run the jobs that are held, and those that they submit."""
        while self.held:
            self.run_next()


def make_journal(  # noqa: PLR0913 - as the journal itself
    directory: Path,
    clock: ManualClock,
    *,
    write: Worker | None = None,
    read: Worker | None = None,
    search: Worker | None = None,
    full_sync: bool = False,
    check_always: bool = False,
    trust_clock: bool = False,
    **limits: Any,
) -> SqliteJournal:
    """Return a journal on SQLite that has not been opened."""
    return SqliteJournal(
        directory,
        write=write or InlineWorker(),
        read=read or InlineWorker(),
        search=search or InlineWorker(),
        call_later=clock.later,
        now=clock.now,
        seconds=clock.seconds,
        warn=clock.warnings.append,
        inform=clock.notes.append,
        full_sync=full_sync,
        check_always=check_always,
        trust_clock=trust_clock,
        limits=RetentionLimits(**limits),
    )


def close(journal: Journal, worker: HeldWorker | None = None) -> None:
    """Close `journal`, whose `worker` may hold jobs, and check that it reports the end."""
    closed: list[bool] = []
    journal.close(lambda: closed.append(True))
    if worker is not None:
        worker.run_all()
    assert closed == [True]


def line(text: str, room: str = "lobby", nonce: str = "", time: float = NOW) -> Said:
    """Return a line by Bob; with a nonce, it comes from their client."""
    return Said(room, "Bob", text, time, nonce=nonce, client="bobs-client" if nonce else "")


def append(journal: Journal, *batch: Event) -> list[Event]:
    """Append `batch`, and return the results."""
    settled: list[Event] = []
    journal.append(batch, settled.extend)
    assert len(settled) == len(batch)
    return settled


def ask(journal: Journal, span: Span, room: str = "lobby", words: str | None = None) -> Page:
    """Return the page for `span`; with `words`, the lines that contain them."""
    found: list[object] = []
    if words is None:
        journal.read(room, span, found.append)
    else:
        journal.search(room, words, span, found.append)
    (page,) = found
    assert isinstance(page, Page), page
    return page


def all_of(journal: Journal, room: str = "lobby") -> list[Said | Gap]:
    """Return all lines of `room`, page by page, as for a client that comes back."""
    lines: list[Said | Gap] = []
    while True:
        page = ask(journal, Span(lines[-1].last if lines else 0, EVERYTHING, 500), room)
        lines += page.lines
        if not page.more:
            return lines


def texts(lines: list[Said | Gap] | tuple[Said | Gap, ...]) -> list[str]:
    """Return the texts of `lines`; for a gap, its ids."""
    return [x.text if isinstance(x, Said) else f"{x.first}-{x.last}" for x in lines]


def grown(act: Callable[[], object]) -> int:
    """Return by how many bytes the memory in use grows while `act` runs."""
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        act()
        return tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()


class JournalFile:
    """A journal on SQLite that can be closed, opened again, or left as after a crash."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.path = directory / FILE
        self.clock = ManualClock()
        self.journal: SqliteJournal | None = None

    def open(self, **settings: Any) -> SqliteJournal:
        """Return the journal, opened with `settings` as for make_journal."""
        self.close()
        self.journal = make_journal(self.directory, self.clock, **settings)
        self.journal.open()
        return self.journal

    def close(self) -> None:
        """Close the journal, if it is open."""
        journal, self.journal = self.journal, None
        if journal is not None:
            close(journal)

    def change(self, *statement: object) -> None:
        """Execute `statement` on the closed file, which no journal would do."""
        self.close()
        with closing(sqlite3.connect(self.path, isolation_level=None)) as connection:
            connection.execute(*statement)  # type: ignore[arg-type]

    def flip(self, what: bytes, bit: int = 0) -> None:
        """Flip a bit of the first byte of `what`, which occurs once in the closed file."""
        self.close()
        data = bytearray(self.path.read_bytes())
        assert data.count(what) == 1
        data[data.index(what)] ^= 1 << bit
        self.path.write_bytes(data)
