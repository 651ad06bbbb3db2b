"""The server's wall clock is set back and forth by a day while guests speak; nobody notices."""

from __future__ import annotations

import os
import struct
from itertools import count, pairwise
from pathlib import Path
from random import Random
from time import monotonic
from typing import Any
from uuid import UUID

from tests.support.checkout import CHECKOUT
from tests.torture.checked_clients import Guest, Ledger
from tests.torture.event_loop import Company
from tests.torture.figures import Figure, at_least, exactly, none_of, told
from tests.torture.server_process import Machine, dates, stored

SPEAKERS = 4
DAY = 24 * 60 * 60.0
SETTINGS = (0.0, DAY, -DAY, 60.0, -1.0)
"""By how many seconds the clock is wrong."""


def run(place: Path, dice: Random, *, settings: int, lines: int, seconds: float) -> list[Figure]:
    """Set the clock `settings` times, with `lines` lines in between.

    These take milliseconds; after `seconds` the server counts as standing still.
    """
    ledger = Ledger()
    clock = place / "clock"
    set_clock(clock, 0.0)
    longest = 0.0
    with Company() as company, Machine(cwd=place, **shifted(clock)) as server:
        guests = [_guest(company, ledger, dice, number) for number in range(SPEAKERS)]
        # Who comes back under each new time, while the others stay.
        visitor = Guest(company, ledger, "visitor", client=str(UUID(int=1, version=4)))
        for guest in (*guests, visitor):
            guest.come(server.port)
        number = 0
        try:
            while number < settings:
                number += 1
                set_clock(clock, dice.choice([s for s in SETTINGS if s != _get(clock)]))
                begin = monotonic()
                visitor.leave()
                visitor.come(server.port)
                _go_on(company, ledger, visitor, lines, seconds)
                longest = max(longest, monotonic() - begin)
                company.attend_for(dice.uniform(0, 0.002))
            for guest in guests:
                guest.finish()
            company.attend(
                lambda: not any(g.waiting for g in guests) and visitor.last == len(ledger.seen),
                "all acknowledged, and heard",
                seconds,
            )
            stuck = "never"
        except AssertionError as error:
            stuck = f"{error}, when the clock was set for the {number}th time"
        rows = stored(place)
        dropped = [f"{g.name} {g.closing}" for g in (*guests, visitor) if not g.online]
        server.kill()
    return [
        told("times the clock was set", settings),
        told("lines", len(rows)),
        told("longest time for a few lines and somebody coming back", f"{longest:.2f} s"),
        at_least("lines dated before the one in front of them", 1, _turned_dates(place)),
        exactly("the server stood still", "never", stuck),
        exactly("guests dropped", [], dropped),
        *none_of(ledger.compare(rows)),
    ]  # fmt: skip


def _go_on(company: Company, ledger: Ledger, visitor: Guest, lines: int, seconds: float) -> None:
    most = len(ledger.seen) + lines
    company.attend(
        lambda: len(ledger.seen) >= most and visitor.entered, "lines, and the visitor", seconds
    )


def shifted(clock: Path) -> dict[str, Any]:
    """Return what a Machine needs to be told the time by `clock`."""
    command = ("python", "-m", "tests.torture.shifted_clock", str(clock))
    path = os.pathsep.join([str(CHECKOUT), os.environ.get("PYTHONPATH", "")])
    return {"command": command, "PYTHONPATH": path}


def set_clock(clock: Path, seconds: float) -> None:
    """Let it be wrong by so many seconds."""
    # In place: the server has mapped the file.
    with clock.open("r+b" if clock.exists() else "wb") as file:
        file.write(struct.pack("d", seconds))


def _get(clock: Path) -> float:
    (seconds,) = struct.unpack("d", clock.read_bytes())
    return float(seconds)


def _guest(company: Company, ledger: Ledger, dice: Random, number: int) -> Guest:
    client = str(UUID(int=dice.getrandbits(128), version=4))
    texts = (f"{number} says {i}" for i in count())
    return Guest(company, ledger, f"guest{number}", client=client, lines=texts, window=2)


def _turned_dates(place: Path) -> int:
    return sum(later < earlier for earlier, later in pairwise(dates(place)))
