"""Clients search a large journal without pause, for rare combinations; logins are not delayed."""

from __future__ import annotations

import selectors
from contextlib import suppress
from itertools import count
from pathlib import Path
from random import Random
from time import monotonic

import msgspec

from netchat.model.events import SaidLines
from tests.support.journals import NOW, ManualClock, append, close, make_journal
from tests.torture.attacks.attack_runner import Controller
from tests.torture.attacks.attacked_server import AttackedServer, Size
from tests.torture.attacks.raw_connection import RawConnection
from tests.torture.figures import Figure, at_least, at_most, exactly, reported

ROOM = "archive"
WORDS = "hello apple pear line number"
"""Each word is in at least half of the lines, and no line has all of them."""
AT_ONCE = 500
RATE = 5.0
LONG = "x" * 1000


def run(  # noqa: PLR0913 - each has a name
    directory: Path, rng: Random, *, lines: int, clients: int, seconds: float, entry: float,
    memory: float, stop: float, size: Size,
) -> list[Figure]:  # fmt: skip
    """Let `clients` search `lines` lines for `seconds`, while as many say long lines.

    A client that logs in meanwhile must have its history within `entry` seconds. The server may
    need `memory` MiB more, and `stop` seconds to end while searches wait.
    """
    _fill(directory / "data", lines)
    with AttackedServer(directory, rng) as target:
        target.measure_baseline(size.baseline)
        with target.start_attack(
            attack, port=target.port, clients=clients, seconds=seconds
        ) as process:
            target.run_until(lambda: len(process.reports) > 0, "the searches", seconds + 60)
            growth = target.growth
            figures = target.finish(size)
            begin = monotonic()
            code = target.server.stop()
            took = monotonic() - begin
        result = process.reports[0]
    return [
        reported("lines searched, clients that search", f"{lines}, {clients}"),
        at_least("searches answered", 1, result["answers"]),
        reported("clients closed, and reconnected", result["closed"]),
        reported("logins meanwhile", len(result["entries"])),
        at_most("the slowest of them had its history after", 1000 * entry,
                1000 * max(result["entries"]), "ms"),
        at_most("additional memory of the server", memory, growth, "MiB"),
        exactly("exit code", 0, code),
        at_most("the server ended, while searches waited, after", stop, took, "s"),
        *figures,
    ]  # fmt: skip


def attack(controller: Controller, *, port: int, clients: int, seconds: float) -> None:
    """Search and say long lines, log in once a second, report that, and go on until the end."""
    begin = monotonic()
    searchers = _Searchers(port, clients)
    entries: list[float] = []
    for beat in count():
        searchers.ask()
        searchers.receive_until(begin + beat / RATE)
        if beat % RATE == 0 and monotonic() < begin + seconds:
            entries.append(_log_in(port, beat))
        elif entries and monotonic() > begin + seconds:
            break
    controller.report(
        {"answers": searchers.answers, "closed": searchers.closed, "entries": entries}
    )
    while searchers.connections:
        searchers.ask()
        searchers.receive_until(monotonic() + 1 / RATE)


class _Searchers:
    """Clients that search, and as many that speak; a closed one reconnects, if it can."""

    def __init__(self, port: int, clients: int) -> None:
        self.connections: dict[RawConnection, bytes] = {}
        """All connections, and the request that each repeats."""
        self.answers = self.closed = 0
        self._port = port
        self._names = count()
        self._selector = selectors.DefaultSelector()
        search = {"type": "search", "room": ROOM, "words": WORDS}
        say = {"type": "say", "room": ROOM, "text": LONG}
        for request in [search, say] * clients:
            self._connect(msgspec.json.encode(request) + b"\n")

    def ask(self) -> None:
        """Send the request of each client."""
        for connection, request in self.connections.items():
            connection.push(request)

    def receive_until(self, until: float) -> None:
        """Read all connections until a time."""
        while (left := until - monotonic()) > 0:
            for key, _ in self._selector.select(left):
                received = key.data.take()
                self.answers += received.count(b'"type":"found"')
                if not received:
                    self._reconnect(key.data)

    def _connect(self, request: bytes) -> None:
        connection = RawConnection(self._port)
        connection.ask(type="hello", name=f"searcher{next(self._names)}", rooms=[ROOM])
        connection.socket.settimeout(0.01)
        self.connections[connection] = request
        self._selector.register(connection.socket, selectors.EVENT_READ, connection)

    def _reconnect(self, connection: RawConnection) -> None:
        self.closed += 1
        self._selector.unregister(connection.socket)
        connection.close()
        request = self.connections.pop(connection)
        with suppress(OSError):
            self._connect(request)


def _log_in(port: int, number: int) -> float:
    """Log in, ask for the history, and leave; return the seconds that it took."""
    begin = monotonic()
    connection = RawConnection(port)
    connection.hello(f"newcomer{number}", "entered", rooms=[ROOM])
    connection.ask(type="history", room=ROOM, limit=50)
    assert connection.event("history")
    connection.close()
    return monotonic() - begin


def _fill(directory: Path, lines: int) -> None:
    """Make a journal of so many lines, all of them in its search index."""
    clock = ManualClock()
    journal = make_journal(directory, clock)
    journal.open()
    for start in range(0, lines, AT_ONCE):
        fruit = ("apple", "pear")
        texts = [f"hello {fruit[n % 2]} line number {n}" for n in range(start, start + AT_ONCE)]
        append(journal, SaidLines(ROOM, "Bob", tuple(texts), NOW))
    clock.advance(1)
    close(journal)
