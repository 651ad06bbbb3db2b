"""Guests whose cable is pulled: nobody hears of it, and still they are gone after a while."""

from __future__ import annotations

from pathlib import Path
from random import Random
from time import monotonic
from typing import Any
from uuid import UUID

from tests.support.processes import ANY_PORT
from tests.torture.attacks.attack_runner import Commander
from tests.torture.attacks.attacked_server import Scene, Size
from tests.torture.attacks.network_namespace import Elsewhere
from tests.torture.attacks.raw_connection import Caller
from tests.torture.event_loop import connect
from tests.torture.figures import Figure, at_most, exactly, told

GUESTS = 8


def run(  # noqa: PLR0913 - each has a name
    place: Path, dice: Random, *, ping: int, gone: int, slack: float, at_once: float, size: Size
) -> list[Figure]:
    """Pull the cable; the server asks after `ping` seconds, and gives up after `gone`.

    `slack` is the seconds that it may take longer; an owner has the name back in `at_once` s.
    """
    client = str(UUID(int=dice.getrandbits(128), version=4))
    limits = ("--ping-after", str(ping), "--gone-after", str(gone))
    with Elsewhere() as elsewhere:
        listen = ("--listen", ANY_PORT, "--listen", f"tcp:0:interface={elsewhere.here}")
        with Scene(place, dice, *listen, *limits) as scene:
            scene.be_quiet(size.calm)
            where = {"host": elsewhere.here, "port": scene.server.ports[1]}
            with scene.raid(attack, prefix=elsewhere.prefix, client=client, **where) as raid:
                scene.until(lambda: raid.told == ["in"], "those who will be gone", 20)
                elsewhere.cut()
                cut = monotonic()
                scene.go_on(1.0)
                back = _come_back(scene, "owner", client)
                taken = _come_back(scene, "mute1", "")
                mute = [f"mute{number}" for number in range(1, GUESTS)]
                _wait_until_free(scene, mute, gone + slack + 30)
                passed = monotonic() - cut
            return [
                told("guests whose cable was pulled", GUESTS),
                told("asked after, gone after", f"{ping} s, {gone} s"),
                at_most("an owner had his name back in", 1000 * at_once, 1000 * back[0], "ms"),
                exactly("and was let in", "welcome", back[1]),
                exactly("a stranger who wanted a name at once", "error", taken[1]),
                at_most("all were gone, and their names free, after", gone + slack, passed, "s"),
                *scene.others(size),
            ]


def _wait_until_free(scene: Scene, names: list[str], seconds: float) -> None:
    """Try for each of the names, one after the other, until the server gives it to somebody."""
    end = monotonic() + seconds
    for name in names:
        while _come_back(scene, name, "")[1] != "welcome":
            assert monotonic() < end, f"after {seconds:g} s {name} is still there"
            scene.go_on(0.1)


def _come_back(scene: Scene, name: str, client: str) -> tuple[float, str]:
    """Return how many seconds it took until somebody was told how he is received, and how."""
    heard = bytearray()
    wire = connect(scene.company, scene.port, heard.extend, lambda: heard.extend(b'"type":"end"'))
    identity = f',"client":"{client}"' if client else ""
    wire.send(f'{{"type":"hello","name":"{name}","rooms":[]{identity}}}\n'.encode())
    took = scene.until(lambda: b'"type":"' in heard, "an answer", 20)
    wire.close()
    return took, heard.partition(b'"type":"')[2].partition(b'"')[0].decode()


def attack(commander: Commander, *, host: str, port: int, client: str) -> dict[str, Any]:
    """Come in, and do nothing; all but the first do not say who they are.

    They speak text or JSON, and two are in no room, where nothing is ever sent to them.
    """
    callers = [Caller(port, host) for _ in range(GUESTS)]
    callers[0].hello("owner", client=client)
    for number, caller in enumerate(callers[1:], start=1):
        name = f"mute{number}"
        if number % 2:
            assert caller.greet(name).startswith(b"Welcome")
        else:
            rooms = ["lobby"] if number % 4 else []
            assert caller.hello(name, "welcome", rooms=rooms)
    commander.tell("in")
    while not commander.ordered(600):
        pass
    return {}
