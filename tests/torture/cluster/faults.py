"""What is done to a site while guests speak; each fault is over when its function returns."""

from __future__ import annotations

import signal
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from random import Random

from netchat.cluster.burials import LEASE
from tests.torture.cluster.mutes import Mutes
from tests.torture.cluster.processes import SiteOfProcesses, SiteProcess

KILL, STOP, PAUSE, CUT, LOSE, PRIMARY = FAULTS = (
    "kill -9 of a server",
    "SIGSTOP of a server past its lease",
    "SIGSTOP of a server for a moment",
    "cut between a server and the log",
    "answers of the log lost",
    "kill -9 of the primary, and promotion",
)
LONGEST_CUT = 1.5 * LEASE
MOST_TRIES = 100
"""After so many tries, half a second apart, a server must have taken a guest."""
Fault = tuple[str, int]
"""What is done, and to which server."""


class Chaos:
    """Does one round of faults after the other, in a thread of its own, until it is stopped."""

    def __init__(self, site: SiteOfProcesses, rng: Random) -> None:
        self.done: Counter[str] = Counter()
        self.mutes = Mutes(rng)
        self.ended: list[str] = []
        """The last lines of servers that have ended by themselves."""
        self._site = site
        self._rng = rng
        self.over = threading.Event()
        """Once it is set, the round that is being done is the last one."""
        self._pool = ThreadPoolExecutor(4)
        self._acts: dict[str, Callable[[SiteProcess, Random], None]] = {
            KILL: self._kill,
            STOP: self._stop,
            PAUSE: self._pause,
            CUT: self._cut,
            LOSE: self._lose,
            PRIMARY: self._fail_over,
        }

    def play(self, rounds: Sequence[Sequence[Fault]] = ()) -> None:
        """Do these rounds, or random ones until it is over."""
        if rounds:
            for faults in rounds:
                self._round(faults)
        while not rounds and not self.over.wait(self._rng.uniform(0.5, 4)):
            self._round(self._draw())

    def _draw(self) -> list[Fault]:
        count = 1 if self._rng.random() < 0.5 else 2
        victims = self._rng.sample(range(len(self._site.servers)), count)
        return [*zip(self._rng.sample(FAULTS, count), victims, strict=True)]

    def _round(self, faults: Sequence[Fault]) -> None:
        """Do `faults` at once; then all servers and a standby are there again."""
        self._site.diary.note(", ".join(f"{what} {victim + 1}" for what, victim in faults))
        acts = [
            self._pool.submit(
                self._acts[what], self._site.servers[victim], Random(self._rng.random())
            )
            for what, victim in faults
        ]
        self.mutes.change(self._rng.choice(self._site.servers))
        for act in acts:
            act.result()
        self._site.diary.note("over")
        for what, _ in faults:
            self.done[what] += 1
        if None in self._site.pair.places:
            self._site.pair.add_standby()
            self._lead()
        for server in self._site.servers:
            self._revive(server)
        self.mutes.change(self._rng.choice(self._site.servers))

    def _revive(self, server: SiteProcess) -> None:
        """Start `server` if it has ended or ends, until it is one of the site."""
        for _ in range(MOST_TRIES):
            if server.takes_guests():
                return
            if server.ended:
                self._site.diary.note(f"{server.name} has ended")
                if server.server is not None:
                    self.ended.append(server.server.log)
                server.kill()
                server.start()
            self._wait(LEASE / 20)
        raise AssertionError(f"{server.name} takes nobody any more: {server.answer}")

    def _kill(self, server: SiteProcess, rng: Random) -> None:
        server.kill()
        self._wait(rng.choice([0, rng.uniform(0, 3), 1.2 * LEASE]))
        server.start()

    def _stop(self, server: SiteProcess, rng: Random) -> None:
        self._freeze(server, rng.uniform(1.2, 1.6) * LEASE)

    def _pause(self, server: SiteProcess, rng: Random) -> None:
        self._freeze(server, rng.uniform(0.1, 0.5) * LEASE)

    def _freeze(self, server: SiteProcess, seconds: float) -> None:
        server.send_signal(signal.SIGSTOP)
        self._wait(seconds)
        server.send_signal(signal.SIGCONT)

    def _cut(self, server: SiteProcess, rng: Random) -> None:
        for relay in server.relays:
            relay.cut()
        self._wait(rng.choice([rng.uniform(0, 3), rng.uniform(3, LONGEST_CUT)]))
        self._mend(server)

    def _lose(self, server: SiteProcess, rng: Random) -> None:
        for relay in server.relays:
            relay.lose_answers()
        self._wait(rng.uniform(0, 2))
        for relay in server.relays:
            relay.end_clients()
        self._mend(server)

    def _mend(self, server: SiteProcess) -> None:
        for relay in server.relays:
            relay.mend()

    def _fail_over(self, _: SiteProcess, rng: Random) -> None:
        self._site.pair.kill_primary()
        self._wait(rng.uniform(0, 2))
        self._site.pair.promote()
        self._lead()

    def _lead(self) -> None:
        for server in self._site.servers:
            server.lead()

    def _wait(self, seconds: float) -> None:
        """Let so many seconds pass: that is what is tried here."""
        threading.Event().wait(seconds)
