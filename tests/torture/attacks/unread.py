"""A hundred clients read nothing while ten thousand lines are said; other users are unaffected."""

from __future__ import annotations

import re
import selectors
import socket
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

from tests.torture.attacks.attack_runner import Controller
from tests.torture.attacks.attacked_server import AttackedServer, Size
from tests.torture.attacks.raw_connection import RawConnection
from tests.torture.figures import Figure, at_most, exactly, reported

STAGE = "stage"
"""The room of the many lines; the slow readers are in the lobby as well."""
SPEAKERS = 8
LEFT_OVER = 8.0
"""MiB that may not be freed, beyond the journal's cache of these lines: kept by the allocator."""
SLACK = 20.0
"""Seconds beyond the stall timeout until the last slow reader must be disconnected."""
OTHER_FILES = 3
"""Files that the server may have opened meanwhile for other purposes."""
_ID = re.compile(rb'^\{"type":"said","room":"stage","id":(\d+),', re.MULTILINE)


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
        with target.start_attack(listen, port=target.port, identities=identities) as slow_readers:
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


def listen(controller: Controller, *, port: int, identities: list[str]) -> dict[str, Any]:
    """Log in; read nothing until `go`; then read what has arrived, and resume for the rest."""
    slow_readers = []
    for number, identity in enumerate(identities):
        connection = socket.socket()
        # The server does not count what the kernel holds, so keep that small.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(("127.0.0.1", port))
        slow_readers.append(_SlowReader(connection, f"detached{number}", identity))
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


class _SlowReader:
    """A client that does not read for a while."""

    def __init__(self, connection: socket.socket, name: str, client: str) -> None:
        self.socket = connection
        self.last = 0
        """The id of the last line that it has read in the room."""
        self.wanted = -1
        self.fault = ""
        self._name = name
        self._client = client
        self._buffer = b""

    def hello(self, **more: Any) -> None:
        """Log in."""
        connection = RawConnection.on(self.socket)
        rooms = ["lobby", STAGE]
        connection.ask(type="hello", name=self._name, client=self._client, rooms=rooms, **more)

    def wait_for_entry(self) -> None:
        """Read until `entered`, and record the last id of the room."""
        while (at := self._buffer.find(b'"entered","room":"stage"')) < 0 or (
            b"\n" not in self._buffer[at:]
        ):
            self._buffer += self._receive()
        last = re.search(rb'"entered","room":"stage".*?"last":(\d+)', self._buffer)
        assert last is not None
        _, _, self._buffer = self._buffer[at:].partition(b"\n")
        self.wanted = int(last[1])
        self.last = self.last or self.wanted

    def read_to_the_end(self) -> bool:
        """Read what has arrived; return whether the server has closed the connection."""
        self.socket.settimeout(2.0)
        try:
            while data := self._receive():
                self._take(data)
        except TimeoutError:
            self.fault = "still connected"
            return False
        return True

    def reconnect(self, port: int) -> None:
        """Reconnect, and resume after the last line read."""
        self.socket.close()
        self._buffer = b""
        self.socket = socket.create_connection(("127.0.0.1", port), 20)
        self.hello(after={STAGE: self.last})
        self.wait_for_entry()
        self._take(b"")
        self.socket.setblocking(False)

    def read(self) -> bool:
        """Read more of the backfill; return whether more is missing."""
        data = self._receive()
        self._take(data)
        return bool(data) and self.last < self.wanted and not self.fault

    def _take(self, data: bytes) -> None:
        whole, end, self._buffer = (self._buffer + data).rpartition(b"\n")
        for id in map(int, _ID.findall(whole + end)):
            if id != self.last + 1:
                self.fault = self.fault or f"had {self.last}, received {id}"
            self.last = id

    def _receive(self) -> bytes:
        try:
            return self.socket.recv(1 << 20)
        except ConnectionError:
            return b""


def _read_all(slow_readers: list[_SlowReader]) -> None:
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
