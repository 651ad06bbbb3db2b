"""A thousand guests are told that the server stops; it starts again, and all of them come back."""

from __future__ import annotations

import signal
import threading
from collections import Counter
from heapq import heappop, heappush
from itertools import count
from pathlib import Path
from random import Random
from time import monotonic
from typing import Any
from uuid import UUID

from netchat.client.connection.retry import backoff_delay, requested_delay
from tests.support.processes import PATIENCE
from tests.torture.checked_clients import Guest, Ledger
from tests.torture.event_loop import Company
from tests.torture.figures import Figure, at_most, exactly, none_of, told
from tests.torture.server_process import Machine, stored

A_TENTH = 0.1
SPREAD = 0.25
"""What part of them may come in one tenth of a second; evenly spread over a second it is 0.1."""
LOOPBACK = "127.0.0.1"


def run(  # noqa: PLR0913 - each has a name
    place: Path, dice: Random, *, guests: int, pace: float, stop: float, back: float
) -> list[Figure]:
    """Stop and start the server, which may take `stop` s to end; all must be `back` after so many.

    They have heard all then. They say `pace` lines a second together.
    """
    crowd = _Crowd(dice, pace)
    with crowd.company:
        with Machine(cwd=place) as server:
            crowd.come(server.port, guests)
            crowd.live(lambda: monotonic() > crowd.began + 2.0, "two seconds", 20)
            before = len(crowd.ledger.acknowledged)
            begin = monotonic()
            server.process.send_signal(signal.SIGTERM)
            crowd.live(lambda: server.process.poll() is not None, "the end of the server", 20)
            stopped = monotonic() - begin
            code = server.stop()
            log = server.log
        again = _Start(place, crowd.port)
        crowd.live(lambda: again.done, "another server", 20)
        with again.server as server:
            crowd.live(lambda: crowd.all_in, "all of them back", 3 * back + 10)
            took = monotonic() - begin
            crowd.fall_silent()
            rows = stored(place)
            server.stop()
    reasons = Counter(guest.reasons[0] for guest in crowd.guests if guest.reasons)
    return [
        told("guests, lines acknowledged before", f"{guests}, {before}"),
        exactly("exit code", 0, code),
        exactly("bugs in the log", 0, log.count("Traceback")),
        at_most("ended after", stop, stopped, "s"),
        exactly("what they were told", {"shutdown": guests}, dict(reasons)),
        at_most("all back, and resumed, after", back, took, "s"),
        told("attempts until then", len(crowd.attempts)),
        at_most(
            "of them in any tenth of a second", guests * SPREAD, _most(crowd.attempts), "guests"
        ),
        *none_of(crowd.ledger.compare(rows)),
        *(told("one of them", fault) for fault in crowd.ledger.faults[:3]),
    ]


class _Returner(Guest):
    """Comes back as the client does: when it says, and as chance will have it."""

    def __init__(self, crowd: _Crowd, name: str, client: str) -> None:
        super().__init__(crowd.company, crowd.ledger, name, client=client)
        self.reasons: list[str] = []
        self._crowd = crowd
        self._retry = 0.0
        self._failures = 0

    def hear(self, event: dict[str, Any]) -> None:
        """Remember why the server closes, and when to come back."""
        super().hear(event)
        if event["type"] == "closing":
            self.reasons.append(event["reason"])
            self._retry = event["retry"] or 0.0
        elif event["type"] == "entered":
            self._failures = 0

    def lost(self) -> None:
        """Come back."""
        super().lost()
        self.try_again()

    def try_again(self) -> None:
        """Come back later."""
        self._failures += 1
        retry, self._retry = self._retry, 0.0
        chance = self._crowd.dice.random()
        self._crowd.plan(
            self, requested_delay(retry, chance) if retry else backoff_delay(self._failures, chance)
        )

    def try_now(self, port: int) -> None:
        """Come back now, if there is a server."""
        try:
            self.come(port)
        except ConnectionError:
            self.try_again()


class _Crowd:
    """All of them, in the lobby; one after the other says something."""

    def __init__(self, dice: Random, pace: float) -> None:
        self.company = Company()
        self.ledger = Ledger()
        self.dice = dice
        self.guests: list[_Returner] = []
        self.attempts: list[float] = []
        self.port = 0
        self.began = 0.0
        self._pace = pace
        self._plans: list[tuple[float, int, _Returner]] = []
        self._count = count()
        self._next = 0.0

    @property
    def all_in(self) -> bool:
        """Whether all are there, and all they said is acknowledged."""
        return all(guest.entered and not guest.waiting for guest in self.guests) and self._level

    @property
    def _level(self) -> bool:
        # What comes in at this moment may not have reached all of them.
        last = [guest.last for guest in self.guests]
        return max(last) - min(last) <= self._pace

    def come(self, port: int, guests: int) -> None:
        """Come for the first time."""
        self.port = port
        for number in range(guests):
            client = str(UUID(int=self.dice.getrandbits(128), version=4))
            self.guests.append(_Returner(self, f"guest{number}", client))
            self.guests[-1].come(port)
            self.company.turn(0)
        self.company.attend(lambda: all(g.entered for g in self.guests), "everybody is in")
        self.began = self._next = monotonic()

    def plan(self, guest: _Returner, seconds: float) -> None:
        """Let `guest` try after so many seconds."""
        heappush(self._plans, (monotonic() + seconds, next(self._count), guest))

    def live(self, until: Any, what: str, seconds: float) -> None:
        """Go on until `until()`, which takes about `seconds`.

        AssertionError says `what` did not come PATIENCE seconds later.
        """
        seconds += PATIENCE
        end = monotonic() + seconds
        while not until():
            now = monotonic()
            assert now < end, f"after {seconds:g} s there is still not: {what}"
            while self._plans and self._plans[0][0] <= now:
                planned, _, guest = heappop(self._plans)
                self.attempts.append(planned)
                guest.try_now(self.port)
            if self._next <= now:
                self._next = max(self._next + 1 / self._pace, now)
                speaker = self.dice.choice(self.guests)
                if speaker.entered:
                    speaker.say(f"{speaker.name} {speaker.said}")
            self.company.turn(0.005)

    def fall_silent(self) -> None:
        """Say nothing more, and hear everything."""
        self.company.attend(
            lambda: (
                not any(guest.waiting for guest in self.guests)
                and len({guest.last for guest in self.guests}) == 1
            ),
            "everything that was said is heard",
        )


class _Start:
    """A server that is starting, in a thread of its own: the guests have their own times."""

    def __init__(self, place: Path, port: int) -> None:
        self._servers: list[Machine] = []
        self._listen = f"tcp:{port}:interface={LOOPBACK}"
        self._place = place
        self._thread = threading.Thread(target=self._start)
        self._thread.start()

    @property
    def done(self) -> bool:
        """Whether it has started, or failed to."""
        return not self._thread.is_alive()

    @property
    def server(self) -> Machine:
        """The server."""
        self._thread.join()
        (server,) = self._servers
        return server

    def _start(self) -> None:
        self._servers.append(Machine("--listen", self._listen, cwd=self._place))


def _most(times: list[float]) -> int:
    tenths = Counter(int(time / A_TENTH) for time in times)
    return max(tenths.values(), default=0)
