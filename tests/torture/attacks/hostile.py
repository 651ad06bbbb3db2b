"""Ten thousand hostile lines through every dialect; nothing in them reaches anybody's terminal."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

from tests.torture.attacks.attack_runner import Commander
from tests.torture.attacks.attacked_server import Scene, Size
from tests.torture.attacks.hostile_clients import (
    JsonEar,
    JsonMouth,
    Line,
    Mouth,
    TextEar,
    TextMouth,
    hostile,
    is_control,
    wrong,
)
from tests.torture.figures import Figure, exactly, told

BATCH = 200
"""Lines after which the attacker waits until the listeners have heard them."""


def run(place: Path, dice: Random, *, lines: int, size: Size) -> list[Figure]:
    """Say so many lines in each dialect, and look at what listeners in both of them are sent."""
    figures = []
    with Scene(place, dice, "--rate", "0") as scene:
        scene.be_quiet(size.calm)
        for dialect in ("text", "json"):
            seed = dice.getrandbits(32)
            raid_of: dict[str, Any] = {
                "port": scene.port,
                "dialect": dialect,
                "lines": lines,
                "seed": seed,
            }
            with scene.raid(attack, **raid_of) as raid:
                result = scene.until_over(raid, 300)
            figures += [
                told(f"lines in {dialect}: said, refused", f"{lines}, {result['refused']}"),
                told("lines that listeners heard: text, JSON", result["heard"]),
                exactly("both heard the same", True, result["same"]),
                exactly("control characters that reached anybody", 0, result["control"]),
                exactly("lines lost, doubled, or become something else", [], result["odd"]),
            ]  # fmt: skip
        return [*figures, *scene.others(size)]


def attack(_: Commander, *, port: int, dialect: str, lines: int, seed: int) -> dict[str, Any]:
    """Say the lines, and listen in both dialects."""
    dice = Random(seed)
    room = f"room-{dialect}"
    mouth: Mouth = (TextMouth if dialect == "text" else JsonMouth)(port, room)
    ears = TextEar(port, room, mouth.name), JsonEar(port, room, mouth.name)
    wanted: list[Line] = []
    for start in range(0, lines, BATCH):
        batch = [hostile(dice, number) for number in range(start, min(start + BATCH, lines))]
        for line in batch:
            mouth.say(line)
        mouth.end(f"end {start}")
        for ear in ears:
            ear.listen_until(f"end {start}")
        wanted += batch
    heard = [ear.heard for ear in ears]
    return {
        "refused": mouth.refused,
        "heard": [len(lines) for lines in heard],
        "same": heard[0] == heard[1],
        "control": sum(map(is_control, "".join(heard[0] + heard[1]))),
        "odd": (wrong(wanted, heard[1]) or wrong(wanted, heard[0]))[:3],
    }
