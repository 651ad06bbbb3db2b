"""Thirty guests do this and that in three rooms; each view is a piece of a room's one order."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from random import Random

from tests.torture.event_loop import Company
from tests.torture.figures import Figure, at_least, exactly, told
from tests.torture.random_clients import ROOMS, Busy, Doer, Walker
from tests.torture.server_process import Machine, stored
from tests.torture.views import View, not_a_piece, not_in_order

PROGRAMS, PEOPLE = 20, 10


def run(place: Path, dice: Random, *, deeds: int, hasty: bool) -> list[Figure]:
    """Let everybody do `deeds` things; see Doer for the `hasty`."""
    faults: list[str] = []
    with Company() as company, Machine("--max-renames", "0", cwd=place) as server:
        observer = Doer(company, faults, "observer", Busy("observer", dice, 0), hasty=False)
        observer.come(server.port, ROOMS)
        company.attend(lambda: observer.busy.idle, "the observer is in")
        doers = [
            Doer(company, faults, f"p{n}", Busy(f"p{n}", dice, deeds), hasty=hasty)
            for n in range(PROGRAMS)
        ]
        walkers = [
            Walker(company, faults, f"t{n}", Busy(f"t{n}", dice, deeds)) for n in range(PEOPLE)
        ]
        for doer in doers:
            doer.come(server.port, (dice.choice(ROOMS),))
        for walker in walkers:
            walker.come(server.port)
        everybody: tuple[Doer | Walker, ...] = (*doers, *walkers, observer)
        company.attend(lambda: all(g.busy.idle for g in everybody), "all is done", seconds=120)
        # What the last of them did is on its way to the others when he has his answer.
        for guest in everybody:
            guest.ask()
        company.attend(lambda: all(g.busy.idle for g in everybody), "all is heard")
        # Answers may overtake the past of a room.
        company.attend(lambda: all(d.level_with(observer) for d in doers), "all have caught up")
        faults += _ghosts(observer, doers)
        rows = {room: [text for _, text in stored(place, room)] for room in ROOMS}
        ids = {room: [id for id, _ in stored(place, room)] for room in ROOMS}
        server.stop()
    orders = {view.room: view for view in observer.views}
    stays = [view for doer in doers for view in doer.views if view.whole]
    reasons = [not_a_piece(view, orders[view.room]) for view in stays]
    seen = [(walker, view) for walker in walkers for view in walker.seen]
    reasons += [_not_in_order(walker, view, orders) for walker, view in seen]
    faults += filter(None, reasons)
    return [
        told("guests: programs, people", f"{PROGRAMS}, {PEOPLE}"),
        told("what happened", ", ".join(f"{n} {kind}" for kind, n in _kinds(orders).items())),
        told("connections cut", sum(doer.cuts for doer in doers)),
        at_least("stays compared, programs", PROGRAMS, len(stays)),
        at_least("stays compared, people", PEOPLE, len(seen)),
        exactly("lines in the order of the journal", True,
                all(rows[room] == _said(orders[room]) for room in ROOMS)),
        exactly("ids are 1..n in each room", True,
                all(ids[room] == list(range(1, len(ids[room]) + 1)) for room in ROOMS)),
        exactly("views that are no piece of the order, names that make no sense", 0, len(faults)),
        *(told("one of them", fault) for fault in faults[:3]),
    ]  # fmt: skip


def _ghosts(observer: Doer, doers: list[Doer]) -> list[str]:
    """Return whose names in a room, now that all is quiet, are not those of the room."""
    return [
        f"{doer.name} has {sorted(view.names ^ observer.here[room].names)} wrong in {room}"
        for doer in doers
        for room, view in doer.here.items()
        if view.names != observer.here[room].names
    ]


def _not_in_order(walker: Walker, view: View, orders: dict[str, View]) -> str:
    own = f"said {walker.name}."
    return not_in_order(view.tokens, own, orders[view.room])


def _said(view: View) -> list[str]:
    return [token.removeprefix("said ") for token in view.tokens if token.startswith("said ")]


def _kinds(orders: dict[str, View]) -> Counter[str]:
    kinds: Counter[str] = Counter()
    for view in orders.values():
        for token in view.tokens:
            kind = token.partition(" ")[0]
            kinds[kind if kind in ("said", "topic") else "renamed"] += 1
        for presence in view.presence:
            for moved, count in presence.items():
                kinds[moved.partition(" ")[0]] += count
    return kinds
