"""A hundred clients read nothing while ten thousand lines are said; other users are unaffected."""

from __future__ import annotations

import selectors
import socket
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

from tests.torture.attacks.attack_runner import Controller
from tests.torture.attacks.attacked_server import AttackedServer, Size
from tests.torture.attacks.raw_connection import RawConnection
from tests.torture.attacks.slow_readers import READERS, STAGE, SlowReader
from tests.torture.figures import Figure, at_most, exactly, reported

SPEAKERS = 8
LEFT_OVER = 8.0
"""MiB that may not be freed, beyond the journal's cache of these lines: kept by the allocator."""
SLACK = 20.0
"""Seconds beyond the stall timeout until the last slow reader must be disconnected."""
OTHER_FILES = 3
"""Files that the server may have opened meanwhile for other purposes."""


def run(  # noqa: PLR0913 - each has a name
    directory: Path,
    rng: Random,
    *,
    clients: int,
    lines: int,
    width: int,
    rate: float,
    backlog: int,
    stall: float,
    size: Size,
    dialect: str = "json",
) -> list[Figure]:
    """Say `lines` lines, `rate` a second, to `clients` that do not read; then they all resume.

    First the same lines are said without these clients. A client with less than `backlog` bytes
    in its send queue is disconnected after it has read nothing for `stall` seconds.
    """
    options = ("--rate", "0", "--stall-timeout", str(stall), "--max-backlog", str(backlog))
    said: dict[str, Any] = {"lines": lines, "width": width, "rate": rate}
    with AttackedServer(directory, rng, *options) as target:
        target.connect_users()
        at_start = target.server.memory()
        with target.start_attack(speak, port=target.port, name="before", **said) as before:
            target.wait_for_end(before, lines / rate + 20)
        without_readers = target.server.memory() - at_start
        identities = [str(UUID(int=rng.getrandbits(128), version=4)) for _ in range(clients)]
        with target.start_attack(
            listen, port=target.port, identities=identities, dialect=dialect
        ) as slow_readers:
            target.run_until(
                lambda: "in" in slow_readers.reports, "the logins of the slow readers", 20
            )
            target.begin_attack()
            before_them = target.server.descriptors
            with target.start_attack(speak, port=target.port, name="now", **said) as now:
                target.wait_for_end(now, lines / rate + 20)
            grown = target.growth
            took = _until_gone(target, before_them - clients + OTHER_FILES, stall)
            target.end_attack()
            left = target.server.memory() - target.memory_before - without_readers
            slow_readers.go()
            back = target.wait_for_end(slow_readers, 120)
        held = (backlog or lines * width) / (1 << 20)
        return [
            reported("clients that do not read, lines, bytes in each",
                     f"{clients}, {lines}, {width}"),
            exactly("of them disconnected", clients, back["cut off"]),
            at_most("the last of them, after the last line", stall + SLACK, took, "s"),
            reported("memory for the same lines without these clients",
                     f"{without_readers:.1f} MiB"),
            at_most("additional memory of the server, beyond that", clients * held,
                    max(0.0, grown - without_readers), "MiB"),
            at_most("memory not freed afterwards", LEFT_OVER, max(0.0, left), "MiB"),
            exactly("clients that resumed without a gap", clients, back["whole"]),
            *([] if back["whole"] == clients else [reported("some faults", back["faults"])]),
            *target.finish(size),
        ]  # fmt: skip


def _until_gone(target: AttackedServer, most: int, stall: float) -> float:
    return target.run_until(
        lambda: target.server.descriptors <= most, "the end of the slow readers", stall + SLACK
    )


def speak(  # noqa: PLR0913 - each has a name
    controller: Controller, *, port: int, name: str, lines: int, width: int, rate: float
) -> int:
    """Say lines in the room STAGE."""
    connections = [RawConnection(port) for _ in range(SPEAKERS)]
    for number, connection in enumerate(connections):
        connection.hello(f"{name}{number}", rooms=[STAGE])
        connection.socket.setblocking(False)
    for number in controller.paced(lines, rate):
        text = f"{name} {number} ".ljust(width, "x")
        connection = connections[number % SPEAKERS]
        connection.ask(type="say", room=STAGE, text=text)
        if number % 100 == 0:
            for reader in connections:
                reader.discard_input()
    for connection in connections:
        connection.socket.setblocking(True)
        connection.ask(type="bye")
        connection.rest()
    return lines


def listen(
    controller: Controller, *, port: int, identities: list[str], dialect: str = "json"
) -> dict[str, Any]:
    """Log in; read nothing until `go`; then read what has arrived, and resume for the rest."""
    slow_readers = []
    for number, identity in enumerate(identities):
        connection = socket.socket()
        # The server does not count what the kernel holds, so keep that small.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(("127.0.0.1", port))
        slow_readers.append(READERS[dialect](connection, f"detached{number}", identity))
        slow_readers[-1].hello()
    for reader in slow_readers:
        reader.wait_for_entry()
    controller.report("in")
    while not controller.wait_for_go(60):
        pass
    cut_off = 0
    for reader in slow_readers:
        cut_off += reader.read_to_the_end()
        reader.reconnect(port)
    _read_all(slow_readers)
    return {
        "cut off": cut_off,
        "whole": sum(reader.last == reader.wanted and not reader.fault for reader in slow_readers),
        "faults": [f"{reader.last} of {reader.wanted} {reader.fault}" for reader in slow_readers][
            :3
        ],
    }


def _read_all(slow_readers: list[SlowReader]) -> None:
    with selectors.DefaultSelector() as selector:
        for reader in slow_readers:
            if reader.last < reader.wanted:
                selector.register(reader.socket, selectors.EVENT_READ, reader)
        while selector.get_map():
            ready = selector.select(30.0)
            if not ready:
                return
            for key, _ in ready:
                if not key.data.read():
                    selector.unregister(key.fileobj)
