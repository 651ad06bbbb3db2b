"""Clients try to forge lines of the operator's log, in which each line is one event."""

from __future__ import annotations

import json
import re
from pathlib import Path
from random import Random

from tests.torture.attacks.attack_runner import Controller
from tests.torture.attacks.attacked_server import AttackedServer, Size
from tests.torture.attacks.hostile_lines import HOSTILE_SEQUENCES, is_control
from tests.torture.attacks.raw_connection import RawConnection
from tests.torture.figures import Figure, at_least, at_most, exactly, reported

FORGED = "2026-01-01T00:00:00+0000 [netchat.forged#info] Client (10.0.0.1, 1) connected  [ root ]"
SECRET = "a-word-that-is-nobody-elses-business"
LOG_LINES = 10
SECONDS = 3
"""The rate is averaged over so many seconds, since lines may be read in bursts."""
_DATED = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+0000 \[[-\w.#]+\] ")


def run(directory: Path, rng: Random, *, clients: int, size: Size) -> list[Figure]:
    """Let so many clients try, with the log as text and as JSON."""
    figures = []
    for kind in ("text", "json"):
        where = directory / kind
        where.mkdir()
        with AttackedServer(where, rng, "--log-format", kind, "--rate", "0") as target:
            target.measure_baseline(size.baseline)
            seed = rng.getrandbits(32)
            with target.start_attack(
                attack, port=target.port, clients=clients, seed=seed
            ) as process:
                named = target.wait_for_end(process, 60)
            figures += target.finish(size)
            target.server.stop()
            log = target.server.log
        lines = log.removesuffix("\n").split("\n")
        odd = [line for line in lines if not _is_event(line, kind)]
        figures = [
            reported(f"log as {kind}: hostile clients, of them with a name, lines",
                     f"{clients}, {named}, {len(lines)}"),
            exactly("lines that are not one event", [], odd[:3]),
            at_least("logins in the log", 1, log.count("  [ named")),
            at_most("lines a second", LOG_LINES, _most_in_a_second(target), "lines"),
            exactly("control characters", 0, sum(map(is_control, log.replace("\n", "")))),
            exactly("lines forged by a client", 0, sum(map(_is_forged, lines))),
            exactly("texts said by a client", 0, log.count(SECRET)),
            exactly("bugs", 0, log.count("Traceback")),
            *figures,
        ]  # fmt: skip
    return figures


def _most_in_a_second(target: AttackedServer) -> float:
    """Return the highest average of any few seconds, in lines a second."""
    times = [time for time in target.server.log_times if time >= target.attack_span[0]]
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


def attack(_: Controller, *, port: int, clients: int, seed: int) -> int:
    """Try names, rooms, agents and lines that could end a log line, or act as its format."""
    rng = Random(seed)
    named = 0
    for number in range(clients):
        hostile = "".join(
            rng.choices([*HOSTILE_SEQUENCES, "\n", "\r\n", "{", "}", "{0}", "%(x)s"], k=4)
        )
        name = f"{rng.choice(['', hostile])}n{number}{rng.choice(['', hostile + FORGED])}"
        connection = RawConnection(port)
        if number % 2:
            answer = connection.hello(
                name, "welcome", "error", agent=f"{hostile}\n{FORGED}", rooms=[]
            )
            if answer["type"] == "error":
                answer = connection.hello(f"named{number}", "welcome", "error", agent=FORGED)
            named += answer["type"] == "welcome"
            connection.ask(type="join", room=hostile + FORGED)
            connection.ask(type="say", room="lobby", text=f"{hostile}\n{SECRET}\n{FORGED}")
            connection.ask(type="topic", room="lobby", text=f"{hostile}{SECRET}")
            connection.ask(type=f"{hostile}{SECRET}")
            connection.ask(type="bye")
        else:
            connection.send(
                f"{hostile}\nnamed{number}\n{hostile}{SECRET}\n{FORGED}\nexit\n".encode()
            )
        received = connection.rest()
        named += b"Welcome" in received
        connection.close()
    return named
