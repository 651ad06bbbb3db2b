"""A hundred thousand joins of random rooms: so many there are, and empty ones cost nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

from tests.torture.attacks.attack_runner import Commander
from tests.torture.attacks.attacked_server import Scene, Size
from tests.torture.attacks.raw_connection import Caller
from tests.torture.figures import Figure, at_most, exactly, told

WINDOW = 200
"""Requests that are outstanding."""
LEFT_OVER = 4.0
"""MiB that may be missing when all rooms are empty again: what the allocator keeps."""


def run(  # noqa: PLR0913 - each has a name
    place: Path, dice: Random, *, guests: int, joins: int, each: int, most: int, size: Size
) -> list[Figure]:
    """Let `guests` join `joins` rooms, of which each may have `each`, and all together `most`.

    Then the same number again is joined and left at once.
    """
    options = ("--rate", "0", "--max-rooms-per-guest", str(each), "--max-rooms", str(most))
    with Scene(place, dice, *options) as scene:
        scene.be_quiet(size.calm)
        seed = dice.getrandbits(32)
        with scene.raid(attack, port=scene.port, guests=guests, joins=joins, seed=seed) as raid:
            scene.until(lambda: len(raid.told) > 0, "joins", 240)
            full = scene.growth
            raid.order()
            scene.until(lambda: len(raid.told) > 1, "leaves", 120)
            scene.go_on(0.5)
            emptied = scene.server.memory() - scene.memory_before
            raid.order()
            result = scene.until_over(raid, 240)
        left = scene.server.memory() - scene.memory_before - emptied
        own = min(each, joins // guests)
        return [
            told("guests, joins", f"{guests}, {joins}"),
            at_most("rooms of one guest", each, max(raid.told[0]["rooms"]), "rooms"),
            # The lobby counts as well.
            at_most("rooms in all", most, raid.told[0]["listed"], "rooms"),
            exactly("joins that were let in", min(guests * own, most - 1), raid.told[0]["entered"]),
            told("the others were told", raid.told[0]["errors"]),
            exactly("rooms when all had left", ["lobby"], raid.told[1]),
            told("memory with all these rooms, more", f"{full:.1f} MiB"),
            told("memory when they had been left, more", f"{emptied:.1f} MiB"),
            told("joined and left at once, then", result["entered"]),
            at_most("memory that these cost", LEFT_OVER, max(0.0, left), "MiB"),
            *scene.others(size),
        ]


def attack(
    commander: Commander, *, port: int, guests: int, joins: int, seed: int
) -> dict[str, Any]:
    """Join; leave when ordered to; join and leave at once."""
    dice = Random(seed)
    callers = [Caller(port) for _ in range(guests)]
    for number, caller in enumerate(callers):
        caller.hello(f"traveller{number}", "welcome", rooms=[])
    rooms = []
    errors: Counter[str] = Counter()
    for caller in callers:
        wanted = [f"r{dice.getrandbits(60):x}" for _ in range(joins // guests)]
        answers = list(_ask(caller, [("join", room) for room in wanted]))
        errors += Counter(answer["code"] for answer in answers if answer["type"] == "error")
        rooms.append([answer["room"] for answer in answers if answer["type"] == "entered"])
    counts = [len(own) for own in rooms]
    commander.tell({
        "rooms": counts,
        "entered": sum(counts),
        "errors": dict(errors),
        "listed": len(_listed(callers[0])),
    })  # fmt: skip
    while not commander.ordered(60):
        pass
    for caller, own in zip(callers, rooms, strict=True):
        list(_ask(caller, [("leave", room) for room in own]))
    commander.tell(_listed(callers[0]))
    while not commander.ordered(60):
        pass
    entered = 0
    for caller in callers:
        fresh = [f"s{dice.getrandbits(60):x}" for _ in range(joins // guests)]
        asked = [(kind, room) for room in fresh for kind in ("join", "leave")]
        entered += sum(answer["type"] == "entered" for answer in _ask(caller, asked))
    return {"entered": entered}


def _ask(caller: Caller, asked: list[tuple[str, str]]) -> Iterator[dict[str, Any]]:
    """Yield the answers to joins and leaves."""
    for start in range(0, len(asked), WINDOW):
        batch = asked[start : start + WINDOW]
        for kind, room in batch:
            caller.ask(type=kind, room=room)
        for _ in batch:
            yield caller.event("entered", "left", "error")


def _listed(caller: Caller) -> list[str]:
    caller.ask(type="rooms")
    return [room["room"] for room in caller.event("rooms")["rooms"]]
