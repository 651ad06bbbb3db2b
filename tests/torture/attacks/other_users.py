"""Twenty well-behaved users: each says a line a second, and measures the delay of the others'."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from heapq import heapreplace
from random import Random
from time import monotonic
from typing import Any
from uuid import UUID

from tests.support.processes import PATIENCE
from tests.torture.checked_clients import CheckedClient, Ledger
from tests.torture.event_loop import EventLoop

OTHER_USERS = 20


class OtherUser(CheckedClient):
    """Puts the time into each of its lines, and measures the delay of the others' lines."""

    def __init__(self, others: OtherUsers, loop: EventLoop, name: str, client: str) -> None:
        super().__init__(loop, others.ledger, name, client=client)
        self.disconnects: list[str] = []
        """The reason of each disconnect by the server."""
        self._others = others

    def talk(self) -> None:
        """Say a line, if logged in."""
        if self.entered:
            self.say(f"{self.name} {self.said} {monotonic()!r}")

    def handle_event(self, event: dict[str, Any]) -> None:
        """Record the delay of a line of another of the twenty."""
        super().handle_event(event)
        speaker = event["from"] if event["type"] == "said" else self.name
        if speaker in self._others.names and speaker != self.name:
            sent = float(event["text"].rpartition(" ")[2])
            self._others.delays.extend((sent, monotonic() - sent))

    def lost(self) -> None:
        """Record a disconnect, which must not happen."""
        super().lost()
        self.disconnects.append(f"{self.name} {self.closing or 'without a reason'}")


class OtherUsers:
    """All of them, in the lobby; `pace` is the seconds between two lines of one user."""

    def __init__(self, loop: EventLoop, rng: Random, pace: float = 1.0) -> None:
        self.ledger = Ledger()
        self.delays = array("d")
        """Pairs of numbers: when a line was sent, and its delay in seconds at one listener."""
        self.users = [
            OtherUser(self, loop, f"user{n}", str(UUID(int=rng.getrandbits(128), version=4)))
            for n in range(OTHER_USERS)
        ]
        self.names = {user.name for user in self.users}
        self._loop = loop
        self._pace = pace
        self._next: list[tuple[float, int]] = []

    def connect(self, port: int) -> None:
        """Connect all users, and start the schedule of their lines."""
        for user in self.users:
            user.log_in(port)
        self._loop.run_until(lambda: all(n.entered for n in self.users), "the other users' login")
        now, step = monotonic(), self._pace / OTHER_USERS
        self._next = [(now + n * step, n) for n in range(OTHER_USERS)]

    def talk_until(self, until: Callable[[], bool], what: str, seconds: float) -> None:
        """Say lines on schedule until `until()` is true, which takes about `seconds`.

        Raises AssertionError, with `what` in its text, PATIENCE seconds after that.
        """
        seconds += PATIENCE
        end = monotonic() + seconds
        while not until():
            assert monotonic() < end, f"not reached after {seconds:g} s: {what}"
            self._run_once()

    def talk_for(self, seconds: float) -> None:
        """Say lines on schedule for so many seconds."""
        end = monotonic() + seconds
        while monotonic() < end:
            self._run_once()

    def stop_talking(self, seconds: float) -> None:
        """Say no further lines, and wait until all users have received all lines."""
        self._loop.run_until(
            lambda: (
                not any(n.waiting for n in self.users if n.online)
                and len({n.last for n in self.users if n.online}) < 2
            ),
            "delivery of all lines to the other users",
            seconds,
        )

    def sorted_delays(self, begin: float, end: float) -> list[float]:
        """Return, in ascending order, the delays of the lines sent between two times."""
        pairs = zip(self.delays[::2], self.delays[1::2], strict=True)
        return sorted(delay for sent, delay in pairs if begin <= sent < end)

    def _run_once(self) -> None:
        now = monotonic()
        due, number = self._next[0]
        if due <= now:
            self.users[number].talk()
            heapreplace(self._next, (max(due + self._pace, now), number))
        self._loop.run_once(min(0.02, max(0.0, self._next[0][0] - monotonic())))
