"""The clients on a site, and what is compared once they are quiet."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future
from random import Random
from time import monotonic
from typing import Any

from tests.torture.cluster.clients import ROOMS, SiteClient
from tests.torture.cluster.ledger import SiteLedger
from tests.torture.cluster.processes import SiteOfProcesses
from tests.torture.event_loop import EventLoop
from tests.torture.line_clients import JsonClient

STEP = 0.02
"""Seconds after which the clients look at the time."""


class Watcher(JsonClient):
    """Asks one server who is in the rooms, again and again."""

    def __init__(self, loop: EventLoop, name: str, port: int) -> None:
        super().__init__(loop, name)
        self.names: dict[str, list[str]] = {}
        self.topics: dict[str, str] = {}
        self.hello(port, rooms=[*ROOMS])

    def ask(self) -> None:
        """Ask for all rooms."""
        for room in ROOMS:
            self.send(type="names", room=room)

    def handle_event(self, event: dict[str, Any]) -> None:
        """Remember the newest answers."""
        match event:
            case {"type": "entered", "room": room, "topic": topic}:
                self.topics[room] = topic
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
        self._watchers = 0

    @property
    def staying(self) -> list[SiteClient]:
        """Those who come back."""
        return [client for client in self.clients if not client.stays_away]

    def tick(self) -> None:
        """Serve all sockets for a moment, and let the clients look at the time."""
        self.loop.run_for(STEP)
        now = monotonic()
        for client in self.clients:
            client.tick(now)
        for lost in self.ledger.whispers.tick(now):
            self.ledger.faults.append(lost)
            self.ledger.note(lost)

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
        return self._wait(
            seconds, lambda: [client.state for client in self.clients if not client.settled]
        )

    def whisper(self, seconds: float) -> list[str]:
        """Let each client tell the next one something; return what has not arrived once."""
        readers = [*self.clients[1:], *self.clients[:1]]
        texts = [
            client.whisper(reader.known_as)
            for client, reader in zip(self.clients, readers, strict=True)
        ]

        def wrong() -> list[str]:
            return [text for text in texts if self.ledger.whispers.told[text] != 1] + [
                client.state for client in self.clients if not client.settled
            ]

        return self._wait(seconds, wrong)

    def leave_for_ever(self) -> float:
        """Kill the server with the most clients, who do not come back; return the time."""
        counts = Counter(client.port for client in self.clients)
        ((port, _),) = counts.most_common(1)
        for client in self.clients:
            client.stays_away = client.port == port
        (server,) = (one for one in self.site.servers if one.port == port)
        server.kill()
        return monotonic()

    def ghosts(self, seconds: float) -> list[str]:
        """Compare who is in the rooms on each server; return what is wrong after `seconds`."""
        watchers = self._new_watchers()
        own = [watcher.name for watcher in watchers]
        asked = 0.0

        def wrong() -> list[str]:
            nonlocal asked
            if monotonic() - asked > 0.5:
                asked = monotonic()
                for watcher in watchers:
                    watcher.ask()
            expected = {
                room: sorted([*own, *(c.known_as for c in self.staying if room in c.rooms)])
                for room in ROOMS
            }
            return [
                *(
                    difference(f"{watcher.name} {room}", names, watcher.names.get(room, []))
                    for watcher in watchers
                    for room, names in expected.items()
                    if watcher.names.get(room, []) != names
                ),
                *(
                    difference(f"{client.known_as} in {view.room}", expected[view.room], names)
                    for client in self.staying
                    for view in client.views.values()
                    if view.here and view.certain
                    and (names := sorted(view.names)) != expected[view.room]
                ),
            ]  # fmt: skip

        found = self._wait(seconds, wrong)
        for watcher in watchers:
            watcher.leave()
        return found

    def topics(self, seconds: float) -> list[str]:
        """Compare the topics that clients know with those of each server."""
        watchers = self._new_watchers()

        def wrong() -> list[str]:
            known = [
                (f"{one.name}: {room}", room, one.topics.get(room))
                for one in watchers
                for room in ROOMS
            ]
            known += [
                (f"{client.known_as}: {room}", room, client.views[room].topic)
                for client in self.staying
                for room in client.rooms
            ]
            first = watchers[0].topics
            return [
                f"{who} {topic!r}"
                for who, room, topic in known
                if topic is None or topic != first.get(room)
            ]

        found = self._wait(seconds, wrong)
        for watcher in watchers:
            watcher.leave()
        return found

    def behind(self, seconds: float) -> list[str]:
        """Wait until all clients have read all lines; return what is missing after `seconds`."""

        def missed() -> list[str]:
            newest: Counter[str] = Counter()
            for room, id in self.ledger.seen:
                newest[room] = max(newest[room], id)
            return [
                f"{client.known_as} has {client.views[room].last} of {newest[room]} in {room}"
                for client in self.clients
                for room in client.rooms
                if client.views[room].last != newest[room]
            ]

        return self._wait(seconds, missed)

    def _wait(self, seconds: float, wrong: Callable[[], list[str]]) -> list[str]:
        """Wait until nothing is `wrong`; return what is after `seconds`."""
        end = monotonic() + seconds
        while (found := wrong()) and monotonic() < end:
            self.tick()
        return found

    def _new_watchers(self) -> list[Watcher]:
        """Return a watcher on each server."""
        self._watchers += 1
        return [
            Watcher(self.loop, f"watcher{self._watchers}.{number}", port)
            for number, port in enumerate(self.site.ports())
        ]


def difference(where: str, expected: list[str], seen: list[str]) -> str:
    """Return what `seen` has too much or not."""
    return (
        f"{where}: too many {[*(Counter(seen) - Counter(expected))]},"
        f" missing {[*(Counter(expected) - Counter(seen))]}"
    )
