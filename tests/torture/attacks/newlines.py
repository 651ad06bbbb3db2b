"""Five clients send newlines and short lines, which cost nothing to send, at full speed."""

from __future__ import annotations

import selectors
from pathlib import Path
from random import Random
from time import monotonic
from typing import Any

from tests.torture.attacks.attack_runner import Controller
from tests.torture.attacks.attacked_server import AttackedServer, Size
from tests.torture.attacks.raw_connection import RawConnection
from tests.torture.figures import Figure, reported

CLIENTS = 5
WAYS = {
    "newlines": b"\n",
    "newlines before the name": b"\n",
    "unknown commands": b"/no\n",
    "`/names`": b"/names\n",
    "invalid JSON": b"{\n",
}


def run(directory: Path, rng: Random, *, seconds: float, ways: int, size: Size) -> list[Figure]:
    """Let them send for so many seconds, in each of the first `ways` of WAYS."""
    figures = []
    for number, way in enumerate(list(WAYS)[:ways]):
        where = directory / str(number)
        where.mkdir()
        with AttackedServer(where, rng) as target:
            target.measure_baseline(size.baseline)
            with target.start_attack(attack, port=target.port, way=way, seconds=seconds) as process:
                result = target.wait_for_end(process, seconds + 20)
            figures += [
                reported(f"{way}: lines that {CLIENTS} clients could send", result["lines"])
            ]
            figures += [reported("of these clients closed by the server", result["closed"])]
            figures += [reported("additional memory of the server", f"{target.growth:.1f} MiB")]
            figures += target.finish(size)
    return figures


def attack(_: Controller, *, port: int, way: str, seconds: float) -> dict[str, Any]:
    """Send as fast as possible, and discard what is received."""
    line = WAYS[way]
    block = line * ((1 << 16) // len(line))
    sent = closed = 0
    with selectors.DefaultSelector() as selector:
        for number in range(CLIENTS):
            connection = RawConnection(port)
            if way == "invalid JSON":
                connection.hello(f"hasty{number}")
            elif way != "newlines before the name":
                connection.greet(f"hasty{number}")
            connection.socket.setblocking(False)
            mask = selectors.EVENT_READ | selectors.EVENT_WRITE
            selector.register(connection.socket, mask, connection)
        end = monotonic() + seconds
        while (left := end - monotonic()) > 0 and selector.get_map():
            for key, mask in selector.select(left):
                try:
                    if mask & selectors.EVENT_READ and not key.data.socket.recv(1 << 16):
                        raise ConnectionError
                    if mask & selectors.EVENT_WRITE:
                        sent += key.data.socket.send(block[sent % len(line) :])
                except BlockingIOError:
                    pass
                except ConnectionError:
                    closed += 1
                    selector.unregister(key.data.socket)
    return {"lines": sent // len(line), "closed": closed}
