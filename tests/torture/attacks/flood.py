"""A guest says more than he may: what is too much comes later, and nothing of it is lost."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random
from time import monotonic
from typing import Any

from tests.torture.attacks.attack_process import Raid
from tests.torture.attacks.attack_runner import Commander
from tests.torture.attacks.attacked_server import Scene, Size
from tests.torture.attacks.raw_connection import Caller
from tests.torture.event_loop import connect
from tests.torture.figures import Figure, at_most, exactly, told

SLACK = 0.3
"""Seconds by which lines may come too early, since a token may be a little old."""


def run(  # noqa: PLR0913 - each has a name
    place: Path, dice: Random, *, burst: int, rate: float, lines: int, timeout: float, late: float,
    size: Size,
) -> list[Figure]:  # fmt: skip
    """Say `lines` lines at once, in both dialects; then never stop, for `timeout` seconds.

    `late` is the seconds that things may take longer.
    """
    limits = {"burst": burst, "rate": rate, "flood-timeout": timeout}
    options = [part for name, value in limits.items() for part in (f"--{name}", str(value))]
    with Scene(place, dice, *options) as scene:
        scene.be_quiet(size.calm)
        due = (lines - burst) / rate
        figures = []
        for dialect in ("text", "json"):
            with scene.raid(burst_of, port=scene.port, dialect=dialect, lines=lines) as raid:
                times, in_order = heard_of(scene, raid, dialect, lines, seconds=due + late + 10)
            at_once = sum(time < times[0] + SLACK for time in times)
            figures += [
                told(f"{dialect}: lines said at once", lines),
                exactly("heard by another, in order", (lines, True), (len(times), in_order)),
                at_most("of them heard at once", burst + rate * SLACK + 1, at_once, "lines"),
                exactly(f"the last not before {due:g} s", True, times[-1] - times[0] > due - SLACK),
                at_most("but after", due + late, times[-1] - times[0], "s"),
            ]
        with scene.raid(never_stop, port=scene.port, patience=timeout + late + 20) as raid:
            result = scene.until_over(raid, timeout + late + 40)
        return [
            *figures,
            told("guests who did not stop, closed because of", f"{result['guests']}"),
            exactly("closed because of", ["flood"] * len(result["reasons"]), result["reasons"]),
            exactly(f"not before {timeout:g} s", True, result["first"] > timeout - SLACK),
            at_most("but after", timeout + late, result["last"], "s"),
            *scene.others(size),
        ]


def heard_of(  # noqa: PLR0913 - each has a name
    scene: Scene,
    raid: Raid,
    dialect: str,
    lines: int,
    *,
    seconds: float,
    meanwhile: Callable[[], bool] = lambda: False,
) -> tuple[list[float], bool]:
    """Return when each line of the raid was heard, and whether in order; call `meanwhile` often."""
    times: list[float] = []
    heard: list[str] = []
    word = f": fast {dialect} ".encode()

    def hear(data: bytes) -> None:
        new = [part.partition(b"\n")[0].decode() for part in data.split(word)[1:]]
        heard.extend(new)
        times.extend([monotonic()] * len(new))

    ear = connect(scene.company, scene.port, hear, lambda: None)
    ear.send(f"ear{len(scene.street.heard)}\n".encode())
    scene.go_on(0.3)
    raid.order()
    scene.until(lambda: meanwhile() or len(heard) >= lines, f"{lines} lines", seconds)
    scene.until_over(raid, seconds)
    ear.close()
    return times, heard == [str(number) for number in range(lines)]


def burst_of(commander: Commander, *, port: int, dialect: str, lines: int) -> str:
    """Say so many lines in one breath, when ordered to; stay until all are acknowledged."""
    caller = Caller(port)
    if dialect == "text":
        caller.greet("fast-text")
        said = [f"fast text {number}\n" for number in range(lines)]
    else:
        caller.hello("fast-json")
        start = '{"type":"say","room":"lobby","text":"fast json'
        said = [f'{start} {number}","nonce":"{number}"}}\n' for number in range(lines)]
    while not commander.ordered(30):
        pass
    caller.send("".join([*said, '{"type":"bye"}\n' if dialect == "json" else "exit\n"]).encode())
    return caller.rest().decode()[-200:]


def never_stop(_: Commander, *, port: int, patience: float) -> dict[str, Any]:
    """Say lines without end, one guest in each dialect; return why they were closed, and when."""
    callers = {"text": Caller(port), "json": Caller(port)}
    callers["text"].greet("endless-text")
    callers["json"].hello("endless-json")
    says = {"text": b"never\n" * 400, "json": b'{"type":"say","room":"lobby","text":"x"}\n' * 60}
    begin = monotonic()
    heard = dict.fromkeys(callers, b"")
    ends: dict[str, float] = {}
    for caller in callers.values():
        caller.socket.settimeout(0.01)
    while len(ends) < len(callers) and monotonic() < begin + patience:
        for dialect, caller in callers.items():
            if dialect not in ends:
                caller.push(says[dialect])
                data = caller.pull()
                if data is not None:
                    heard[dialect] = (heard[dialect] + data)[-2000:]
                    if not data:
                        ends[dialect] = monotonic() - begin
    return {
        "guests": len(callers),
        "reasons": [_reason(text) for text in heard.values()],
        "first": min(ends.values(), default=0.0),
        "last": max(ends.values(), default=patience),
    }


def _reason(heard: bytes) -> str:
    last = heard.rstrip().rpartition(b"\n")[2].decode(errors="replace")
    return "flood" if '"reason":"flood"' in last or last.startswith("! ") else last[-80:]
