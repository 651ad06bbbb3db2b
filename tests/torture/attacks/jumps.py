"""The wall clock jumps by a day again and again, and the machine sleeps: no limit changes."""

from __future__ import annotations

import signal
from pathlib import Path
from random import Random
from time import monotonic
from typing import Any

from tests.torture.attacks.attack_runner import Controller
from tests.torture.attacks.attacked_server import AttackedServer, Size
from tests.torture.attacks.flood import delivery_times, never_stop, say_at_once
from tests.torture.attacks.raw_connection import RawConnection
from tests.torture.clock import DAY, set_clock, shifted_clock
from tests.torture.figures import Figure, at_most, exactly, reported

BURST, RATE, TIMEOUT, RENAMES = 5, 20.0, 2.0, 3
LINES = 45
EARLY = 0.3
"""Seconds that something may happen before its time."""
OPTIONS = ("--burst", BURST, "--rate", RATE, "--flood-timeout", TIMEOUT, "--login-timeout", TIMEOUT,
           "--stall-timeout", TIMEOUT, "--gone-after", 10, "--ping-after", 5,
           "--max-renames", RENAMES)  # fmt: skip


def run(directory: Path, rng: Random, *, sleep: float, late: float, size: Size) -> list[Figure]:
    """Set the clock in each turn of the loop; stop the process for `sleep` seconds at the end.

    `late` is the seconds of additional delay allowed.
    """
    clock = directory / "clock"
    set_clock(clock, 0.0)
    with AttackedServer(directory, rng, *map(str, OPTIONS), **shifted_clock(clock)) as target:
        target.measure_baseline(size.baseline)
        jumps = 0

        def jump() -> bool:
            nonlocal jumps
            jumps += 1
            set_clock(clock, rng.choice([-DAY, 0.0, DAY, 60.0, 2 * DAY]))
            return False

        with target.start_attack(
            say_at_once, port=target.port, dialect="text", lines=LINES
        ) as process:
            times, in_order = delivery_times(
                target, process, "text", LINES, seconds=20 + late, meanwhile=jump
            )
        with target.start_attack(
            never_stop, port=target.port, patience=TIMEOUT + late + 10
        ) as process:
            target.run_until(lambda: jump() or process.over, "the end of the flood", 30 + late)
            flood = process.result
        with target.start_attack(say_nothing, port=target.port, renames=RENAMES + 1) as process:
            target.run_until(
                lambda: jump() or process.over, "the end of the silent connection", 30 + late
            )
            silent = process.result
        target.server.process.send_signal(signal.SIGSTOP)
        target.run_for(sleep)
        target.server.process.send_signal(signal.SIGCONT)
        target.run_for(1.0)
        due = (LINES - BURST) / RATE
        return [
            reported("times the clock was set", jumps),
            exactly("lines of a burst received, in order", (LINES, True), (len(times), in_order)),
            _between("time that they took", due, times[-1] - times[0], late),
            exactly(
                "clients that did not stop: closed because of",
                ["flood"] * flood["clients"],
                flood["reasons"],
            ),
            _between("time until then", TIMEOUT, flood["first"], late),
            _between(
                "time until the silent connection was closed", TIMEOUT, silent["seconds"], late
            ),
            exactly("answers to renames", ["renamed"] * RENAMES + ["error"], silent["renamed"]),
            reported("the server process was stopped for", f"{sleep:g} s"),
            *target.finish(size),
        ]


def _between(name: str, due: float, seen: float, late: float) -> Figure:
    figure = at_most(name, due + late, seen, "s")
    good = figure.good and seen > due - EARLY
    return Figure(name, f"{due:g} to {due + late:g} s", figure.seen, good)


def say_nothing(controller: Controller, *, port: int, renames: int) -> dict[str, Any]:
    """Rename one client several times, and leave another connection silent until it is closed."""
    begin = monotonic()
    silent, named = RawConnection(port), RawConnection(port)
    named.hello("chameleon", rooms=["mirror"])
    answers = []
    for number in range(renames):
        named.ask(type="rename", name=f"chameleon{number}")
        answers.append(named.event("renamed", "error")["type"])
        controller.wait_for_go(0.1)
    silent.rest()
    return {"renamed": answers, "seconds": monotonic() - begin}
