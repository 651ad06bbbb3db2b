"""A hundred thousand joins of random rooms: the rooms are limited, and empty ones cost nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

from tests.torture.attacks.attack_runner import Controller
from tests.torture.attacks.attacked_server import AttackedServer, Size
from tests.torture.attacks.raw_connection import RawConnection
from tests.torture.figures import Figure, at_most, exactly, reported

WINDOW = 200
"""Requests without an answer at a time."""
LEFT_OVER = 4.0
"""MiB that may not be freed when all rooms are empty again: the allocator keeps some."""


def run(  # noqa: PLR0913 - each has a name
    directory: Path, rng: Random, *, clients: int, joins: int, each: int, most: int, size: Size
) -> list[Figure]:
    """Let `clients` join `joins` rooms; a client may be in `each` rooms, and `most` may exist.

    Then they join and leave as many again, each at once.
    """
    options = ("--rate", "0", "--max-rooms-per-guest", str(each), "--max-rooms", str(most))
    with AttackedServer(directory, rng, *options) as target:
        target.measure_baseline(size.baseline)
        seed = rng.getrandbits(32)
        with target.start_attack(
            attack, port=target.port, clients=clients, joins=joins, seed=seed
        ) as process:
            target.run_until(lambda: len(process.reports) > 0, "the joins", 240)
            full = target.growth
            process.go()
            target.run_until(lambda: len(process.reports) > 1, "the leaves", 120)
            target.run_for(0.5)
            emptied = target.server.memory() - target.memory_before
            process.go()
            result = target.wait_for_end(process, 240)
        left = target.server.memory() - target.memory_before - emptied
        own = min(each, joins // clients)
        return [
            reported("clients, joins", f"{clients}, {joins}"),
            at_most("rooms of one client", each, max(process.reports[0]["rooms"]), "rooms"),
            # The lobby is one of them.
            at_most("rooms in all", most, process.reports[0]["listed"], "rooms"),
            exactly("joins accepted", min(clients * own, most - 1), process.reports[0]["entered"]),
            reported("errors for the others", process.reports[0]["errors"]),
            exactly("rooms after all had left", ["lobby"], process.reports[1]),
            reported("additional memory with all these rooms", f"{full:.1f} MiB"),
            reported("additional memory after all had left", f"{emptied:.1f} MiB"),
            reported("rooms joined and left at once, then", result["entered"]),
            at_most("memory not freed after these", LEFT_OVER, max(0.0, left), "MiB"),
            *target.finish(size),
        ]


def attack(
    controller: Controller, *, port: int, clients: int, joins: int, seed: int
) -> dict[str, Any]:
    """Join rooms; on `go`, leave them; on `go`, join and leave others at once."""
    rng = Random(seed)
    connections = [RawConnection(port) for _ in range(clients)]
    for number, connection in enumerate(connections):
        connection.hello(f"traveller{number}", "welcome", rooms=[])
    rooms = []
    errors: Counter[str] = Counter()
    for connection in connections:
        wanted = [f"r{rng.getrandbits(60):x}" for _ in range(joins // clients)]
        answers = list(_ask(connection, [("join", room) for room in wanted]))
        errors += Counter(answer["code"] for answer in answers if answer["type"] == "error")
        rooms.append([answer["room"] for answer in answers if answer["type"] == "entered"])
    counts = [len(own) for own in rooms]
    controller.report({
        "rooms": counts,
        "entered": sum(counts),
        "errors": dict(errors),
        "listed": len(_listed(connections[0])),
    })  # fmt: skip
    while not controller.wait_for_go(60):
        pass
    for connection, own in zip(connections, rooms, strict=True):
        list(_ask(connection, [("leave", room) for room in own]))
    controller.report(_listed(connections[0]))
    while not controller.wait_for_go(60):
        pass
    entered = 0
    for connection in connections:
        fresh = [f"s{rng.getrandbits(60):x}" for _ in range(joins // clients)]
        asked = [(kind, room) for room in fresh for kind in ("join", "leave")]
        entered += sum(answer["type"] == "entered" for answer in _ask(connection, asked))
    return {"entered": entered}


def _ask(connection: RawConnection, asked: list[tuple[str, str]]) -> Iterator[dict[str, Any]]:
    """Send joins and leaves; yield their answers."""
    for start in range(0, len(asked), WINDOW):
        batch = asked[start : start + WINDOW]
        for kind, room in batch:
            connection.ask(type=kind, room=room)
        for _ in batch:
            yield connection.event("entered", "left", "error")


def _listed(connection: RawConnection) -> list[str]:
    connection.ask(type="rooms")
    return [room["room"] for room in connection.event("rooms")["rooms"]]
