"""kill -9 while eight guests speak and two listen; what anyone has seen is there afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from random import Random
from uuid import UUID

from tests.torture.checked_clients import Ear, Guest, Ledger
from tests.torture.event_loop import Company
from tests.torture.figures import Figure, at_least, at_most, exactly, none_of, told
from tests.torture.server_process import Machine, stored

SPEAKERS = 8
LONGEST_TALK = 0.15
"""Seconds after which the server is killed at the latest, counted from everybody's first line."""


def run(place: Path, dice: Random, *, rounds: int, ready: float) -> list[Figure]:
    """Kill the server `rounds` times; it must be `ready` again within so many seconds."""
    ledger = Ledger()
    worst: dict[str, int] = {}
    times: list[float] = []
    outstanding = 0
    with Company() as company:
        speakers = [_speaker(company, ledger, dice, number) for number in range(SPEAKERS)]
        listener = Guest(company, ledger, "listener", client=_uuid(dice))
        ear = Ear(company, ledger, "ear")
        for _ in range(rounds):
            with Machine(cwd=place) as server:
                times.append(server.ready)
                _compare(ledger, place, worst)
                _talk(company, server, dice, [*speakers, listener], ear)
                server.kill()
                _hear_the_rest(company, [*speakers, listener], ear)
            outstanding += sum(len(speaker.waiting) for speaker in speakers)
        with Machine(cwd=place) as server:
            times.append(server.ready)
            for speaker in speakers:
                speaker.finish()
            _come(company, server, [*speakers, listener], ear)
            company.attend(
                lambda: not any(speaker.waiting for speaker in speakers), "all acknowledged"
            )
            _compare(ledger, place, worst)
            rows = stored(place)
            auditor = _auditor(company, server, len(rows))
            in_order = _heard_in_order(ear, {text: id for id, text in rows})
            server.stop()
    return [
        told("kills", rounds),
        told("lines in the journal", len(rows)),
        at_least("outstanding when killed", rounds, outstanding),
        *none_of(worst),
        exactly("said, and acknowledged in the end", sum(s.said for s in speakers),
                len(ledger.acknowledged)),
        exactly("live lines of the text listener out of order", 0, in_order),
        exactly("read through the protocol as in the file", True,
                auditor.ledger.seen == dict(rows)),
        exactly("faults in that reading", [], auditor.ledger.faults),
        at_most("ready again, worst", ready, max(times), "s"),
    ]  # fmt: skip


def _speaker(company: Company, ledger: Ledger, dice: Random, number: int) -> Guest:
    return Guest(
        company,
        ledger,
        f"guest{number}",
        client=_uuid(dice),
        lines=_lines(number),
        window=4 + number,
        eager=number % 2 == 0,
    )


def _lines(number: int) -> Iterator[str]:
    count = 0
    while True:
        count += 1
        yield f"{number} says {count}"


def _uuid(dice: Random) -> str:
    return str(UUID(int=dice.getrandbits(128), version=4))


def _come(company: Company, server: Machine, guests: list[Guest], ear: Ear) -> None:
    for guest in guests:
        guest.come(server.port)
    ear.come(server.port)
    company.attend(lambda: ear.entered and all(g.entered for g in guests), "everybody is in")


def _talk(company: Company, server: Machine, dice: Random, guests: list[Guest], ear: Ear) -> None:
    before = {guest.name: guest.said for guest in guests}
    _come(company, server, guests, ear)
    if dice.random() < 0.8:  # else it is killed while they still come back
        company.attend(
            lambda: all(g.said > before[g.name] for g in guests[:SPEAKERS]), "everybody speaks"
        )
        company.attend_for(dice.uniform(0, LONGEST_TALK))


def _hear_the_rest(company: Company, guests: list[Guest], ear: Ear) -> None:
    company.attend(
        lambda: not any(guest.online for guest in (*guests, ear)), "all connections are lost"
    )


def _compare(ledger: Ledger, place: Path, worst: dict[str, int]) -> None:
    for name, count in ledger.compare(stored(place)).items():
        worst[name] = max(worst.get(name, 0), count)


def _auditor(company: Company, server: Machine, last: int) -> Guest:
    auditor = Guest(company, Ledger(), "auditor")
    auditor.come(server.port)
    company.attend(lambda: auditor.last >= last, "the whole journal", seconds=120)
    return auditor


def _heard_in_order(ear: Ear, ids: dict[str, int]) -> int:
    """Return how often two neighbours that the ear heard live are not neighbours in the journal."""
    turned = 0
    for live in ear.live:
        numbers = [ids.get(text, 0) for text in live]
        turned += sum(b != a + 1 for a, b in pairwise(numbers))
    return turned
