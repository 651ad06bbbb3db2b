"""The clock is set by a day again and again, and the machine sleeps: every limit stays as it is."""

from __future__ import annotations

import signal
from pathlib import Path
from random import Random
from time import monotonic
from typing import Any

from tests.torture.attacks.attack_runner import Commander
from tests.torture.attacks.attacked_server import Scene, Size
from tests.torture.attacks.flood import burst_of, heard_of, never_stop
from tests.torture.attacks.raw_connection import Caller
from tests.torture.clock import DAY, set_clock, shifted
from tests.torture.figures import Figure, at_most, exactly, told

BURST, RATE, TIMEOUT, RENAMES = 5, 20.0, 2.0, 3
LINES = 45
EARLY = 0.3
"""Seconds by which something may come before its time."""
OPTIONS = ("--burst", BURST, "--rate", RATE, "--flood-timeout", TIMEOUT, "--login-timeout", TIMEOUT,
           "--stall-timeout", TIMEOUT, "--gone-after", 10, "--ping-after", 5,
           "--max-renames", RENAMES)  # fmt: skip


def run(place: Path, dice: Random, *, sleep: float, late: float, size: Size) -> list[Figure]:
    """Set the clock in every turn; let the server sleep for `sleep` seconds at the end.

    `late` is the seconds that things may take longer.
    """
    clock = place / "clock"
    set_clock(clock, 0.0)
    with Scene(place, dice, *map(str, OPTIONS), **shifted(clock)) as scene:
        scene.be_quiet(size.calm)
        jumps = 0

        def jump() -> bool:
            nonlocal jumps
            jumps += 1
            set_clock(clock, dice.choice([-DAY, 0.0, DAY, 60.0, 2 * DAY]))
            return False

        with scene.raid(burst_of, port=scene.port, dialect="text", lines=LINES) as raid:
            times, in_order = heard_of(
                scene, raid, "text", LINES, seconds=20 + late, meanwhile=jump
            )
        with scene.raid(never_stop, port=scene.port, patience=TIMEOUT + late + 10) as raid:
            scene.until(lambda: jump() or raid.over, "the end of the flood", 30 + late)
            flood = raid.result
        with scene.raid(say_nothing, port=scene.port, renames=RENAMES + 1) as raid:
            scene.until(lambda: jump() or raid.over, "the end of who is silent", 30 + late)
            silent = raid.result
        scene.server.process.send_signal(signal.SIGSTOP)
        scene.go_on(sleep)
        scene.server.process.send_signal(signal.SIGCONT)
        scene.go_on(1.0)
        due = (LINES - BURST) / RATE
        return [
            told("times the clock was set", jumps),
            exactly("lines of a burst heard, in order", (LINES, True), (len(times), in_order)),
            _between("seconds that they took", due, times[-1] - times[0], late),
            exactly("who did not stop: closed because of", ["flood"] * 2, flood["reasons"]),
            _between("seconds until then", TIMEOUT, flood["first"], late),
            _between("seconds until who was silent was closed", TIMEOUT, silent["seconds"], late),
            exactly("new names", ["renamed"] * RENAMES + ["error"], silent["renamed"]),
            told("the server slept for", f"{sleep:g} s"),
            *scene.others(size),
        ]


def _between(name: str, due: float, seen: float, late: float) -> Figure:
    figure = at_most(name, due + late, seen, "s")
    good = figure.good and seen > due - EARLY
    return Figure(name, f"{due:g} to {due + late:g} s", figure.seen, good)


def say_nothing(commander: Commander, *, port: int, renames: int) -> dict[str, Any]:
    """Have one guest take new names, and another say nothing until he is closed."""
    begin = monotonic()
    silent, named = Caller(port), Caller(port)
    named.hello("chameleon", rooms=["mirror"])
    answers = []
    for number in range(renames):
        named.ask(type="rename", name=f"chameleon{number}")
        answers.append(named.event("renamed", "error")["type"])
        commander.ordered(0.1)
    silent.rest()
    return {"renamed": answers, "seconds": monotonic() - begin}
