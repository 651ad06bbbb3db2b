"""Many connections from one address: it has its share, and those whom one trusts are many."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import msgspec

from tests.support.processes import ANY_PORT
from tests.torture.attacks.attack_runner import Commander
from tests.torture.attacks.attacked_server import Scene, Size
from tests.torture.attacks.network_namespace import Elsewhere
from tests.torture.attacks.raw_connection import Caller
from tests.torture.figures import Figure, exactly

SHARE = 16
"""How many may come from one address: the server's default."""
PROXY = "haproxy:tcp:0:interface=127.0.0.1"


def run(place: Path, dice: Random, *, callers: int, size: Size) -> list[Figure]:
    """Let `callers` come from one address, in each of the ways that there are."""
    figures = []
    with Elsewhere() as elsewhere:
        for trusted in (False, True):
            where = place / str(trusted)
            where.mkdir()
            figures += _from_elsewhere(
                where, dice, elsewhere, trusted=trusted, callers=callers, size=size
            )
    where = place / "proxy"
    where.mkdir()
    return figures + _behind_a_proxy(where, dice, callers, size)


def _from_elsewhere(  # noqa: PLR0913 - each has a name
    place: Path, dice: Random, elsewhere: Elsewhere, *, trusted: bool, callers: int, size: Size
) -> list[Figure]:
    listen = ("--listen", ANY_PORT, "--listen", f"tcp:0:interface={elsewhere.here}")
    trust = ("--trust", elsewhere.network) if trusted else ()
    with Scene(place, dice, *listen, *trust) as scene:
        scene.be_quiet(size.calm)
        place_of: dict[str, Any] = {
            "host": elsewhere.here,
            "port": scene.server.ports[1],
            "callers": callers,
        }
        with scene.raid(attack, prefix=elsewhere.prefix, **place_of) as raid:
            result = scene.until_over(raid, 30)
        if trusted:
            loopback: dict[str, Any] = {"host": "127.0.0.1", "port": scene.port, "callers": callers}
            with scene.raid(attack, **loopback) as raid:
                at_home = scene.until_over(raid, 30)
            return [
                _let_in("from one address with --trust", callers, result),
                _let_in("from loopback", callers, at_home),
                *scene.others(size),
            ]
        return [
            *_share("from one address", callers, result),
            _let_in("when they had gone", SHARE, {"in": result["again"]}),
            *scene.others(size),
        ]


def _behind_a_proxy(place: Path, dice: Random, callers: int, size: Size) -> list[Figure]:
    with Scene(place, dice, "--listen", ANY_PORT, "--listen", PROXY) as scene:
        scene.be_quiet(size.calm)
        (port,) = re.findall(r"Listening on haproxy:.*:(\d+)", scene.server.log)
        place_of: dict[str, Any] = {"host": "127.0.0.1", "port": int(port), "callers": callers}
        with scene.raid(attack, proxied="203.0.113.7", **place_of) as raid:
            same = scene.until_over(raid, 30)
        with scene.raid(attack, proxied="203.0.113.", **place_of) as raid:
            others = scene.until_over(raid, 30)
        log = scene.server.log
        return [
            *_share("behind a proxy, from one address", callers, same),
            _let_in("behind a proxy, from as many addresses", callers, others),
            exactly("the log has the address of the guest", True, "(203.0.113.7, 40000)" in log),
            *scene.others(size),
        ]


def _let_in(name: str, count: int, result: dict[str, Any]) -> Figure:
    return exactly(f"{name}: let in", count, result["in"])


def _share(name: str, callers: int, result: dict[str, Any]) -> list[Figure]:
    return [
        _let_in(f"{name}: {callers} come", SHARE, result),
        exactly("the others were told why", {"too-many": callers - SHARE}, result["told"]),
    ]


def attack(
    commander: Commander, *, host: str, port: int, callers: int, proxied: str = ""
) -> dict[str, Any]:
    """Come, as many as there are, then go, and come again.

    `proxied` is the address that a proxy says that we have, or its beginning if it ends in a dot.
    """
    told: Counter[str] = Counter()
    here = []
    for number in range(callers):
        caller = Caller(port, host)
        here.append(caller)
        if proxied:
            source = f"{proxied}{number}" if proxied.endswith(".") else proxied
            caller.send(f"PROXY TCP4 {source} 192.0.2.1 {40000 + number} 5001\r\n".encode())
        told[_told(caller, f"one{number}")] += 1
    for caller in here:
        caller.close()
    inside = told.pop("in", 0)
    again = 0 if proxied else _come_again(commander, host, port, inside)
    return {"in": inside, "told": dict(told), "again": again}


def _told(caller: Caller, name: str) -> str:
    """Return "in", or why not; who is refused at once may be told in either dialect."""
    caller.ask_anyway(type="hello", name=name, rooms=[])
    line = caller.line()
    if line.startswith(b"{"):
        event = msgspec.json.decode(line)
        return "in" if event["type"] == "welcome" else str(event.get("reason"))
    return "too-many" if b"Too many connections" in line else line.decode()


def _come_again(commander: Commander, host: str, port: int, most: int) -> int:
    """Return how many of `most` are let in, who try until the server knows that others went."""
    here: list[Caller] = []
    for number in range(200):
        caller = Caller(port, host)
        if _told(caller, f"again{number}") == "in":
            here.append(caller)
        else:
            caller.close()
            commander.ordered(0.05)
        if len(here) == most:
            break
    for caller in here:
        caller.close()
    return len(here)
