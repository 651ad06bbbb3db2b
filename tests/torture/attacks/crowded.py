"""Guests who are all in the same hundred rooms come, ask for all rooms, and are gone at once."""

from __future__ import annotations

import selectors
from pathlib import Path
from random import Random
from time import monotonic

from tests.torture.attacks.attack_runner import Commander
from tests.torture.attacks.attacked_server import Scene, Size
from tests.torture.attacks.raw_connection import Caller
from tests.torture.figures import Figure, told

PER_SECOND = 5
"""Requests of each: as many as he may make."""


def run(  # noqa: PLR0913 - each has a name
    place: Path, dice: Random, *, guests: int, rooms: int, asking: float, size: Size
) -> list[Figure]:
    """Let `guests` go into `rooms`, ask what rooms there are for some seconds, and be gone."""
    with Scene(place, dice) as scene:
        scene.be_quiet(size.calm)
        with scene.raid(attack, port=scene.port, guests=guests, rooms=rooms, asking=asking) as raid:
            result = scene.until_over(raid, rooms / PER_SECOND + asking + 60)
        scene.go_on(1.0)
        return [
            told("guests, rooms of each", f"{guests}, {rooms}"),
            told("heard by them", f"{result / 1e6:.0f} MB"),
            told("memory of the server, more", f"{scene.growth:.1f} MiB"),
            *scene.others(size),
        ]


def attack(_: Commander, *, port: int, guests: int, rooms: int, asking: float) -> int:
    """Come as fast as it goes, ask as often as it goes, and hang up."""
    callers = [Caller(port) for _ in range(guests)]
    for number, caller in enumerate(callers):
        caller.hello(f"busy{number}")
        caller.socket.setblocking(False)
    with selectors.DefaultSelector() as selector:
        for caller in callers:
            selector.register(caller.socket, selectors.EVENT_READ)
        requests = [b'{"type":"join","room":"r%d"}\n' % number for number in range(1, rooms)]
        requests += [b'{"type":"rooms"}\n'] * int(asking * PER_SECOND)
        heard = 0
        begin = monotonic()
        for number, request in enumerate(requests):
            for caller in callers:
                caller.send(request)
            while (left := begin + number / PER_SECOND - monotonic()) > 0:
                for key, _mask in selector.select(left):
                    heard += len(key.fileobj.recv(1 << 18))  # type: ignore[union-attr]
    for caller in callers:
        caller.close()
    return heard
