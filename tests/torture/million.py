"""A million lines: the server starts as fast as without them, and reading them delays no client.

The reader is a process of its own; in this process, its work would delay the measured client.
"""

from __future__ import annotations

import json
import subprocess
import sys
from itertools import count
from pathlib import Path
from random import Random
from time import monotonic
from typing import Any

from tests.support.checkout import CHECKOUT
from tests.torture.checked_clients import CheckedClient, Ledger
from tests.torture.event_loop import EventLoop
from tests.torture.figures import Figure, all_zero, at_most, exactly, percentiles, reported
from tests.torture.server_process import ServerProcess, stored

WINDOW = 200


def run(  # noqa: PLR0913 - each has a name
    directory: Path, rng: Random, *, lines: int, kills: int, ready: float, memory: float
) -> list[Figure]:
    """Store `lines`, kill the server `kills` times under load, then read all lines.

    A restart may take `ready` seconds; reading may cost the server `memory` MiB.
    """
    ledger = Ledger()
    times = []
    with EventLoop() as loop:
        begin = monotonic()
        speakers = [_speaker(loop, ledger, number) for number in range(2)]
        with ServerProcess(cwd=directory) as server:
            _talk(loop, server, speakers)
            loop.run_until(lambda: len(ledger.seen) >= lines, "all lines are said", seconds=300)
            building = monotonic() - begin
            server.stop()
            _wait_until_offline(loop, speakers)
        for _ in range(kills):
            with ServerProcess(cwd=directory) as server:
                times.append(server.ready)
                most = len(ledger.seen) + rng.randrange(50, 3000)
                _talk(loop, server, speakers)
                loop.run_until(lambda most=most: len(ledger.seen) >= most, "more lines")  # type: ignore[misc]
                server.kill()
                _wait_until_offline(loop, speakers)
        with ServerProcess(cwd=directory) as server:
            times.append(server.ready)
            _talk(loop, server, speakers)
            for speaker in speakers:
                speaker.finish()
            loop.run_until(
                lambda: not any(s.waiting for s in speakers), "all lines are acknowledged"
            )
            counts = ledger.compare(stored(directory))
            for speaker in speakers:
                speaker.leave()
            reading = _read_all(loop, server, len(ledger.seen), memory)
            server.stop()
    return [
        reported("lines in the journal", len(ledger.seen)),
        reported("time to store them", f"{building:.0f} s"),
        *all_zero(counts),
        at_most("slowest restart (after one stop, then after each kill -9)", ready,
                max(times), "s"),
        *reading,
    ]  # fmt: skip


class _TimedClient(CheckedClient):
    """Says one line at a time, and measures the time until its acknowledgement."""

    def __init__(self, loop: EventLoop, ledger: Ledger) -> None:
        super().__init__(loop, ledger, "timed", lines=(f"waited {i}" for i in count()), window=1)
        self.times: list[float] = []
        self._begin = 0.0

    def send(self, **request: Any) -> None:
        """Send a request, and start the measurement."""
        self._begin = monotonic()
        super().send(**request)

    def handle_event(self, event: dict[str, Any]) -> None:
        """Record the time that the own line took."""
        if event.get("nonce"):
            self.times.append(monotonic() - self._begin)
        super().handle_event(event)


def _speaker(loop: EventLoop, ledger: Ledger, number: int) -> CheckedClient:
    return CheckedClient(
        loop,
        ledger,
        f"guest{number}",
        client=f"00000000-0000-4000-8000-00000000000{number}",
        lines=(f"{number} says {i}, which is neither long nor short" for i in count()),
        window=WINDOW,
    )


def _talk(loop: EventLoop, server: ServerProcess, speakers: list[CheckedClient]) -> None:
    for speaker in speakers:
        speaker.log_in(server.port)
    loop.run_until(lambda: all(speaker.entered for speaker in speakers), "all logins")


def _wait_until_offline(loop: EventLoop, speakers: list[CheckedClient]) -> None:
    loop.run_until(lambda: not any(s.online for s in speakers), "all connections are lost")


def _read_all(loop: EventLoop, server: ServerProcess, lines: int, memory: float) -> list[Figure]:
    """Let a process read all lines while another client speaks; return the figures."""
    timed = _TimedClient(loop, Ledger())
    timed.last = lines
    timed.log_in(server.port)
    loop.run_until(lambda: len(timed.times) >= 1000, "acknowledgements without a reader")
    undisturbed, timed.times = timed.times, []
    before, begin = server.memory(), monotonic()
    reader = subprocess.Popen(
        [sys.executable, "-m", "tests.torture.history_reader", str(server.port), str(lines)],
        cwd=CHECKOUT,
        stdout=subprocess.PIPE,
        text=True,
    )
    with reader:
        loop.run_until(lambda: reader.poll() is not None, "the end of the reader", seconds=300)
        took = monotonic() - begin
        assert reader.stdout is not None
        received = json.loads(reader.stdout.read())
    after, most = server.memory(), server.memory("VmHWM")
    return [
        exactly("ids received by a client with after 0", f"1..{lines}, each once", received["ids"]),
        reported("time to read them", f"{took:.1f} s, {lines / took:.0f} lines a second"),
        reported("memory of the server before / after / peak",
                 f"{before:.0f} / {after:.0f} / {most:.0f} MiB"),
        at_most("additional memory of the server", memory, most - before, "MiB"),
        percentiles("say to said, without a reader", undisturbed),
        percentiles("say to said, with the reader", timed.times),
        exactly("faults of the client that speaks meanwhile", [], timed.ledger.faults),
    ]  # fmt: skip
