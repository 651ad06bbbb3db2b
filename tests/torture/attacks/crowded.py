"""A hundred clients join the same hundred rooms, list all rooms, and disconnect at once."""

from __future__ import annotations

import selectors
from pathlib import Path
from random import Random
from time import monotonic

from tests.torture.attacks.attack_runner import Controller
from tests.torture.attacks.attacked_server import AttackedServer, Size
from tests.torture.attacks.raw_connection import RawConnection
from tests.torture.figures import Figure, reported

PER_SECOND = 5
"""Requests of each client a second: the rate limit."""


def run(  # noqa: PLR0913 - each has a name
    directory: Path, rng: Random, *, clients: int, rooms: int, asking: float, size: Size
) -> list[Figure]:
    """Let `clients` join `rooms`, list the rooms for `asking` seconds, and disconnect."""
    with AttackedServer(directory, rng) as target:
        target.measure_baseline(size.baseline)
        with target.start_attack(
            attack, port=target.port, clients=clients, rooms=rooms, asking=asking
        ) as process:
            result = target.wait_for_end(process, rooms / PER_SECOND + asking + 60)
        target.run_for(1.0)
        return [
            reported("clients, rooms of each", f"{clients}, {rooms}"),
            reported("received by them", f"{result / 1e6:.0f} MB"),
            reported("additional memory of the server", f"{target.growth:.1f} MiB"),
            *target.finish(size),
        ]


def attack(_: Controller, *, port: int, clients: int, rooms: int, asking: float) -> int:
    """Log in, send requests at the rate limit, and close all connections at once."""
    connections = [RawConnection(port) for _ in range(clients)]
    for number, connection in enumerate(connections):
        connection.hello(f"busy{number}")
        connection.socket.setblocking(False)
    with selectors.DefaultSelector() as selector:
        for connection in connections:
            selector.register(connection.socket, selectors.EVENT_READ)
        requests = [b'{"type":"join","room":"r%d"}\n' % number for number in range(1, rooms)]
        requests += [b'{"type":"rooms"}\n'] * int(asking * PER_SECOND)
        received = 0
        begin = monotonic()
        for number, request in enumerate(requests):
            for connection in connections:
                connection.send(request)
            while (left := begin + number / PER_SECOND - monotonic()) > 0:
                for key, _mask in selector.select(left):
                    received += len(key.fileobj.recv(1 << 18))  # type: ignore[union-attr]
    for connection in connections:
        connection.close()
    return received
