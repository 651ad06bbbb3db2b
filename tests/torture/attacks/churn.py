"""Clients log in, speak, rename themselves and leave for hours; memory and files do not grow."""

from __future__ import annotations

from pathlib import Path
from random import Random
from statistics import median
from time import monotonic
from typing import Any
from uuid import UUID

from tests.torture.attacks.attack_runner import Controller
from tests.torture.attacks.attacked_server import AttackedServer, Size
from tests.torture.attacks.other_users import OTHER_USERS
from tests.torture.attacks.raw_connection import RawConnection
from tests.torture.figures import Figure, at_most, exactly, reported
from tests.torture.server_process import stored

SAMPLES = 200
"""The number of measurements, spread over the whole time."""
KEPT = 2_000
"""Lines kept of each room, so that the journal stops growing."""
EXPIRY_DELAY = 90.0
"""Seconds that an expired line may stay: the server removes expired lines once a minute."""
SPOKEN = 2
"""Lines that a client says in the lobby."""
MOST_FILES = 8.0
"""Descriptors that the last quarter may have more than the second: clients just connected."""
WORDS = ["nothing", "that", "is", "said", "here", "is", "to", "stay", "in", "memory", "for", "long"]


def run(  # noqa: PLR0913 - each has a name
    directory: Path, rng: Random, *, seconds: float, rate: float, growth: float, size: Size
) -> list[Figure]:
    """Let `rate` clients a second come and go; memory may grow by `growth` per cent at most.

    The last quarter is compared with the second: in the first, caches fill.
    """
    with AttackedServer(directory, rng, "--keep-lines", str(KEPT)) as target:
        target.measure_baseline(size.baseline)
        begin, times = monotonic(), []
        memory: list[float] = []
        files: list[int] = []
        seed = rng.getrandbits(32)
        cpu = target.server.cpu_seconds()
        with target.start_attack(
            attack, port=target.port, seconds=seconds, rate=rate, seed=seed
        ) as process:
            while not process.over:
                target.run_for(seconds / SAMPLES)
                times.append(monotonic() - begin)
                memory.append(target.server.memory())
                files.append(target.server.descriptors)
        cpu = target.server.cpu_seconds() - cpu
        lines, pace = len(stored(directory)), OTHER_USERS + SPOKEN * rate
        before, after = _quarters(memory)
        files_before, files_after = _quarters(files)
        return [
            reported("clients that came and went",
                     f"{process.result['came']} in {times[-1]:.0f} s"),
            exactly("clients that were refused", 0, process.result["refused"]),
            reported("processor time of the server", f"{100 * cpu / times[-1]:.1f} %"),
            reported("memory at the start, in the second and in the last quarter",
                     f"{memory[0]:.1f} / {before:.1f} / {after:.1f} MiB"),
            at_most("memory grows by", growth, max(0.0, 100 * (after / before - 1)), "%"),
            reported("descriptors in the second and in the last quarter",
                     f"{files_before:.0f} / {files_after:.0f}"),
            at_most("descriptors grow by", MOST_FILES,
                    max(0.0, files_after - files_before), "files"),
            at_most("lines of a room in the journal", KEPT + EXPIRY_DELAY * pace, lines, "lines"),
            *target.finish(size, kept=False),
        ]  # fmt: skip


def _quarters(values: list[Any]) -> tuple[float, float]:
    quarter = len(values) // 4
    return float(median(values[quarter : 2 * quarter])), float(median(values[-quarter:]))


def attack(controller: Controller, *, port: int, seconds: float, rate: float, seed: int) -> Any:
    """Log in and leave, `rate` times a second, alternating between the dialects."""
    rng = Random(seed)
    came = refused = 0
    for number in controller.paced(int(seconds * rate), rate):
        came += 1
        visitor = _json_client if number % 2 else _text_client
        refused += not visitor(port, rng, f"visitor{number}")
    return {"came": came, "refused": refused}


def _json_client(port: int, rng: Random, name: str) -> bool:
    """Use the JSON lines dialect; leave with `bye`, or just close. Return whether it got in."""
    connection = RawConnection(port)
    client = str(UUID(int=rng.getrandbits(128), version=4))
    rooms = ["lobby", f"room{rng.randrange(20)}", f"another-room{rng.randrange(200)}"]
    welcome = connection.hello(name, rooms=rooms, client=client, after={"lobby": 0})
    for number, room in enumerate(rooms):
        connection.ask(type="say", room=room, text=_words(rng), nonce=str(number))
    connection.ask(type="tell", to=name, text=_words(rng), nonce="t")
    connection.ask(type="rename", name=f"{name}-too")
    connection.ask(type="topic", room=rooms[1], text=_words(rng))
    connection.ask(type="history", room="lobby", limit=20)
    if rng.random() < 0.5:
        connection.ask(type="bye")
        connection.rest()
    else:
        connection.event("history")
    connection.close()
    return bool(welcome.get("type") == "entered")


def _text_client(port: int, rng: Random, name: str) -> bool:
    """Use the text dialect. Return whether the login succeeded."""
    connection = RawConnection(port)
    welcome = connection.greet(name).startswith(b"Welcome")
    lines = [
        f"{_words(rng)}\n/nick {name}-too\n/join room{rng.randrange(20)}\n",
        f"{_words(rng)}\n/me waves\n/msg {name}-too hello\n/search memory\n/names\nexit\n",
    ]
    for line in lines:
        connection.send(line.encode())
    if rng.random() < 0.7:
        connection.rest()
    connection.close()
    return welcome


def _words(rng: Random) -> str:
    return " ".join(rng.choices(WORDS, k=rng.randrange(1, 40)))
