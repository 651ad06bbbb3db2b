"""Guests come, speak, take another name and go, for as long as one likes; nothing grows."""

from __future__ import annotations

from pathlib import Path
from random import Random
from statistics import median
from time import monotonic
from typing import Any
from uuid import UUID

from tests.torture.attacks.attack_runner import Commander
from tests.torture.attacks.attacked_server import Scene, Size
from tests.torture.attacks.other_users import NEIGHBOURS
from tests.torture.attacks.raw_connection import Caller
from tests.torture.figures import Figure, at_most, exactly, told
from tests.torture.server_process import stored

SAMPLES = 200
"""How often it is measured, from beginning to end."""
KEPT = 2_000
"""Lines that are kept of a room, so that the journal comes to an end of its growth."""
LINGERS = 90.0
"""Seconds that a line may stay when it is too old: it is looked at once a minute."""
SPOKEN = 2
"""Lines that a visitor says in the lobby."""
MOST_FILES = 8.0
"""Descriptors by which the second half may differ from the first: guests who are there just now."""
WORDS = ["nothing", "that", "is", "said", "here", "is", "to", "stay", "in", "memory", "for", "long"]


def run(  # noqa: PLR0913 - each has a name
    place: Path, dice: Random, *, seconds: float, rate: float, growth: float, size: Size
) -> list[Figure]:
    """Let `rate` guests come in a second; memory may grow by `growth` per cent at most.

    The second quarter is compared with the last: before that, caches fill.
    """
    with Scene(place, dice, "--keep-lines", str(KEPT)) as scene:
        scene.be_quiet(size.calm)
        begin, times = monotonic(), []
        memory: list[float] = []
        files: list[int] = []
        seed = dice.getrandbits(32)
        cpu = scene.server.cpu_seconds()
        with scene.raid(attack, port=scene.port, seconds=seconds, rate=rate, seed=seed) as raid:
            while not raid.over:
                scene.go_on(seconds / SAMPLES)
                times.append(monotonic() - begin)
                memory.append(scene.server.memory())
                files.append(scene.server.descriptors)
        cpu = scene.server.cpu_seconds() - cpu
        lines, pace = len(stored(place)), NEIGHBOURS + SPOKEN * rate
        before, after = _quarters(memory)
        files_before, files_after = _quarters(files)
        return [
            told("guests who came and went", f"{raid.result['came']} in {times[-1]:.0f} s"),
            exactly("guests who were not let in", 0, raid.result["refused"]),
            told("processor time of the server", f"{100 * cpu / times[-1]:.1f} %"),
            told("memory at first, in the second and in the last quarter",
                 f"{memory[0]:.1f} / {before:.1f} / {after:.1f} MiB"),
            at_most("memory grows by", growth, max(0.0, 100 * (after / before - 1)), "%"),
            told("descriptors in the second and in the last quarter",
                 f"{files_before:.0f} / {files_after:.0f}"),
            at_most("descriptors grow by", MOST_FILES,
                    max(0.0, files_after - files_before), "files"),
            at_most("lines of a room in the journal", KEPT + LINGERS * pace, lines, "lines"),
            *scene.others(size, kept=False),
        ]  # fmt: skip


def _quarters(values: list[Any]) -> tuple[float, float]:
    quarter = len(values) // 4
    return float(median(values[quarter : 2 * quarter])), float(median(values[-quarter:]))


def attack(commander: Commander, *, port: int, seconds: float, rate: float, seed: int) -> Any:
    """Come and go."""
    dice = Random(seed)
    came = refused = 0
    for number in commander.paced(int(seconds * rate), rate):
        came += 1
        visitor = _program if number % 2 else _person
        refused += not visitor(port, dice, f"visitor{number}")
    return {"came": came, "refused": refused}


def _program(port: int, dice: Random, name: str) -> bool:
    """Do what a program does, and go with or without a word."""
    caller = Caller(port)
    client = str(UUID(int=dice.getrandbits(128), version=4))
    rooms = ["lobby", f"room{dice.randrange(20)}", f"another-room{dice.randrange(200)}"]
    welcome = caller.hello(name, rooms=rooms, client=client, after={"lobby": 0})
    for number, room in enumerate(rooms):
        caller.ask(type="say", room=room, text=_words(dice), nonce=str(number))
    caller.ask(type="tell", to=name, text=_words(dice), nonce="t")
    caller.ask(type="rename", name=f"{name}-too")
    caller.ask(type="topic", room=rooms[1], text=_words(dice))
    caller.ask(type="history", room="lobby", limit=20)
    if dice.random() < 0.5:
        caller.ask(type="bye")
        caller.rest()
    else:
        caller.event("history")
    caller.close()
    return bool(welcome.get("type") == "entered")


def _person(port: int, dice: Random, name: str) -> bool:
    """Do what a person does."""
    caller = Caller(port)
    welcome = caller.greet(name).startswith(b"Welcome")
    lines = [
        f"{_words(dice)}\n/nick {name}-too\n/join room{dice.randrange(20)}\n",
        f"{_words(dice)}\n/me waves\n/msg {name}-too hello\n/search memory\n/names\nexit\n",
    ]
    for line in lines:
        caller.send(line.encode())
    if dice.random() < 0.7:
        caller.rest()
    caller.close()
    return welcome


def _words(dice: Random) -> str:
    return " ".join(dice.choices(WORDS, k=dice.randrange(1, 40)))
