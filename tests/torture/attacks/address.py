"""Many connections from one address: their number is limited, unless the address is trusted."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import msgspec

from tests.support.processes import ANY_PORT
from tests.torture.attacks.attack_runner import Controller
from tests.torture.attacks.attacked_server import AttackedServer, Size
from tests.torture.attacks.network_namespace import NetworkNamespace
from tests.torture.attacks.raw_connection import RawConnection
from tests.torture.figures import Figure, exactly

PER_ADDRESS = 16
"""Connections allowed from one address: the server's default."""
PROXY = "haproxy:tcp:0:interface=127.0.0.1"


def run(directory: Path, rng: Random, *, connections: int, size: Size) -> list[Figure]:
    """Open `connections` from one address: untrusted, trusted, from loopback and behind a proxy."""
    figures = []
    with NetworkNamespace() as remote:
        for trusted in (False, True):
            where = directory / str(trusted)
            where.mkdir()
            figures += _from_remote_address(
                where, rng, remote, trusted=trusted, connections=connections, size=size
            )
    where = directory / "proxy"
    where.mkdir()
    return figures + _behind_a_proxy(where, rng, connections, size)


def _from_remote_address(  # noqa: PLR0913 - each has a name
    directory: Path,
    rng: Random,
    remote: NetworkNamespace,
    *,
    trusted: bool,
    connections: int,
    size: Size,
) -> list[Figure]:
    listen = ("--listen", ANY_PORT, "--listen", f"tcp:0:interface={remote.our_address}")
    trust = ("--trust", remote.network) if trusted else ()
    with AttackedServer(directory, rng, *listen, *trust) as target:
        target.measure_baseline(size.baseline)
        options: dict[str, Any] = {
            "host": remote.our_address,
            "port": target.server.ports[1],
            "connections": connections,
        }
        with target.start_attack(attack, prefix=remote.prefix, **options) as process:
            result = target.wait_for_end(process, 30)
        if trusted:
            loopback: dict[str, Any] = {
                "host": "127.0.0.1",
                "port": target.port,
                "connections": connections,
                "names": "local",
            }
            with target.start_attack(attack, **loopback) as process:
                from_loopback = target.wait_for_end(process, 30)
            return [
                _accepted("from one address with --trust", connections, result),
                _accepted("from loopback", connections, from_loopback),
                *target.finish(size),
            ]
        return [
            *_limited("from one address", connections, result),
            _accepted("after they were closed", PER_ADDRESS, {"in": result["again"]}),
            *target.finish(size),
        ]


def _behind_a_proxy(directory: Path, rng: Random, connections: int, size: Size) -> list[Figure]:
    with AttackedServer(directory, rng, "--listen", ANY_PORT, "--listen", PROXY) as target:
        target.measure_baseline(size.baseline)
        (port,) = re.findall(r"Listening on haproxy:.*:(\d+)", target.server.log)
        options: dict[str, Any] = {
            "host": "127.0.0.1",
            "port": int(port),
            "connections": connections,
        }
        with target.start_attack(attack, proxied="203.0.113.7", **options) as process:
            same = target.wait_for_end(process, 30)
        with target.start_attack(
            attack, proxied="198.51.100.", names="other", **options
        ) as process:
            others = target.wait_for_end(process, 30)
        log = target.server.log
        return [
            *_limited("behind a proxy, from one address", connections, same),
            _accepted("behind a proxy, each from its own address", connections, others),
            exactly("the log has the address of the client", True, "(203.0.113.7, 40000)" in log),
            *target.finish(size),
        ]


def _accepted(name: str, count: int, result: dict[str, Any]) -> Figure:
    return exactly(f"{name}: accepted", count, result["in"])


def _limited(name: str, connections: int, result: dict[str, Any]) -> list[Figure]:
    return [
        _accepted(f"{name}: {connections} connections", PER_ADDRESS, result),
        exactly(
            "reasons given to the others", {"too-many": connections - PER_ADDRESS}, result["told"]
        ),
    ]


def attack(  # noqa: PLR0913 - each has a name
    controller: Controller,
    *,
    host: str,
    port: int,
    connections: int,
    names: str = "one",
    proxied: str = "",
) -> dict[str, Any]:
    """Open `connections`, close them, and open as many as were accepted again.

    `names` is what the names begin with: those of an earlier attack may still be in use,
    as may its addresses, because the server learns of a closed connection later than it is asked
    for a name.
    `proxied` is the source address in the PROXY header, or its beginning if it ends in a dot.
    """
    results: Counter[str] = Counter()
    opened = []
    for number in range(connections):
        connection = RawConnection(port, host)
        opened.append(connection)
        if proxied:
            source = f"{proxied}{number}" if proxied.endswith(".") else proxied
            connection.send(f"PROXY TCP4 {source} 192.0.2.1 {40000 + number} 5001\r\n".encode())
        results[_result_of(connection, f"{names}{number}")] += 1
    for connection in opened:
        connection.close()
    accepted = results.pop("in", 0)
    again = 0 if proxied else _open_again(controller, host, port, accepted)
    return {"in": accepted, "told": dict(results), "again": again}


def _result_of(connection: RawConnection, name: str) -> str:
    """Log in; return "in" or the reason of the refusal, which may come in either dialect."""
    connection.try_ask(type="hello", name=name, rooms=[])
    line = connection.line()
    if line.startswith(b"{"):
        event = msgspec.json.decode(line)
        return "in" if event["type"] == "welcome" else str(event.get("reason"))
    return "too-many" if b"Too many connections" in line else line.decode()


def _open_again(controller: Controller, host: str, port: int, most: int) -> int:
    """Try until `most` logins succeed, 200 times at most; return how many did.

    The server may notice the closed connections only after some of the tries.
    """
    opened: list[RawConnection] = []
    for number in range(200):
        connection = RawConnection(port, host)
        if _result_of(connection, f"again{number}") == "in":
            opened.append(connection)
        else:
            connection.close()
            controller.wait_for_go(0.05)
        if len(opened) == most:
            break
    for connection in opened:
        connection.close()
    return len(opened)
