"""Two thousand connections a second, each gone as soon as it is there."""

from __future__ import annotations

import socket
import struct
from contextlib import suppress
from pathlib import Path
from random import Random
from time import monotonic
from typing import Any

from tests.torture.attacks.attack_runner import Commander
from tests.torture.attacks.attacked_server import Scene, Size
from tests.torture.figures import Figure, at_least, at_most, told

LOG_LINES = 10.0
"""Lines of the log a second."""
GIVEN_BACK = 10.0
"""Per cent more memory than before, when it is over."""
_RESET = struct.pack("ii", 1, 0)
WORDS = (b"", b"", b"x", b"a visitor\n", b'{"type":"ping"}\n', b"GET / HTTP/1.1\r\n\r\n")
"""What they say before they go, each in his turn."""


def run(  # noqa: PLR0913 - each has a name
    place: Path, dice: Random, *, rate: float, seconds: float, rest: float, size: Size
) -> list[Figure]:
    """Let `rate` of them come in a second, and look at the memory after `rest` seconds."""
    with Scene(place, dice) as scene:
        scene.be_quiet(size.calm)
        with scene.raid(attack, port=scene.port, rate=rate, seconds=seconds) as raid:
            result = scene.until_over(raid, 2 * seconds + 20)
        begin, end = scene.storm[0], monotonic()
        scene.end_storm()
        grown = scene.growth
        scene.go_on(rest)
        left = 100 * (scene.server.memory() / scene.memory_before - 1)
        logged = sum(begin <= time < end for time in scene.server.log_times)
        return [
            at_least("connections a second", int(0.8 * rate), int(result["made"] / seconds)),
            told("connections that failed", result["failed"]),
            at_most("lines in the log", LOG_LINES, logged / (end - begin), "a second"),
            told("memory of the server, more", f"{grown:.1f} MiB"),
            at_most("memory not given back", GIVEN_BACK, max(0.0, left), "%"),
            told("descriptors of the server, more", _more(scene)),
            *scene.others(size),
        ]


def _more(scene: Scene) -> int:
    return scene.server.descriptors - scene.descriptors_before


def attack(commander: Commander, *, port: int, rate: float, seconds: float) -> dict[str, Any]:
    """Come and go; every second of them with a reset."""
    made = failed = 0
    begin = monotonic()
    for number in commander.paced(int(rate * seconds), rate):
        if monotonic() > begin + seconds:
            break
        connection = socket.socket()
        connection.settimeout(1.0)
        try:
            connection.connect(("127.0.0.1", port))
            made += 1
            with suppress(OSError):
                connection.send(WORDS[number % len(WORDS)])
        except OSError:
            failed += 1
        if number % 2:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        connection.close()
    return {"made": made, "failed": failed}
