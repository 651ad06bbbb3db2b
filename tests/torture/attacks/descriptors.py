"""The server runs out of file descriptors; its users are not affected, and later logins work."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

from tests.support.needs import missing
from tests.support.processes import SCRIPTS
from tests.torture.attacks.attack_runner import Controller
from tests.torture.attacks.attacked_server import AttackedServer, Size
from tests.torture.attacks.raw_connection import RawConnection
from tests.torture.figures import Figure, at_least, exactly, reported


def why_not() -> str:
    """Return why this scenario cannot run here, or ""."""
    return missing("prlimit")


def run(directory: Path, rng: Random, *, files: int, visitors: int, size: Size) -> list[Figure]:
    """Let `visitors` connect to a server that may have `files` descriptors, and leave."""
    limit = ("/usr/bin/env", "prlimit", f"--nofile={files}:{files}")
    with AttackedServer(directory, rng, command=(*limit, str(SCRIPTS / "twistd"))) as target:
        target.measure_baseline(size.baseline)
        with target.start_attack(attack, port=target.port, visitors=visitors) as process:
            target.run_until(lambda: len(process.reports) == 1, "all connections", 40)
            target.run_for(size.baseline)
            held = target.server.descriptors
            process.go()
            result = target.wait_for_end(process, 40)
        logged = sum(target.attack_span[0] <= time for time in target.server.log_times)
        target.end_attack()
        return [
            reported("descriptors allowed to the server, clients", f"{files}, {visitors}"),
            reported("descriptors in use", held),
            at_least("clients accepted", 1, result["in"]),
            exactly("other clients told that the server is full", visitors - result["in"],
                    result["full"]),
            reported("what they were told", result["words"]),
            exactly("a client accepted after they had left", True, result["after"]),
            reported("lines in the log", logged),
            reported("additional memory of the server", f"{target.growth:.1f} MiB"),
            *target.finish(size),
        ]  # fmt: skip


def attack(controller: Controller, *, port: int, visitors: int) -> dict[str, Any]:
    """Connect one client after another; on `go`, disconnect all, and try to log in again."""
    connections, welcome, words = [], 0, ""
    full = 0
    for number in range(visitors):
        connection = RawConnection(port)
        connections.append(connection)
        connection.try_ask(type="hello", name=f"visitor{number}", rooms=[])
        received = connection.line()
        welcome += b'"welcome"' in received
        # A full server answers before it knows the dialect of the client.
        if b"full" in received:
            full += 1
            words = received.decode()
        elif b'"welcome"' not in received:
            words = words or f"(one of them) {received!r}"
    controller.report("all")
    while not controller.wait_for_go(30):
        pass
    for connection in connections:
        connection.close()
    after = False
    for number in range(100):
        connection = RawConnection(port)
        connection.try_ask(type="hello", name=f"late{number}", rooms=[])
        after = b'"welcome"' in connection.line()
        if after:
            break
        controller.wait_for_go(0.1)
    return {"in": welcome, "full": full, "words": words, "after": after}
