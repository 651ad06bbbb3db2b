"""Thirty clients do random actions in three rooms, and all of them see the same order of events."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from random import Random

from tests.torture.event_loop import EventLoop
from tests.torture.figures import Figure, at_least, exactly, reported
from tests.torture.random_clients import ROOMS, ActionPlan, RandomJsonClient, RandomTextClient
from tests.torture.server_process import ServerProcess, stored
from tests.torture.views import View, not_a_part, not_in_order

JSON_CLIENTS, TEXT_CLIENTS = 20, 10


def run(directory: Path, rng: Random, *, actions: int, hasty: bool) -> list[Figure]:
    """Let each client do `actions` random actions; RandomJsonClient explains `hasty`."""
    faults: list[str] = []
    with EventLoop() as loop, ServerProcess("--max-renames", "0", cwd=directory) as server:
        observer = RandomJsonClient(
            loop, faults, "observer", ActionPlan("observer", rng, 0), hasty=False
        )
        observer.log_in(server.port, ROOMS)
        loop.run_until(lambda: observer.plan.idle, "the observer's login")
        json_clients = [
            RandomJsonClient(loop, faults, f"p{n}", ActionPlan(f"p{n}", rng, actions), hasty=hasty)
            for n in range(JSON_CLIENTS)
        ]
        text_clients = [
            RandomTextClient(loop, faults, f"t{n}", ActionPlan(f"t{n}", rng, actions))
            for n in range(TEXT_CLIENTS)
        ]
        for json_client in json_clients:
            json_client.log_in(server.port, (rng.choice(ROOMS),))
        for text_client in text_clients:
            text_client.log_in(server.port)
        all_clients: tuple[RandomJsonClient | RandomTextClient, ...] = (
            *json_clients,
            *text_clients,
            observer,
        )
        loop.run_until(
            lambda: all(g.plan.idle for g in all_clients), "all actions are done", seconds=120
        )
        # The answer to the last action may arrive before the others have its event.
        for client in all_clients:
            client.ask()
        loop.run_until(lambda: all(g.plan.idle for g in all_clients), "all events are delivered")
        # Answers may arrive before the backfill of a room is complete.
        loop.run_until(
            lambda: all(d.caught_up_with(observer) for d in json_clients),
            "all backfills are complete",
        )
        faults += _wrong_names(observer, json_clients)
        rows = {room: [text for _, text in stored(directory, room)] for room in ROOMS}
        ids = {room: [id for id, _ in stored(directory, room)] for room in ROOMS}
        server.stop()
    orders = {view.room: view for view in observer.views}
    stays = [view for json_client in json_clients for view in json_client.views if view.whole]
    reasons = [not_a_part(view, orders[view.room]) for view in stays]
    seen = [(text_client, view) for text_client in text_clients for view in text_client.seen]
    reasons += [_not_in_order(text_client, view, orders) for text_client, view in seen]
    faults += filter(None, reasons)
    return [
        reported("JSON clients, text clients", f"{JSON_CLIENTS}, {TEXT_CLIENTS}"),
        reported("events", ", ".join(f"{n} {kind}" for kind, n in _kinds(orders).items())),
        reported("connections cut", sum(json_client.cuts for json_client in json_clients)),
        at_least("views compared, JSON clients", JSON_CLIENTS, len(stays)),
        at_least("views compared, text clients", TEXT_CLIENTS, len(seen)),
        exactly("lines in the order of the journal", True,
                all(rows[room] == _said(orders[room]) for room in ROOMS)),
        exactly("ids are 1..n in each room", True,
                all(ids[room] == list(range(1, len(ids[room]) + 1)) for room in ROOMS)),
        exactly("views in another order, wrong names", 0, len(faults)),
        *(reported("one of these faults", fault) for fault in faults[:3]),
    ]  # fmt: skip


def _wrong_names(observer: RandomJsonClient, json_clients: list[RandomJsonClient]) -> list[str]:
    """Return, as sentences, the rooms of which a client has other names than the observer."""
    return [
        f"{json_client.name} has {sorted(view.names ^ observer.here[room].names)} wrong in {room}"
        for json_client in json_clients
        for room, view in json_client.here.items()
        if view.names != observer.here[room].names
    ]


def _not_in_order(text_client: RandomTextClient, view: View, orders: dict[str, View]) -> str:
    own = f"said {text_client.name}."
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
