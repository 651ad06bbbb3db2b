"""The server's wall clock is set back and forth by a day while clients speak, without effect."""

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
from tests.torture.checked_clients import CheckedClient, Ledger
from tests.torture.event_loop import EventLoop
from tests.torture.figures import Figure, all_zero, at_least, exactly, reported
from tests.torture.server_process import ServerProcess, dates, stored

SPEAKERS = 4
DAY = 24 * 60 * 60.0
SETTINGS = (0.0, DAY, -DAY, 60.0, -1.0)
"""Errors of the clock in seconds."""


def run(directory: Path, rng: Random, *, settings: int, lines: int, seconds: float) -> list[Figure]:
    """Set the clock `settings` times, with `lines` lines in between.

    The lines take milliseconds; after `seconds` without them the server counts as stuck.
    """
    ledger = Ledger()
    clock = directory / "clock"
    set_clock(clock, 0.0)
    longest = 0.0
    with EventLoop() as loop, ServerProcess(cwd=directory, **shifted_clock(clock)) as server:
        clients = [_client(loop, ledger, rng, number) for number in range(SPEAKERS)]
        # It reconnects after each change of the clock, while the others stay connected.
        visitor = CheckedClient(loop, ledger, "visitor", client=str(UUID(int=1, version=4)))
        for client in (*clients, visitor):
            client.log_in(server.port)
        number = 0
        try:
            while number < settings:
                number += 1
                set_clock(clock, rng.choice([s for s in SETTINGS if s != _get(clock)]))
                begin = monotonic()
                visitor.leave()
                visitor.log_in(server.port)
                _wait_for_lines(loop, ledger, visitor, lines, seconds)
                longest = max(longest, monotonic() - begin)
                loop.run_for(rng.uniform(0, 0.002))
            for client in clients:
                client.finish()
            loop.run_until(
                lambda: not any(g.waiting for g in clients) and visitor.last == len(ledger.seen),
                "all lines are acknowledged and delivered",
                seconds,
            )
            stuck = "never"
        except AssertionError as error:
            stuck = f"{error}, after setting {number} of the clock"
        rows = stored(directory)
        disconnected = [f"{g.name} {g.closing}" for g in (*clients, visitor) if not g.online]
        server.kill()
    return [
        reported("times the clock was set", settings),
        reported("lines", len(rows)),
        reported("longest time for a few lines and a login", f"{longest:.2f} s"),
        at_least("lines with an earlier date than the line before", 1,
                 _dates_out_of_order(directory)),
        exactly("the server got stuck", "never", stuck),
        exactly("clients disconnected", [], disconnected),
        *all_zero(ledger.compare(rows)),
    ]  # fmt: skip


def _wait_for_lines(
    loop: EventLoop, ledger: Ledger, visitor: CheckedClient, lines: int, seconds: float
) -> None:
    most = len(ledger.seen) + lines
    loop.run_until(
        lambda: len(ledger.seen) >= most and visitor.entered,
        "more lines, and the visitor's login",
        seconds,
    )


def shifted_clock(clock: Path) -> dict[str, Any]:
    """Return the arguments that make a ServerProcess take its time from the file `clock`."""
    command = ("python", "-m", "tests.torture.shifted_clock", str(clock))
    path = os.pathsep.join([str(CHECKOUT), os.environ.get("PYTHONPATH", "")])
    return {"command": command, "PYTHONPATH": path}


def set_clock(clock: Path, seconds: float) -> None:
    """Make the clock wrong by so many seconds."""
    # Written in directory, since the server has mapped the file.
    with clock.open("r+b" if clock.exists() else "wb") as file:
        file.write(struct.pack("d", seconds))


def _get(clock: Path) -> float:
    (seconds,) = struct.unpack("d", clock.read_bytes())
    return float(seconds)


def _client(loop: EventLoop, ledger: Ledger, rng: Random, number: int) -> CheckedClient:
    client = str(UUID(int=rng.getrandbits(128), version=4))
    texts = (f"{number} says {i}" for i in count())
    return CheckedClient(loop, ledger, f"guest{number}", client=client, lines=texts, window=2)


def _dates_out_of_order(directory: Path) -> int:
    return sum(later < earlier for earlier, later in pairwise(dates(directory)))
