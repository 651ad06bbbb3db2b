"""A server and twenty guests who behave, first in peace and then under attack, in one run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from time import monotonic
from typing import Any

from tests.support.processes import PATIENCE
from tests.torture.attacks.attack_process import Raid
from tests.torture.attacks.other_users import Street
from tests.torture.event_loop import Company
from tests.torture.figures import Figure, at_most, exactly, told
from tests.torture.server_process import Machine, stored

WARM_UP = 1.0
"""Seconds for which the server runs before anything is measured, if there is time for it."""
SHORTEST_STORM = 1.0
"""Seconds for which it is measured at least."""


@dataclass(frozen=True)
class Size:
    """How long it is quiet before (seconds), and what the others' p99 may be under attack.

    That is `times` what it was in peace, or `floor` (seconds) if that is more: by chance alone a
    millisecond becomes two.
    """

    calm: float = 10.0
    floor: float = 0.1
    times: float = 0.0


SMALL = Size(calm=1.5, floor=2.0)
"""For the tests: a machine that has much else to do says nothing about a server's p99."""


class Scene:
    """Runs a server with `arguments`; the neighbours are in it from the beginning."""

    def __init__(self, place: Path, dice: Random, *arguments: str, **more: Any) -> None:
        self.place = place
        self.company = Company()
        self.street = Street(self.company, dice)
        # With the defaults: for other tests there is no limit to how fast guests speak.
        self.server = Machine(*arguments, cwd=place, **{"NETCHAT_RATE": "", **more})
        self.calm = self.storm = (0.0, 0.0)
        self.memory_before = 0.0
        self.descriptors_before = 0

    @property
    def port(self) -> int:
        """Where the server listens."""
        return self.server.port

    def be_quiet(self, seconds: float) -> None:
        """Measure how it is without an attack; the attack begins when this is over."""
        self.move_in(min(WARM_UP, seconds / 2))
        self.street.live_for(seconds)
        self.begin_storm()

    def move_in(self, warm_up: float = WARM_UP) -> None:
        """Let the neighbours come; what they say after some seconds is said in peace."""
        self.street.move_in(self.port)
        self.street.live_for(warm_up)
        self.calm = (monotonic(), float("inf"))

    def begin_storm(self) -> None:
        """Learn that an attack begins: what is said from now on is said in it."""
        self.calm = (self.calm[0], min(self.calm[1], monotonic()))
        self.storm = (monotonic(), float("inf"))
        self.memory_before = self.server.memory()
        self.descriptors_before = self.server.descriptors
        self.server.forget_peak()

    def end_storm(self) -> None:
        """Learn that the attack is over; what is said from now on is not measured."""
        if self.storm[1] == float("inf"):
            self.street.live_for(self.storm[0] + SHORTEST_STORM - monotonic())
            self.storm = (self.storm[0], monotonic())

    def raid(self, attack: Callable[..., Any], *, prefix: Sequence[str] = (), **more: Any) -> Raid:
        """Begin an attack."""
        return Raid(self.company, attack, prefix=prefix, **more)

    def until(self, done: Callable[[], bool], what: str, seconds: float) -> float:
        """Go on until it is `done`, in about `seconds`; return the seconds that it took."""
        begin = monotonic()
        self.street.live(done, what, seconds)
        return monotonic() - begin

    def until_over(self, raid: Raid, seconds: float) -> Any:
        """Go on until the attack is over, and return what it has come to."""
        self.street.live(lambda: raid.over, "the end of the attack", seconds)
        return raid.result

    def go_on(self, seconds: float) -> None:
        """Go on for so long."""
        self.street.live_for(seconds)

    @property
    def growth(self) -> float:
        """How many MiB more the server has had at most than it had before the attack."""
        return self.server.memory("VmHWM") - self.memory_before

    def others(self, size: Size, *, kept: bool = True) -> list[Figure]:
        """End it, and return what the neighbours have met with.

        `kept` tells whether all that they have said must still be in the journal.
        """
        self.end_storm()
        self.street.fall_silent(PATIENCE)
        calm, storm = self.street.times(*self.calm), self.street.times(*self.storm)
        drops = [drop for neighbour in self.street.neighbours for drop in neighbour.drops]
        most = max(size.floor, size.times * _part(calm, 0.99))
        return [
            told("the others before, p50 / p99", f"{_milliseconds(calm, 0.5, 0.99)} ms"),
            told("the others meanwhile, p50 / p99 / max",
                 f"{_milliseconds(storm, 0.5, 0.99, 1.0)} ms of {len(storm)}"),
            at_most("p99 of the others meanwhile", 1000 * most, 1000 * _part(storm, 0.99), "ms"),
            exactly("others who were dropped", [], drops),
            *_lost(self, kept),
        ]  # fmt: skip

    def __enter__(self) -> Scene:
        return self

    def __exit__(self, *_: object) -> None:
        self.company.__exit__()
        self.server.__exit__()


def _lost(scene: Scene, kept: bool) -> list[Figure]:
    ledger = scene.street.ledger
    faults = len(ledger.faults)
    if kept:
        rows = stored(scene.place)
        counts = ledger.compare(rows)
        # An attacker may say the same as often as he likes.
        theirs = [text for _, text in rows if text.partition(" ")[0] in scene.street.names]
        counts["stored twice"] = len(theirs) - len(set(theirs))
        faults = sum(counts.values())
    return [
        exactly("lines of the others lost, doubled, disordered", 0, faults),
        *(told("one of them", fault) for fault in ledger.faults[:3]),
    ]


def _part(ordered: Sequence[float], part: float) -> float:
    assert ordered, "nobody has heard anything"
    return ordered[min(int(len(ordered) * part), len(ordered) - 1)]


def _milliseconds(ordered: Sequence[float], *parts: float) -> str:
    return " / ".join(f"{1000 * _part(ordered, part):.1f}" for part in parts)
