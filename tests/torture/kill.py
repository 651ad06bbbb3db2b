"""kill -9 while eight clients speak and two listen: every line that any client saw is stored."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from random import Random
from uuid import UUID

from tests.torture.checked_clients import CheckedClient, CheckedTextClient, Ledger
from tests.torture.event_loop import EventLoop
from tests.torture.figures import Figure, all_zero, at_least, at_most, exactly, reported
from tests.torture.server_process import ServerProcess, stored

SPEAKERS = 8
LONGEST_TALK = 0.15
"""The server is killed at most so many seconds after all clients have said a line."""


def run(directory: Path, rng: Random, *, rounds: int, ready: float) -> list[Figure]:
    """Kill the server `rounds` times; each restart may take `ready` seconds."""
    ledger = Ledger()
    worst: dict[str, int] = {}
    times: list[float] = []
    outstanding = 0
    with EventLoop() as loop:
        speakers = [_speaker(loop, ledger, rng, number) for number in range(SPEAKERS)]
        listener = CheckedClient(loop, ledger, "listener", client=_uuid(rng))
        text_listener = CheckedTextClient(loop, ledger, "text-listener")
        for _ in range(rounds):
            with ServerProcess(cwd=directory) as server:
                times.append(server.ready)
                _compare(ledger, directory, worst)
                _talk(loop, server, rng, [*speakers, listener], text_listener)
                server.kill()
                _wait_until_offline(loop, [*speakers, listener], text_listener)
            outstanding += sum(len(speaker.waiting) for speaker in speakers)
        with ServerProcess(cwd=directory) as server:
            times.append(server.ready)
            for speaker in speakers:
                speaker.finish()
            _log_in(loop, server, [*speakers, listener], text_listener)
            loop.run_until(
                lambda: not any(speaker.waiting for speaker in speakers),
                "all lines are acknowledged",
            )
            _compare(ledger, directory, worst)
            rows = stored(directory)
            auditor = _auditor(loop, server, len(rows))
            out_of_order = _out_of_order(text_listener, {text: id for id, text in rows})
            server.stop()
    return [
        reported("kills", rounds),
        reported("lines in the journal", len(rows)),
        at_least("lines unacknowledged at the kills", rounds, outstanding),
        *all_zero(worst),
        exactly("lines said, and acknowledged in the end", sum(s.said for s in speakers),
                len(ledger.acknowledged)),
        exactly("live lines of the text client out of order", 0, out_of_order),
        exactly("lines read through the protocol equal those in the file", True,
                auditor.ledger.seen == dict(rows)),
        exactly("faults while reading them", [], auditor.ledger.faults),
        at_most("slowest restart", ready, max(times), "s"),
    ]  # fmt: skip


def _speaker(loop: EventLoop, ledger: Ledger, rng: Random, number: int) -> CheckedClient:
    return CheckedClient(
        loop,
        ledger,
        f"guest{number}",
        client=_uuid(rng),
        lines=_lines(number),
        window=4 + number,
        eager=number % 2 == 0,
    )


def _lines(number: int) -> Iterator[str]:
    count = 0
    while True:
        count += 1
        yield f"{number} says {count}"


def _uuid(rng: Random) -> str:
    return str(UUID(int=rng.getrandbits(128), version=4))


def _log_in(
    loop: EventLoop,
    server: ServerProcess,
    clients: list[CheckedClient],
    text_listener: CheckedTextClient,
) -> None:
    for client in clients:
        client.log_in(server.port)
    text_listener.log_in(server.port)
    loop.run_until(lambda: text_listener.entered and all(g.entered for g in clients), "all logins")


def _talk(
    loop: EventLoop,
    server: ServerProcess,
    rng: Random,
    clients: list[CheckedClient],
    text_listener: CheckedTextClient,
) -> None:
    before = {client.name: client.said for client in clients}
    _log_in(loop, server, clients, text_listener)
    if rng.random() < 0.8:  # else it is killed while clients still resume
        loop.run_until(
            lambda: all(g.said > before[g.name] for g in clients[:SPEAKERS]),
            "a line of each client",
        )
        loop.run_for(rng.uniform(0, LONGEST_TALK))


def _wait_until_offline(
    loop: EventLoop, clients: list[CheckedClient], text_listener: CheckedTextClient
) -> None:
    loop.run_until(
        lambda: not any(client.online for client in (*clients, text_listener)),
        "all connections are lost",
    )


def _compare(ledger: Ledger, directory: Path, worst: dict[str, int]) -> None:
    for name, count in ledger.compare(stored(directory)).items():
        worst[name] = max(worst.get(name, 0), count)


def _auditor(loop: EventLoop, server: ServerProcess, last: int) -> CheckedClient:
    auditor = CheckedClient(loop, Ledger(), "auditor")
    auditor.log_in(server.port)
    loop.run_until(lambda: auditor.last >= last, "the whole journal", seconds=120)
    return auditor


def _out_of_order(text_listener: CheckedTextClient, ids: dict[str, int]) -> int:
    """Return how many pairs of successive live lines are not successive in the journal."""
    count = 0
    for live in text_listener.live:
        numbers = [ids.get(text, 0) for text in live]
        count += sum(b != a + 1 for a, b in pairwise(numbers))
    return count
