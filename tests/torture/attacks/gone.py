"""A network link is cut without notice: the server closes the dead connections after a while."""

from __future__ import annotations

from pathlib import Path
from random import Random
from time import monotonic
from typing import Any
from uuid import UUID

from tests.support.processes import ANY_PORT
from tests.torture.attacks.attack_runner import Controller
from tests.torture.attacks.attacked_server import AttackedServer, Size
from tests.torture.attacks.network_namespace import NetworkNamespace
from tests.torture.attacks.raw_connection import RawConnection
from tests.torture.event_loop import connect
from tests.torture.figures import Figure, at_most, exactly, reported

CLIENTS = 8


def run(  # noqa: PLR0913 - each has a name
    directory: Path, rng: Random, *, ping: int, gone: int, slack: float, at_once: float, size: Size
) -> list[Figure]:
    """Cut the link; the server probes after `ping` seconds, and closes after `gone` seconds.

    `slack` is the seconds of additional delay allowed. A client that returns must have its name
    back within `at_once` seconds.
    """
    client = str(UUID(int=rng.getrandbits(128), version=4))
    limits = ("--ping-after", str(ping), "--gone-after", str(gone))
    with NetworkNamespace() as remote:
        listen = ("--listen", ANY_PORT, "--listen", f"tcp:0:interface={remote.our_address}")
        with AttackedServer(directory, rng, *listen, *limits) as target:
            target.measure_baseline(size.baseline)
            where = {"host": remote.our_address, "port": target.server.ports[1]}
            with target.start_attack(
                attack, prefix=remote.prefix, client=client, **where
            ) as process:
                target.run_until(lambda: process.reports == ["in"], "the logins over the link", 20)
                remote.cut()
                cut = monotonic()
                target.run_for(1.0)
                back = _log_in(target, "owner", client)
                taken = _log_in(target, "mute1", "")
                mute = [f"mute{number}" for number in range(1, CLIENTS)]
                _wait_until_free(target, mute, gone + slack + 30)
                passed = monotonic() - cut
            return [
                reported("clients behind the cut link", CLIENTS),
                reported("probed after, closed after", f"{ping} s, {gone} s"),
                at_most(
                    "a client that returned had its name back after",
                    1000 * at_once,
                    1000 * back[0],
                    "ms",
                ),
                exactly("and was answered with", "welcome", back[1]),
                exactly(
                    "another client that asked for a name at once was answered with",
                    "error",
                    taken[1],
                ),
                at_most(
                    "all connections closed, and their names free, after", gone + slack, passed, "s"
                ),
                *target.finish(size),
            ]


def _wait_until_free(target: AttackedServer, names: list[str], seconds: float) -> None:
    """Wait until each of the names can be taken."""
    end = monotonic() + seconds
    for name in names:
        while _log_in(target, name, "")[1] != "welcome":
            assert monotonic() < end, f"after {seconds:g} s {name} is still taken"
            target.run_for(0.1)


def _log_in(target: AttackedServer, name: str, client: str) -> tuple[float, str]:
    """Log in; return the seconds until the answer, and its type."""
    received = bytearray()
    connection = connect(
        target.loop, target.port, received.extend, lambda: received.extend(b'"type":"end"')
    )
    identity = f',"client":"{client}"' if client else ""
    connection.send(f'{{"type":"hello","name":"{name}","rooms":[]{identity}}}\n'.encode())
    took = target.run_until(lambda: b'"type":"' in received, "an answer", 20)
    connection.close()
    return took, received.partition(b'"type":"')[2].partition(b'"')[0].decode()


def attack(controller: Controller, *, host: str, port: int, client: str) -> dict[str, Any]:
    """Log in, and do nothing; only the first client has an id.

    They use both dialects. Two are in no room, so nothing is ever sent to them.
    """
    connections = [RawConnection(port, host) for _ in range(CLIENTS)]
    connections[0].hello("owner", client=client)
    for number, connection in enumerate(connections[1:], start=1):
        name = f"mute{number}"
        if number % 2:
            assert connection.greet(name).startswith(b"Welcome")
        else:
            rooms = ["lobby"] if number % 4 else []
            assert connection.hello(name, "welcome", rooms=rooms)
    controller.report("in")
    while not controller.wait_for_go(600):
        pass
    return {}
