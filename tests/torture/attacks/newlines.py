"""Five guests send at full speed what costs nothing to send: newlines, and short lines."""

from __future__ import annotations

import selectors
from pathlib import Path
from random import Random
from time import monotonic
from typing import Any

from tests.torture.attacks.attack_runner import Commander
from tests.torture.attacks.attacked_server import Scene, Size
from tests.torture.attacks.raw_connection import Caller
from tests.torture.figures import Figure, told

GUESTS = 5
WAYS = {
    "newlines": b"\n",
    "newlines before the name": b"\n",
    "commands that there are not": b"/no\n",
    "questions": b"/names\n",
    "JSON that is none": b"{\n",
}


def run(place: Path, dice: Random, *, seconds: float, ways: int, size: Size) -> list[Figure]:
    """Let them send for so many seconds in each of the first `ways`."""
    figures = []
    for number, way in enumerate(list(WAYS)[:ways]):
        directory = place / str(number)
        directory.mkdir()
        with Scene(directory, dice) as scene:
            scene.be_quiet(size.calm)
            with scene.raid(attack, port=scene.port, way=way, seconds=seconds) as raid:
                result = scene.until_over(raid, seconds + 20)
            figures += [told(f"{way}: lines that {GUESTS} guests could send", result["lines"])]
            figures += [told("of them closed by the server", result["closed"])]
            figures += [told("memory of the server, more", f"{scene.growth:.1f} MiB")]
            figures += scene.others(size)
    return figures


def attack(_: Commander, *, port: int, way: str, seconds: float) -> dict[str, Any]:
    """Send as fast as it goes, and read nothing but what must be read."""
    line = WAYS[way]
    block = line * ((1 << 16) // len(line))
    sent = closed = 0
    with selectors.DefaultSelector() as selector:
        for number in range(GUESTS):
            caller = Caller(port)
            if way == "JSON that is none":
                caller.hello(f"hasty{number}")
            elif way != "newlines before the name":
                caller.greet(f"hasty{number}")
            caller.socket.setblocking(False)
            mask = selectors.EVENT_READ | selectors.EVENT_WRITE
            selector.register(caller.socket, mask, caller)
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
