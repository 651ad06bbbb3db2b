"""Twenty guests who behave: a line a second each, and how long it takes until others hear it."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from heapq import heapreplace
from random import Random
from time import monotonic
from typing import Any
from uuid import UUID

from tests.support.processes import PATIENCE
from tests.torture.checked_clients import Guest, Ledger
from tests.torture.event_loop import Company

NEIGHBOURS = 20


class Neighbour(Guest):
    """Says when he says it; hears how long ago the others did."""

    def __init__(self, street: Street, company: Company, name: str, client: str) -> None:
        super().__init__(company, street.ledger, name, client=client)
        self.drops: list[str] = []
        """What he was told each time that he was dropped."""
        self._street = street

    def talk(self) -> None:
        """Say a line, if he is there."""
        if self.entered:
            self.say(f"{self.name} {self.said} {monotonic()!r}")

    def hear(self, event: dict[str, Any]) -> None:
        """Take down how long a neighbour's line has taken."""
        super().hear(event)
        speaker = event["from"] if event["type"] == "said" else self.name
        if speaker in self._street.names and speaker != self.name:
            sent = float(event["text"].rpartition(" ")[2])
            self._street.heard.extend((sent, monotonic() - sent))

    def lost(self) -> None:
        """Be dropped, which should not happen."""
        super().lost()
        self.drops.append(f"{self.name} {self.closing or 'without a word'}")


class Street:
    """All of them, in the lobby; `pace` is the seconds between two lines of one of them."""

    def __init__(self, company: Company, dice: Random, pace: float = 1.0) -> None:
        self.ledger = Ledger()
        self.heard = array("d")
        """When a line was sent, after how many seconds one of the others heard it, and so on."""
        self.neighbours = [
            Neighbour(
                self, company, f"neighbour{n}", str(UUID(int=dice.getrandbits(128), version=4))
            )
            for n in range(NEIGHBOURS)
        ]
        self.names = {neighbour.name for neighbour in self.neighbours}
        self._company = company
        self._pace = pace
        self._next: list[tuple[float, int]] = []

    def move_in(self, port: int) -> None:
        """Come, all of them, and begin to talk."""
        for neighbour in self.neighbours:
            neighbour.come(port)
        self._company.attend(lambda: all(n.entered for n in self.neighbours), "all neighbours")
        now, step = monotonic(), self._pace / NEIGHBOURS
        self._next = [(now + n * step, n) for n in range(NEIGHBOURS)]

    def live(self, until: Callable[[], bool], what: str, seconds: float) -> None:
        """Go on talking until `until()`, which takes about `seconds`.

        AssertionError says `what` did not come PATIENCE seconds later.
        """
        seconds += PATIENCE
        end = monotonic() + seconds
        while not until():
            assert monotonic() < end, f"after {seconds:g} s there is still not: {what}"
            self._turn()

    def live_for(self, seconds: float) -> None:
        """Go on talking for so long."""
        end = monotonic() + seconds
        while monotonic() < end:
            self._turn()

    def fall_silent(self, seconds: float) -> None:
        """Say nothing more, and hear everything that was said."""
        self._company.attend(
            lambda: (
                not any(n.waiting for n in self.neighbours if n.online)
                and len({n.last for n in self.neighbours if n.online}) < 2
            ),
            "everything that was said is heard",
            seconds,
        )

    def times(self, begin: float, end: float) -> list[float]:
        """Return, sorted, how long the lines took that were sent in between."""
        pairs = zip(self.heard[::2], self.heard[1::2], strict=True)
        return sorted(took for sent, took in pairs if begin <= sent < end)

    def _turn(self) -> None:
        now = monotonic()
        due, number = self._next[0]
        if due <= now:
            self.neighbours[number].talk()
            heapreplace(self._next, (max(due + self._pace, now), number))
        self._company.turn(min(0.02, max(0.0, self._next[0][0] - monotonic())))
