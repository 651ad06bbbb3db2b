"""A million lines: the server starts on them as on none, and who reads them all hurts nobody.

Who reads is a process of his own, as in life; else his reading would be what the others wait for.
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
from tests.torture.checked_clients import Guest, Ledger
from tests.torture.event_loop import Company
from tests.torture.figures import Figure, at_most, exactly, none_of, percentiles, told
from tests.torture.server_process import Machine, stored

WINDOW = 200


def run(  # noqa: PLR0913 - each has a name
    place: Path, dice: Random, *, lines: int, kills: int, ready: float, memory: float
) -> list[Figure]:
    """Store `lines`, kill the server `kills` times in traffic, read it all in `memory` MiB."""
    ledger = Ledger()
    times = []
    with Company() as company:
        begin = monotonic()
        speakers = [_speaker(company, ledger, number) for number in range(2)]
        with Machine(cwd=place) as server:
            _talk(company, server, speakers)
            company.attend(lambda: len(ledger.seen) >= lines, "all lines", seconds=300)
            building = monotonic() - begin
            server.stop()
            _hear_the_rest(company, speakers)
        for _ in range(kills):
            with Machine(cwd=place) as server:
                times.append(server.ready)
                most = len(ledger.seen) + dice.randrange(50, 3000)
                _talk(company, server, speakers)
                company.attend(lambda most=most: len(ledger.seen) >= most, "traffic")  # type: ignore[misc]
                server.kill()
                _hear_the_rest(company, speakers)
        with Machine(cwd=place) as server:
            times.append(server.ready)
            _talk(company, server, speakers)
            for speaker in speakers:
                speaker.finish()
            company.attend(lambda: not any(s.waiting for s in speakers), "all acknowledged")
            counts = ledger.compare(stored(place))
            for speaker in speakers:
                speaker.leave()
            reading = _read_all(company, server, len(ledger.seen), memory)
            server.stop()
    return [
        told("lines in the journal", len(ledger.seen)),
        told("time to say them", f"{building:.0f} s"),
        *none_of(counts),
        at_most("ready again on it, worst (1 clean stop, then kill -9 in traffic)", ready,
                max(times), "s"),
        *reading,
    ]  # fmt: skip


class _Waiter(Guest):
    """Who says one line at a time, and takes the time until he hears it."""

    def __init__(self, company: Company, ledger: Ledger) -> None:
        super().__init__(
            company, ledger, "waiter", lines=(f"waited {i}" for i in count()), window=1
        )
        self.times: list[float] = []
        self._begin = 0.0

    def send(self, **request: Any) -> None:
        """Ask, at a time that is taken."""
        self._begin = monotonic()
        super().send(**request)

    def hear(self, event: dict[str, Any]) -> None:
        """Take the time of the own line."""
        if event.get("nonce"):
            self.times.append(monotonic() - self._begin)
        super().hear(event)


def _speaker(company: Company, ledger: Ledger, number: int) -> Guest:
    return Guest(
        company,
        ledger,
        f"guest{number}",
        client=f"00000000-0000-4000-8000-00000000000{number}",
        lines=(f"{number} says {i}, which is neither long nor short" for i in count()),
        window=WINDOW,
    )


def _talk(company: Company, server: Machine, speakers: list[Guest]) -> None:
    for speaker in speakers:
        speaker.come(server.port)
    company.attend(lambda: all(speaker.entered for speaker in speakers), "everybody is in")


def _hear_the_rest(company: Company, speakers: list[Guest]) -> None:
    company.attend(lambda: not any(s.online for s in speakers), "all connections are lost")


def _read_all(company: Company, server: Machine, lines: int, memory: float) -> list[Figure]:
    """Let somebody read all, while another speaks; return what that came to."""
    waiter = _Waiter(company, Ledger())
    waiter.last = lines
    waiter.come(server.port)
    company.attend(lambda: len(waiter.times) >= 1000, "answers without a reader")
    undisturbed, waiter.times = waiter.times, []
    before, begin = server.memory(), monotonic()
    reader = subprocess.Popen(
        [sys.executable, "-m", "tests.torture.history_reader", str(server.port), str(lines)],
        cwd=CHECKOUT,
        stdout=subprocess.PIPE,
        text=True,
    )
    with reader:
        company.attend(lambda: reader.poll() is not None, "all of it", seconds=300)
        took = monotonic() - begin
        assert reader.stdout is not None
        heard = json.loads(reader.stdout.read())
    after, most = server.memory(), server.memory("VmHWM")
    return [
        exactly("ids that a guest with after 0 gets", f"1..{lines}, each once", heard["ids"]),
        told("time to read them", f"{took:.1f} s, {lines / took:.0f} lines a second"),
        told("server's memory before / after / most",
             f"{before:.0f} / {after:.0f} / {most:.0f} MiB"),
        at_most("server's memory grows by", memory, most - before, "MiB"),
        percentiles("say to said, nobody reads the past", undisturbed),
        percentiles("say to said, while somebody does", waiter.times),
        exactly("what went wrong for him who speaks meanwhile", [], waiter.ledger.faults),
    ]  # fmt: skip
