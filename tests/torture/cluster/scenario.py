"""Guests of three servers that are killed, stopped and cut off compare what they have read."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from random import Random
from time import monotonic
from typing import Any

from netchat.cluster.server import LEASE
from tests.support.needs import missing
from tests.torture.cluster.clients import ROOMS, SiteClient, SiteLedger
from tests.torture.cluster.faults import CUT, KILL, PRIMARY, STOP, Chaos, Fault
from tests.torture.cluster.processes import SiteOfProcesses
from tests.torture.event_loop import EventLoop
from tests.torture.figures import Figure, all_zero, at_least, exactly, reported
from tests.torture.line_clients import JsonClient
from tests.torture.server_process import stored

SMALL: Sequence[Sequence[Fault]] = (((STOP, 0), (PRIMARY, 0)), ((KILL, 1), (CUT, 2)))
"""What is done at small size: each of the faults once, two at a time."""
STEP = 0.02
"""Seconds after which the clients look at the time."""
_SHOWN = 5


class Watcher(JsonClient):
    """Asks one server who is in the rooms, again and again."""

    def __init__(self, loop: EventLoop, name: str, port: int) -> None:
        super().__init__(loop, name)
        self.names: dict[str, list[str]] = {}
        self.hello(port, rooms=[*ROOMS])

    def ask(self) -> None:
        """Ask for all rooms."""
        for room in ROOMS:
            self.send(type="names", room=room)

    def handle_event(self, event: dict[str, Any]) -> None:
        """Remember the newest answers."""
        match event:
            case {"type": "names", "room": room, "names": names}:
                self.names[room] = sorted(names)


class Play:
    """The clients on the site."""

    def __init__(self, loop: EventLoop, site: SiteOfProcesses, rng: Random, clients: int) -> None:
        self.loop = loop
        self.site = site
        self.ledger = SiteLedger(site.diary.note)
        self.clients = [
            SiteClient(loop, self.ledger, f"guest{n}", Random(rng.random()), site.ports)
            for n in range(clients)
        ]

    def tick(self) -> None:
        """Serve all sockets for a moment, and let the clients look at the time."""
        self.loop.run_for(STEP)
        now = monotonic()
        for client in self.clients:
            client.tick(now)

    def until(self, chaos: Future[None], end: threading.Event, seconds: float) -> None:
        """Speak while `chaos` does its rounds; without `seconds`, until they are done."""
        begin = monotonic()
        while not chaos.done():
            self.tick()
            if seconds and monotonic() - begin > seconds:
                end.set()
        chaos.result()

    def settle(self, seconds: float) -> list[str]:
        """Say nothing new, and wait for all answers; return who does not get them."""
        for client in self.clients:
            client.quiet = True
        end = monotonic() + seconds
        while monotonic() < end and not all(client.settled for client in self.clients):
            self.tick()
        return [client.state for client in self.clients if not client.settled]

    def ghosts(self, seconds: float) -> list[str]:
        """Compare who is in the rooms on each server; return what is wrong after `seconds`."""
        watchers = [
            Watcher(self.loop, f"watcher{n}", port) for n, port in enumerate(self.site.ports())
        ]
        end = monotonic() + seconds
        wrong = ["nothing was asked"]
        while wrong and monotonic() < end:
            for watcher in watchers:
                watcher.ask()
            for _ in range(25):
                self.tick()
            own = [watcher.name for watcher in watchers]
            expected = {
                room: sorted([*own, *(c.known_as for c in self.clients if room in c.rooms)])
                for room in ROOMS
            }
            wrong = [
                f"{watcher.name} {room}: too many {[*(Counter(seen) - Counter(names))]},"
                f" missing {[*(Counter(names) - Counter(seen))]}"
                for watcher in watchers
                for room, names in expected.items()
                if (seen := watcher.names.get(room, [])) != names
            ]
        return wrong

    def behind(self, seconds: float) -> list[str]:
        """Wait until all clients have read all lines; return what is missing after `seconds`."""
        end = monotonic() + seconds
        missed = ["nothing was compared"]
        while missed and monotonic() < end:
            self.tick()
            newest: Counter[str] = Counter()
            for room, id in self.ledger.seen:
                newest[room] = max(newest[room], id)
            missed = [
                f"{client.known_as} has {client.views[room].last} of {newest[room]} in {room}"
                for client in self.clients
                for room in client.rooms
                if client.views[room].last != newest[room]
            ]
        return missed


def why_not() -> str:
    """Return why the scenario cannot run here, or ""."""
    return missing("PostgreSQL")


def run(
    directory: Path,
    rng: Random,
    *,
    clients: int,
    seconds: float = 0,
    rounds: Sequence[Sequence[Fault]] = (),
) -> list[Figure]:
    """Do `rounds` of faults, or random ones for so many `seconds`, while `clients` speak."""
    with (
        EventLoop() as loop,
        SiteOfProcesses(directory) as site,
        ThreadPoolExecutor(3) as pool,
    ):
        for start in [pool.submit(server.start) for server in site.servers]:
            start.result()
        play = Play(loop, site, rng, clients)
        chaos = Chaos(site, Random(rng.random()))
        play.until(pool.submit(chaos.play, rounds), chaos.over, seconds)
        unsettled = play.settle(6 * LEASE)
        behind = play.behind(2 * LEASE)
        ghosts = play.ghosts(2 * LEASE)
        for _ in range(1000):
            if alike := site.freeze_alike():
                break
            play.tick()
        return [
            *(at_least(what, 1, count) for what, count in chaos.done.items()),
            reported("servers that ended by themselves", len(chaos.ended)),
            reported("logins", play.ledger.logins),
            reported("refusals", play.ledger.refused),
            reported("replaced by an older login", play.ledger.replaced),
            *_of_lines(play.ledger, [server.directory for server in site.servers]),
            exactly("clients without all answers", [], unsettled[:_SHOWN]),
            exactly("clients that have not read all lines", [], behind[:_SHOWN]),
            exactly("members that are none, or are not shown", [], ghosts[:_SHOWN]),
            exactly("names held twice", [], _twice(play.clients)),
            exactly("journals of all clients", 1, len(play.ledger.journals)),
            exactly("faults", [], play.ledger.faults[:_SHOWN]),
            exactly("number of faults", 0, len(play.ledger.faults)),
            exactly("servers that ended for no reason", [], _strange(chaos.ended)),
            exactly("servers at the same entry", True, alike),
            exactly("differences by `netchat verify --against`", [], site.differences()),
        ]


def _of_lines(ledger: SiteLedger, directories: list[Path]) -> list[Figure]:
    counts: Counter[str] = Counter()
    total = 0
    for directory in directories:
        kept: dict[tuple[str, int], str] = {}
        texts: Counter[str] = Counter()
        for room in ROOMS:
            rows = stored(directory, room)
            kept.update({(room, id): text for id, text in rows})
            texts.update(text for _, text in rows)
            counts["ids that are not 1..n"] += sum(
                id != number for number, (id, _) in enumerate(rows, start=1)
            )
        total = len(kept)
        counts["acknowledged and lost"] += sum(
            kept.get(place) != text for text, place in ledger.acknowledged.items()
        )
        counts["stored twice"] += sum(count - 1 for count in texts.values())
        counts["received and missing"] += sum(
            kept.get(place) != text for place, text in ledger.seen.items()
        )
    return [
        at_least("lines acknowledged", 1, len(ledger.acknowledged)),
        reported("lines stored", total),
        *all_zero(counts),
    ]


def _twice(clients: Sequence[SiteClient]) -> list[str]:
    counts = Counter(client.known_as for client in clients)
    return [name for name, count in counts.items() if count > 1]


def _strange(ended: Sequence[str]) -> list[str]:
    """Return the logs of those that were not buried before they ended."""
    return [log[-500:] for log in ended if "have not heard of this one" not in log]
