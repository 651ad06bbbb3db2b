"""A thousand connections say nothing, or a byte now and then; who gives a name gets in."""

from __future__ import annotations

import selectors
from pathlib import Path
from random import Random
from time import monotonic
from typing import Any

from tests.torture.attacks.attack_runner import Commander
from tests.torture.attacks.attacked_server import Scene, Size
from tests.torture.attacks.raw_connection import PROMPT, Caller
from tests.torture.event_loop import Wire, connect
from tests.torture.figures import Figure, at_most, exactly, told

NAMELESS = 128
"""How many may be there without a name: the server's default."""
DRIP = 1.0
"""Seconds between two bytes of those who are not quite silent."""


def run(  # noqa: PLR0913 - each has a name
    place: Path,
    dice: Random,
    *,
    silent: int,
    drip: bool,
    timeout: float,
    late: float,
    entry: float,
    size: Size,
) -> list[Figure]:
    """Let so many come; a guest with a name comes again and again, and is in within `entry` s.

    With `drip`, every second of them sends a byte a second. `late` is the seconds that they may
    stay longer than the `timeout`.
    """
    with Scene(place, dice, "--login-timeout", str(timeout)) as scene:
        scene.be_quiet(size.calm)
        more: dict[str, Any] = {"silent": silent, "drip": drip, "patience": timeout + late + 10}
        with scene.raid(attack, port=scene.port, **more) as raid:
            entries: list[float] = []
            most = turned_away = 0
            while not raid.over:
                took, welcome = _enter(scene, f"guest{len(entries)}")
                entries.append(took)
                turned_away += not welcome
                most = max(most, scene.server.descriptors - scene.descriptors_before)
                scene.go_on(0.2)
        result = raid.result
        return [
            told("connections that give no name", silent),
            exactly("closed in the end", silent, result["closed"]),
            told("of them held at once, as sockets", most),
            at_most("of them talked with at once", NAMELESS, result["asked"], "connections"),
            at_most("the longest was there", timeout + late, result["longest"], "s"),
            told("what they were told", result["words"]),
            told("guests with a name who came meanwhile", len(entries)),
            exactly("of them turned away", 0, turned_away),
            at_most("the slowest of them was in after", 1000 * entry, 1000 * max(entries), "ms"),
            told("memory of the server, more", f"{scene.growth:.1f} MiB"),
            *scene.others(size),
        ]


def _enter(scene: Scene, name: str) -> tuple[float, bool]:
    """Return after how many seconds somebody knows whether he is in who comes now, and whether."""
    heard = bytearray()
    begin = monotonic()
    wire: Wire = connect(scene.company, scene.port, heard.extend, lambda: heard.extend(b"\n(end)"))
    wire.send(name.encode() + b"\n")
    took = scene.until(lambda: b"Welcome" in heard or b"(end)" in heard, f"{name} is in", 30)
    wire.close()
    return max(took, monotonic() - begin), b"Welcome" in heard


def attack(_: Commander, *, port: int, silent: int, drip: bool, patience: float) -> dict[str, Any]:
    """Come, as many as there are; with `drip` every second sends bytes that make no name."""
    begin = monotonic()
    came: dict[Caller, float] = {}
    longest = 0.0
    closed = asked = most = 0
    words: dict[str, int] = {}
    heard: dict[Caller, bytes] = {}
    next_drip = begin + DRIP if drip else begin + patience
    with selectors.DefaultSelector() as selector:
        for _number in range(silent):
            caller = Caller(port)
            caller.socket.setblocking(False)
            came[caller], heard[caller] = monotonic(), b""
            selector.register(caller.socket, selectors.EVENT_READ, caller)
        while selector.get_map() and monotonic() < begin + patience:
            for key, _mask in selector.select(0.2):
                caller = key.data
                while data := caller.pull():
                    asked += not heard[caller] and data.startswith(PROMPT)
                    heard[caller] += data
                if data is not None:
                    closed += 1
                    selector.unregister(caller.socket)
                    caller.close()
                    asked -= heard[caller].startswith(PROMPT)
                    longest = max(longest, monotonic() - came.pop(caller))
                    word = heard[caller].removeprefix(PROMPT).decode().strip() or "nothing"
                    words[word] = words.get(word, 0) + 1
            # Only now: the end that made room for a prompt may come after it in this round.
            most = max(most, asked)
            if monotonic() > next_drip:
                next_drip += DRIP
                for caller in list(came)[::2]:
                    caller.drip()
    return {"closed": closed, "longest": longest, "words": words, "asked": most}
