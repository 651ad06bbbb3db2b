"""A journal whose server does not run, as `netchat admin` acts on it."""

from __future__ import annotations

import heapq
import itertools
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from netchat import __version__
from netchat.admin.arguments import report_error
from netchat.console.answers import PresentRow, StatusRow
from netchat.console.interface import FoundAudit, Settled
from netchat.journal.interface import Journal, KnownRoom
from netchat.journal.sqlite.journal import SqliteJournal
from netchat.model.events import Event, Refused
from netchat.model.limits import RetentionLimits
from netchat.model.registry import NameRegistry
from netchat.state.changes import Actor, Change, Changed, What
from netchat.state.protection import why_not_ban
from netchat.state.records import Account
from netchat.state.site_records import Reached
from netchat.state.state import ChatState
from netchat.threads.worker import InlineWorker


class Timers:
    """The timers of a journal that is open for one command: `run` runs them without waiting."""

    def __init__(self) -> None:
        self._seconds = 0.0
        self._order = itertools.count()
        self._calls: list[tuple[float, int, Callable[[], object]]] = []

    def seconds(self) -> float:
        """Return the time, which passes only in `run`."""
        return self._seconds

    def later(self, seconds: float, call: Callable[[], object]) -> None:
        """Call `call` after some seconds."""
        heapq.heappush(self._calls, (self._seconds + seconds, next(self._order), call))

    def run(self, done: Callable[[], bool]) -> None:
        """Run the timers, the earliest first, until `done` or until there are none."""
        while not done() and self._calls:
            self._seconds, _, call = heapq.heappop(self._calls)
            call()


_OF_A_SITE = (
    "This journal is that of a server of a site, which has to run for this; start it, or use the "
    "data directory of one that runs."
)


class JournalConsole:
    """Acts on `journal`, which has these `rooms`; nobody is connected."""

    running = False
    incarnation = 0

    def __init__(
        self, journal: Journal, rooms: Sequence[KnownRoom], now: Callable[[], float]
    ) -> None:
        self._journal = journal
        self._rooms: NameRegistry[KnownRoom] = NameRegistry()
        for room in rooms:
            if self._rooms.find(room.name) is None:
                self._rooms.register(room.name, room)
        self.state = ChatState(journal.records())
        self._now = now

    def time(self) -> float:
        """Return the time, to the millisecond, as a server dates what happens."""
        return round(self._now(), 3)

    def change(self, what: What, by: Actor, then: Settled) -> None:
        """Append the change, and apply it when it is stored.

        The journal of a server of a site is a copy of the log, which would lack the change.
        """
        if self.state.find(Reached, ""):
            then(Refused("bad-request", _OF_A_SITE))
            return

        def settled(results: Sequence[Event]) -> None:
            result = results[0]
            if isinstance(result, Changed):
                self.state.apply(result.updates)
            assert isinstance(result, Changed | Refused), "a change is settled as one of these"
            then(result)

        self._journal.append([Change(what, by, self.time())], settled)

    def audit(self, before: int, limit: int, found: FoundAudit) -> None:
        """Read the audit."""
        self._journal.audit(before, limit, found)

    def room(self, name: str) -> str:
        """Return how the room is written: in its lines, or else in what is remembered of it."""
        room = self._rooms.find(name)
        return room.name if room else self.state.spelling(name)

    def last(self, room: str) -> int:
        """Return the id of the last line of `room`."""
        known = self._rooms.find(room)
        return known.last if known else 0

    def present(self) -> Sequence[PresentRow]:
        """Return nobody."""
        return ()

    def protected(self, network: str) -> str:
        """Return why not, for this machine; what else is trusted is known to the server only."""
        return why_not_ban(network, ())

    def end_sessions(self, account: int) -> int:
        """Return 0: there are none."""
        return 0

    def status(self) -> StatusRow:
        """Return that no server runs."""
        return StatusRow(
            __version__,
            running=False,
            accounts=sum(1 for _ in self.state.all(Account)),
            trouble=self._journal.trouble,
            locked=self.state.lock_at(self.time()) is not None,
        )


@contextmanager
def open_alone(
    directory: Path, now: Callable[[], float]
) -> Iterator[tuple[JournalConsole, Timers]]:
    """Open the journal in `directory` within the block; it is made if there is none.

    JournalInUseError if it is in use, or JournalError if it cannot be opened.
    """
    _become_owner(directory)
    timers = Timers()
    journal = SqliteJournal(
        directory,
        write=InlineWorker(),
        read=InlineWorker(),
        search=InlineWorker(),
        call_later=timers.later,
        now=now,
        seconds=timers.seconds,
        warn=report_error,
        inform=lambda _: None,
        # How long lines are kept is known to the server only.
        limits=RetentionLimits(),
    )
    journal.acquire_lock()
    rooms = journal.open()
    try:
        yield JournalConsole(journal, rooms, now), timers
    finally:
        closed: list[bool] = []
        journal.close(lambda: closed.append(True))
        timers.run(lambda: bool(closed))


def _become_owner(directory: Path) -> None:
    """Become the owner of `directory` if this is root: root's files would be out of its reach."""
    if os.geteuid():
        return
    try:
        status = directory.stat()
    except FileNotFoundError:
        report_error(
            f"{directory} is made, and belongs to root; a server with another user needs it to be "
            f"chown'ed: chown -R USER {directory}"
        )
        return
    if status.st_uid:
        os.setgroups([])
        os.setgid(status.st_gid)
        os.setuid(status.st_uid)
