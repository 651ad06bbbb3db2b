"""Guests who would like to write into the operator's log, where a line is an event, and no text."""

from __future__ import annotations

import json
import re
from pathlib import Path
from random import Random

from tests.torture.attacks.attack_runner import Commander
from tests.torture.attacks.attacked_server import Scene, Size
from tests.torture.attacks.hostile_clients import INGREDIENTS, is_control
from tests.torture.attacks.raw_connection import Caller
from tests.torture.figures import Figure, at_least, at_most, exactly, told

FORGED = "2026-01-01T00:00:00+0000 [netchat.forged#info] Client (10.0.0.1, 1) connected  [ root ]"
SECRET = "a-word-that-is-nobody-elses-business"
LOG_LINES = 10
SECONDS = 3
"""For so long lines are counted: when they are read, some come closer together."""
_DATED = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+0000 \[[-\w.#]+\] ")


def run(place: Path, dice: Random, *, guests: int, size: Size) -> list[Figure]:
    """Let so many guests try, with the log as text and as JSON."""
    figures = []
    for kind in ("text", "json"):
        where = place / kind
        where.mkdir()
        with Scene(where, dice, "--log-format", kind, "--rate", "0") as scene:
            scene.be_quiet(size.calm)
            seed = dice.getrandbits(32)
            with scene.raid(attack, port=scene.port, guests=guests, seed=seed) as raid:
                named = scene.until_over(raid, 60)
            figures += scene.others(size)
            scene.server.stop()
            log = scene.server.log
        lines = log.removesuffix("\n").split("\n")
        odd = [line for line in lines if not _is_event(line, kind)]
        figures = [
            told(f"log as {kind}: hostile guests, of them with a name, lines",
                 f"{guests}, {named}, {len(lines)}"),
            exactly("lines that are no event of their own", [], odd[:3]),
            at_least("guests with a name who are logged", 1, log.count("  [ named")),
            at_most("lines in a second", LOG_LINES, _most_in_a_second(scene), "lines"),
            exactly("control characters", 0, sum(map(is_control, log.replace("\n", "")))),
            exactly("lines that a guest has forged", 0, sum(map(_is_forged, lines))),
            exactly("words that somebody has said", 0, log.count(SECRET)),
            exactly("bugs", 0, log.count("Traceback")),
            *figures,
        ]  # fmt: skip
    return figures


def _most_in_a_second(scene: Scene) -> float:
    """Return the most that came in any few seconds, in lines a second."""
    times = [time for time in scene.server.log_times if time >= scene.storm[0]]
    counts = [sum(0 <= other - time < SECONDS for other in times) for time in times]
    return max(counts, default=0) / SECONDS


def _is_event(line: str, kind: str) -> bool:
    if kind == "text":
        return bool(_DATED.match(line))
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False


def _is_forged(line: str) -> bool:
    return "netchat.forged" in line.partition("] ")[0]


def attack(_: Commander, *, port: int, guests: int, seed: int) -> int:
    """Try names, rooms, agents and lines that would end the log's line, or be its format."""
    dice = Random(seed)
    named = 0
    for number in range(guests):
        hostile = "".join(dice.choices([*INGREDIENTS, "\n", "\r\n", "{", "}", "{0}", "%(x)s"], k=4))
        name = f"{dice.choice(['', hostile])}n{number}{dice.choice(['', hostile + FORGED])}"
        caller = Caller(port)
        if number % 2:
            answer = caller.hello(name, "welcome", "error", agent=f"{hostile}\n{FORGED}", rooms=[])
            if answer["type"] == "error":
                answer = caller.hello(f"named{number}", "welcome", "error", agent=FORGED)
            named += answer["type"] == "welcome"
            caller.ask(type="join", room=hostile + FORGED)
            caller.ask(type="say", room="lobby", text=f"{hostile}\n{SECRET}\n{FORGED}")
            caller.ask(type="topic", room="lobby", text=f"{hostile}{SECRET}")
            caller.ask(type=f"{hostile}{SECRET}")
            caller.ask(type="bye")
        else:
            caller.send(f"{hostile}\nnamed{number}\n{hostile}{SECRET}\n{FORGED}\nexit\n".encode())
        heard = caller.rest()
        named += b"Welcome" in heard
        caller.close()
    return named
