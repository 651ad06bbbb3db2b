"""Two thousand connections a second, each closed at once."""

from __future__ import annotations

import socket
import struct
from contextlib import suppress
from pathlib import Path
from random import Random
from time import monotonic
from typing import Any

from tests.torture.attacks.attack_runner import Controller
from tests.torture.attacks.attacked_server import AttackedServer, Size
from tests.torture.figures import Figure, at_least, at_most, reported

LOG_LINES = 10.0
"""The server may log so many lines a second."""
LEFT_OVER = 10.0
"""The memory may be so many per cent larger after the attack than before."""
_RESET = struct.pack("ii", 1, 0)
WORDS = (b"", b"", b"x", b"a visitor\n", b'{"type":"ping"}\n', b"GET / HTTP/1.1\r\n\r\n")
"""The bytes that successive connections send before they close."""


def run(  # noqa: PLR0913 - each has a name
    directory: Path, rng: Random, *, rate: float, seconds: float, rest: float, size: Size
) -> list[Figure]:
    """Open `rate` connections a second for `seconds`; measure the memory `rest` seconds later."""
    with AttackedServer(directory, rng) as target:
        target.measure_baseline(size.baseline)
        with target.start_attack(attack, port=target.port, rate=rate, seconds=seconds) as process:
            result = target.wait_for_end(process, 2 * seconds + 20)
        begin, end = target.attack_span[0], monotonic()
        target.end_attack()
        grown = target.growth
        target.run_for(rest)
        left = 100 * (target.server.memory() / target.memory_before - 1)
        logged = sum(begin <= time < end for time in target.server.log_times)
        return [
            at_least("connections a second", int(0.8 * rate), int(result["made"] / seconds)),
            reported("connections that failed", result["failed"]),
            at_most("lines in the log", LOG_LINES, logged / (end - begin), "a second"),
            reported("additional memory of the server", f"{grown:.1f} MiB"),
            at_most("memory not freed afterwards", LEFT_OVER, max(0.0, left), "%"),
            reported("additional descriptors of the server", _more(target)),
            *target.finish(size),
        ]


def _more(target: AttackedServer) -> int:
    return target.server.descriptors - target.descriptors_before


def attack(controller: Controller, *, port: int, rate: float, seconds: float) -> dict[str, Any]:
    """Open and close connections; every second one is closed with a reset."""
    made = failed = 0
    begin = monotonic()
    for number in controller.paced(int(rate * seconds), rate):
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
