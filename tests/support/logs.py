"""Servers that follow a log, in one thread; what comes from other threads arrives as a turn."""

from __future__ import annotations

from queue import Empty, SimpleQueue
from time import monotonic
from typing import TYPE_CHECKING, Protocol

from twisted.internet.task import Clock

from netchat.log.memory import MemoryLog, SharedLog
from netchat.log.postgres.log import PostgresLog
from netchat.log.postgres.target import parse_target
from netchat.threads.worker import ThreadWorker
from tests.support.processes import PATIENCE
from tests.support.relay import Relay

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from netchat.log.interface import Entry, Log, LogError, Opened
    from tests.support.postgres import Postgres


class Turns:
    """This thread, as a reactor. The clock moves while nothing comes."""

    def __init__(self) -> None:
        self.clock = Clock()
        self._calls: SimpleQueue[Callable[[], object]] = SimpleQueue()

    def call_soon(self, call: Callable[[], object]) -> None:
        """Run `call` in a later turn; called in any thread."""
        self._calls.put(call)

    def until(self, done: Callable[[], object]) -> None:
        """Run turns until `done`; the clock moves as fast as the time of the machine."""
        end = monotonic() + PATIENCE
        while not done():
            assert monotonic() < end, "what is waited for does not come"
            try:
                self._calls.get(timeout=0.02)()
            except Empty:
                self.clock.advance(0.02)

    def run(self) -> None:
        """Run what is due."""
        while not self._calls.empty():
            self._calls.get()()


class Reader:
    """A server that follows a log; it holds the log to its contract."""

    def __init__(self, log: Log, opened: Opened, after: int) -> None:
        self.log = log
        self.opened = opened
        self.position = after
        self.heard_entries: list[Entry] = []
        self.refusals: dict[int, str] = {}
        self.ends: list[str] = []
        self.last_batch = 0
        self.calls = 0
        self.closed: list[bool] | None = None
        log.follow(self)

    @property
    def number(self) -> int:
        """Its incarnation."""
        return self.opened.incarnation

    @property
    def heard_texts(self) -> list[str]:
        """What it has heard."""
        return [entry.payload.decode() for entry in self.heard_entries]

    @property
    def settled(self) -> bool:
        """Whether everything that it has appended is heard or refused."""
        own = [entry.batch for entry in self.heard_entries if entry.incarnation == self.number]
        return len(own) + len(self.refusals) == self.last_batch

    def say(self, text: str) -> int:
        """Append `text`; return the number of the batch."""
        self.last_batch += 1
        calls = self.calls
        self.log.append(self.last_batch, text.encode())
        assert self.calls == calls, "a follower is called within a call of the log"
        return self.last_batch

    def bury(self, other: int, text: str = "gone", after: int | None = None) -> int:
        """Append `text`, which buries `other`."""
        self.last_batch += 1
        self.log.bury(other, self.last_batch, text.encode(), after)
        return self.last_batch

    def close(self) -> list[bool]:
        """Close the log; return where it is noted when that is done, with `settled`."""
        if self.closed is None:
            self.closed = closed = []
            self.log.close(lambda: closed.append(self.settled))
        return self.closed

    def heard(self, entries: Sequence[Entry]) -> None:
        self.calls += 1
        assert not self.ends
        for entry in entries:
            self.position += 1
            assert entry.position == self.position
            if entry.incarnation == self.number:
                assert entry.batch not in self.refusals
        self.heard_entries += entries
        keys = [(entry.incarnation, entry.batch) for entry in self.heard_entries]
        assert len(keys) == len({*keys})

    def refused(self, batch: int, why: str) -> None:
        self.calls += 1
        assert batch not in self.refusals
        assert batch <= self.last_batch
        assert (self.number, batch) not in [(e.incarnation, e.batch) for e in self.heard_entries]
        assert why.endswith(".")
        self.refusals[batch] = why

    def buried(self) -> None:
        assert not self.ends
        self.ends.append("buried")

    def failed(self, error: LogError) -> None:
        assert not self.ends
        self.ends.append(str(error))


class Site(Protocol):
    """A log and the servers on it."""

    turns: Turns

    def join(self, site: str = "", after: int = 0, key: tuple[int, int] | None = None) -> Reader:
        """Start a server."""

    def cut(self, reader: Reader) -> None:
        """Cut the network of a server."""

    def mend(self, reader: Reader) -> None:
        """Mend the network of a server."""

    def lose_answers(self, reader: Reader) -> None:
        """Let what a server appends be in the log, without an answer until `mend`."""

    def close(self) -> None:
        """Close what is open."""


class MemorySite:
    """A log in memory."""

    def __init__(self) -> None:
        self.turns = Turns()
        self.shared = SharedLog(self.turns.clock.seconds)
        self.logs: dict[int, MemoryLog] = {}

    def join(self, site: str = "", after: int = 0, key: tuple[int, int] | None = None) -> Reader:
        log = MemoryLog(self.shared, self.turns.call_soon)
        opened = log.open(site, after, key)
        self.logs[opened.incarnation] = log
        return Reader(log, opened, after)

    def cut(self, reader: Reader) -> None:
        self.logs[reader.number].cut()

    def mend(self, reader: Reader) -> None:
        self.logs[reader.number].connect()

    def lose_answers(self, reader: Reader) -> None:
        self.logs[reader.number].leave_unanswered()

    def close(self) -> None:
        self.turns.run()


class PostgresSite:
    """A log on PostgreSQL; each server has a network of its own to it."""

    def __init__(self, postgres: Postgres) -> None:
        self.turns = Turns()
        self.postgres = postgres
        self.database = postgres.new_database()
        self.relays: dict[int, Relay] = {}
        self.readers: list[Reader] = []

    def make(self, url: str) -> PostgresLog:
        """Return a log that is not open yet."""
        return PostgresLog(
            parse_target(url),
            clock=self.turns.clock,
            worker=ThreadWorker(self.turns.call_soon, "netchat log"),
            deliver=self.turns.call_soon,
        )

    def join(self, site: str = "", after: int = 0, key: tuple[int, int] | None = None) -> Reader:
        relay = Relay(self.postgres.socket)
        log = self.make(f"postgresql://netchat@127.0.0.1:{relay.port}/{self.database}")
        try:
            opened = log.open(site, after, key)
        except BaseException:
            relay.close()
            raise
        self.relays[opened.incarnation] = relay
        self.readers.append(Reader(log, opened, after))
        return self.readers[-1]

    def cut(self, reader: Reader) -> None:
        self.relays[reader.number].cut()
        self.turns.until(lambda: reader.log.trouble)

    def mend(self, reader: Reader) -> None:
        self.relays[reader.number].mend()
        self.turns.until(lambda: not reader.log.trouble)

    def lose_answers(self, reader: Reader) -> None:
        assert isinstance(reader.log, PostgresLog)
        link = reader.log._link
        # A read under way would get no answer either, and what is appended would wait for it.
        self.turns.until(lambda: link.ready)
        self.relays[reader.number].lose_answers()

    def close(self) -> None:
        for reader in self.readers:
            self.turns.until(reader.close)
        for relay in self.relays.values():
            relay.close()
