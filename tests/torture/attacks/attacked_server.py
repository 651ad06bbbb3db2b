"""A server and twenty well-behaved users, measured first without an attack and then during one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from time import monotonic
from typing import Any

from tests.support.processes import PATIENCE
from tests.torture.attacks.attack_process import AttackProcess
from tests.torture.attacks.other_users import OtherUsers
from tests.torture.event_loop import EventLoop
from tests.torture.figures import Figure, at_most, exactly, reported
from tests.torture.server_process import ServerProcess, stored

WARM_UP = 1.0
"""Seconds that the server runs before the measurement starts, if the baseline is long enough."""
SHORTEST_ATTACK = 1.0
"""The measurement during the attack lasts at least this many seconds."""


@dataclass(frozen=True)
class Size:
    """How many seconds the baseline is measured, and the limit of the p99 during the attack.

    The limit is `times` the baseline's p99, or `floor` (seconds) if that is more: chance alone can
    double a millisecond.
    """

    baseline: float = 10.0
    floor: float = 0.1
    times: float = 0.0


class AttackedServer:
    """Runs a server with `arguments`; the other users are connected from the beginning."""

    def __init__(self, directory: Path, rng: Random, *arguments: str, **more: Any) -> None:
        self.directory = directory
        self.loop = EventLoop()
        self.others = OtherUsers(self.loop, rng)
        # With the default rate limit, which is off in all other tests.
        self.server = ServerProcess(*arguments, cwd=directory, **{"NETCHAT_RATE": "", **more})
        self.baseline_span = self.attack_span = (0.0, 0.0)
        self.memory_before = 0.0
        self.descriptors_before = 0

    @property
    def port(self) -> int:
        """The port that the server listens on."""
        return self.server.port

    def measure_baseline(self, seconds: float) -> None:
        """Measure for so many seconds without an attack; what follows counts as the attack."""
        self.connect_users(min(WARM_UP, seconds / 2))
        self.others.talk_for(seconds)
        self.begin_attack()

    def connect_users(self, warm_up: float = WARM_UP) -> None:
        """Connect the other users; the baseline begins after `warm_up` seconds."""
        self.others.connect(self.port)
        self.others.talk_for(warm_up)
        self.baseline_span = (monotonic(), float("inf"))

    def begin_attack(self) -> None:
        """Count lines sent from now on as sent during the attack."""
        self.baseline_span = (self.baseline_span[0], min(self.baseline_span[1], monotonic()))
        self.attack_span = (monotonic(), float("inf"))
        self.memory_before = self.server.memory()
        self.descriptors_before = self.server.descriptors
        self.server.reset_peak_memory()

    def end_attack(self) -> None:
        """Stop counting lines as sent during the attack."""
        if self.attack_span[1] == float("inf"):
            self.others.talk_for(self.attack_span[0] + SHORTEST_ATTACK - monotonic())
            self.attack_span = (self.attack_span[0], monotonic())

    def start_attack(
        self, attack: Callable[..., Any], *, prefix: Sequence[str] = (), **more: Any
    ) -> AttackProcess:
        """Start an attack in its own process."""
        return AttackProcess(self.loop, attack, prefix=prefix, **more)

    def run_until(self, done: Callable[[], bool], what: str, seconds: float) -> float:
        """Run until `done()`, which takes about `seconds`; return the seconds that it took."""
        begin = monotonic()
        self.others.talk_until(done, what, seconds)
        return monotonic() - begin

    def wait_for_end(self, process: AttackProcess, seconds: float) -> Any:
        """Run until the attack has ended, and return its result."""
        self.others.talk_until(lambda: process.over, "the end of the attack", seconds)
        return process.result

    def run_for(self, seconds: float) -> None:
        """Run for so many seconds."""
        self.others.talk_for(seconds)

    @property
    def growth(self) -> float:
        """The server's peak memory since the attack began, less what it had before, in MiB."""
        return self.server.memory("VmHWM") - self.memory_before

    def finish(self, size: Size, *, kept: bool = True) -> list[Figure]:
        """End the attack, and return the figures of the other users.

        `kept` tells whether all their lines must still be in the journal.
        """
        self.end_attack()
        self.others.stop_talking(PATIENCE)
        before = self.others.sorted_delays(*self.baseline_span)
        during = self.others.sorted_delays(*self.attack_span)
        disconnects = [reason for user in self.others.users for reason in user.disconnects]
        most = max(size.floor, size.times * _part(before, 0.99))
        return [
            reported("other users: delay before the attack, p50 / p99",
                     f"{_milliseconds(before, 0.5, 0.99)} ms"),
            reported("other users: delay during the attack, p50 / p99 / max",
                     f"{_milliseconds(during, 0.5, 0.99, 1.0)} ms of {len(during)}"),
            at_most("other users: p99 of the delay during the attack", 1000 * most,
                    1000 * _part(during, 0.99), "ms"),
            exactly("other users: disconnects", [], disconnects),
            *_lost(self, kept),
        ]  # fmt: skip

    def __enter__(self) -> AttackedServer:
        return self

    def __exit__(self, *_: object) -> None:
        self.loop.__exit__()
        self.server.__exit__()


def _lost(target: AttackedServer, kept: bool) -> list[Figure]:
    ledger = target.others.ledger
    faults = len(ledger.faults)
    if kept:
        rows = stored(target.directory)
        counts = ledger.compare(rows)
        # An attacker may say the same text several times; only the other users may not.
        theirs = [text for _, text in rows if text.partition(" ")[0] in target.others.names]
        counts["stored twice"] = len(theirs) - len(set(theirs))
        faults = sum(counts.values())
    return [
        exactly("other users: lines lost, duplicated or out of order", 0, faults),
        *(reported("one of these faults", fault) for fault in ledger.faults[:3]),
    ]


def _part(ordered: Sequence[float], part: float) -> float:
    assert ordered, "no line of the other users was received"
    return ordered[min(int(len(ordered) * part), len(ordered) - 1)]


def _milliseconds(ordered: Sequence[float], *parts: float) -> str:
    return " / ".join(f"{1000 * _part(ordered, part):.1f}" for part in parts)
