"""Ten thousand hostile lines in each dialect: no control character in them reaches a client."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

from tests.torture.attacks.attack_runner import Controller
from tests.torture.attacks.attacked_server import AttackedServer, Size
from tests.torture.attacks.hostile_clients import LISTENERS, SPEAKERS
from tests.torture.attacks.hostile_lines import HostileLine, find_faults, hostile_line, is_control
from tests.torture.figures import Figure, exactly, reported

BATCH = 200
"""After so many lines, the attacker waits until the listeners have received them."""


def run(directory: Path, rng: Random, *, lines: int, size: Size) -> list[Figure]:
    """Say so many lines in each dialect, and check what listeners in all dialects receive."""
    figures = []
    with AttackedServer(directory, rng, "--rate", "0") as target:
        target.measure_baseline(size.baseline)
        for dialect in SPEAKERS:
            seed = rng.getrandbits(32)
            arguments: dict[str, Any] = {
                "port": target.port,
                "dialect": dialect,
                "lines": lines,
                "seed": seed,
            }
            with target.start_attack(attack, **arguments) as process:
                result = target.wait_for_end(process, 300)
            figures += [
                reported(f"lines in {dialect}: said, refused", f"{lines}, {result['refused']}"),
                reported("lines received by the listeners: text, JSON, IRC", result["heard"]),
                exactly("all received the same", True, result["same"]),
                exactly("control characters received", 0, result["control"]),
                exactly("lines lost, duplicated or altered", [], result["odd"]),
            ]  # fmt: skip
        return [*figures, *target.finish(size)]


def attack(_: Controller, *, port: int, dialect: str, lines: int, seed: int) -> dict[str, Any]:
    """Say the lines, and listen in all dialects."""
    rng = Random(seed)
    room = f"room-{dialect}"
    speaker = SPEAKERS[dialect](port, room)
    listeners = [listener(port, room, speaker.name) for listener in LISTENERS.values()]
    wanted: list[HostileLine] = []
    for start in range(0, lines, BATCH):
        batch = [hostile_line(rng, number) for number in range(start, min(start + BATCH, lines))]
        for line in batch:
            speaker.say(line)
        speaker.end(f"end {start}")
        for listener in listeners:
            listener.listen_until(f"end {start}")
        wanted += batch
    received = [listener.received for listener in listeners]
    return {
        "refused": speaker.refused,
        "heard": [len(lines) for lines in received],
        "same": all(lines == received[0] for lines in received),
        "control": sum(map(is_control, "".join("".join(lines) for lines in received))),
        "odd": [fault for lines in received for fault in find_faults(wanted, lines)][:3],
    }
