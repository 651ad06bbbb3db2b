"""A hundred guests do not read while ten thousand lines are said; nobody else is to notice."""

from __future__ import annotations

import re
import selectors
import socket
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

from tests.torture.attacks.attack_runner import Commander
from tests.torture.attacks.attacked_server import Scene, Size
from tests.torture.attacks.raw_connection import Caller
from tests.torture.figures import Figure, at_most, exactly, told

STAGE = "stage"
"""The room in which so much is said; those who do not read are in the lobby, too."""
SPEAKERS = 8
LEFT_OVER = 8.0
"""MiB more than the same lines cost in peace (the journal's cache): what the allocator keeps."""
SLACK = 20.0
"""Seconds that it may take longer until the last of those who do not read is cut off."""
ELSE = 3
"""Files that the server may have opened meanwhile for something else."""
_ID = re.compile(rb'^\{"type":"said","room":"stage","id":(\d+),', re.MULTILINE)


def run(  # noqa: PLR0913 - each has a name
    place: Path,
    dice: Random,
    *,
    guests: int,
    lines: int,
    width: int,
    rate: float,
    backlog: int,
    stall: float,
    size: Size,
) -> list[Figure]:
    """Say `lines` lines, `rate` in a second, to `guests` who do not read; all of them come back.

    First the same is said with none of them there. `stall` is the seconds for which somebody may
    take nothing who is not so far behind that he must go for that.
    """
    options = ("--rate", "0", "--stall-timeout", str(stall), "--max-backlog", str(backlog))
    said: dict[str, Any] = {"lines": lines, "width": width, "rate": rate}
    with Scene(place, dice, *options) as scene:
        scene.move_in()
        at_first = scene.server.memory()
        with scene.raid(speak, port=scene.port, name="before", **said) as before:
            scene.until_over(before, lines / rate + 20)
        in_peace = scene.server.memory() - at_first
        clients = [str(UUID(int=dice.getrandbits(128), version=4)) for _ in range(guests)]
        with scene.raid(listen, port=scene.port, clients=clients) as detached:
            scene.until(lambda: "in" in detached.told, "those who do not read", 20)
            scene.begin_storm()
            before_them = scene.server.descriptors
            with scene.raid(speak, port=scene.port, name="now", **said) as now:
                scene.until_over(now, lines / rate + 20)
            grown = scene.growth
            took = _until_gone(scene, before_them - guests + ELSE, stall)
            scene.end_storm()
            left = scene.server.memory() - scene.memory_before - in_peace
            detached.order()
            back = scene.until_over(detached, 120)
        held = (backlog or lines * width) / (1 << 20)
        return [
            told("guests who do not read, lines, bytes in each", f"{guests}, {lines}, {width}"),
            exactly("of them cut off", guests, back["cut off"]),
            at_most("the last of them, after the last line", stall + SLACK, took, "s"),
            told("memory that the same lines cost with everybody reading", f"{in_peace:.1f} MiB"),
            at_most("memory of the server, more than that", guests * held,
                    max(0.0, grown - in_peace), "MiB"),
            at_most("memory not given back", LEFT_OVER, max(0.0, left), "MiB"),
            exactly("came back and heard all, without a gap", guests, back["whole"]),
            *([] if back["whole"] == guests else [told("else", back["faults"])]),
            *scene.others(size),
        ]  # fmt: skip


def _until_gone(scene: Scene, most: int, stall: float) -> float:
    return scene.until(
        lambda: scene.server.descriptors <= most, "the end of those who do not read", stall + SLACK
    )


def speak(  # noqa: PLR0913 - each has a name
    commander: Commander, *, port: int, name: str, lines: int, width: int, rate: float
) -> int:
    """Say lines on the stage."""
    callers = [Caller(port) for _ in range(SPEAKERS)]
    for number, caller in enumerate(callers):
        caller.hello(f"{name}{number}", rooms=[STAGE])
        caller.socket.setblocking(False)
    for number in commander.paced(lines, rate):
        text = f"{name} {number} ".ljust(width, "x")
        caller = callers[number % SPEAKERS]
        caller.ask(type="say", room=STAGE, text=text)
        if number % 100 == 0:
            for reader in callers:
                reader.read_off()
    for caller in callers:
        caller.socket.setblocking(True)
        caller.ask(type="bye")
        caller.rest()
    return lines


def listen(commander: Commander, *, port: int, clients: list[str]) -> dict[str, Any]:
    """Come, read nothing until ordered to; then read what is there, and come back for the rest."""
    detached = []
    for number, client in enumerate(clients):
        connection = socket.socket()
        # What the kernel holds does not count, so there should be little of it.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(("127.0.0.1", port))
        detached.append(_Deaf(connection, f"detached{number}", client))
        detached[-1].hello()
    for one in detached:
        one.wait_for_entry()
    commander.tell("in")
    while not commander.ordered(60):
        pass
    cut_off = 0
    for one in detached:
        cut_off += one.read_to_the_end()
        one.come_back(port)
    _read_all(detached)
    return {
        "cut off": cut_off,
        "whole": sum(one.last == one.wanted and not one.fault for one in detached),
        "faults": [f"{one.last} of {one.wanted} {one.fault}" for one in detached][:3],
    }


class _Deaf:
    """One of them."""

    def __init__(self, connection: socket.socket, name: str, client: str) -> None:
        self.socket = connection
        self.last = 0
        """The id of the last line that he has read on the stage."""
        self.wanted = -1
        self.fault = ""
        self._name = name
        self._client = client
        self._heard = b""

    def hello(self, **more: Any) -> None:
        """Say who he is."""
        caller = Caller.on(self.socket)
        rooms = ["lobby", STAGE]
        caller.ask(type="hello", name=self._name, client=self._client, rooms=rooms, **more)

    def wait_for_entry(self) -> None:
        """Read until he is in, and remember what was said last."""
        while (at := self._heard.find(b'"entered","room":"stage"')) < 0 or (
            b"\n" not in self._heard[at:]
        ):
            self._heard += self._receive()
        last = re.search(rb'"entered","room":"stage".*?"last":(\d+)', self._heard)
        assert last is not None
        _, _, self._heard = self._heard[at:].partition(b"\n")
        self.wanted = int(last[1])
        self.last = self.last or self.wanted

    def read_to_the_end(self) -> bool:
        """Read what there is; return whether it ends."""
        self.socket.settimeout(2.0)
        try:
            while data := self._receive():
                self._take(data)
        except TimeoutError:
            self.fault = "still there"
            return False
        return True

    def come_back(self, port: int) -> None:
        """Come again, with what was read last."""
        self.socket.close()
        self._heard = b""
        self.socket = socket.create_connection(("127.0.0.1", port), 20)
        self.hello(after={STAGE: self.last})
        self.wait_for_entry()
        self._take(b"")
        self.socket.setblocking(False)

    def read(self) -> bool:
        """Read some of the rest; return whether more is wanted."""
        data = self._receive()
        self._take(data)
        return bool(data) and self.last < self.wanted and not self.fault

    def _take(self, data: bytes) -> None:
        whole, end, self._heard = (self._heard + data).rpartition(b"\n")
        for id in map(int, _ID.findall(whole + end)):
            if id != self.last + 1:
                self.fault = self.fault or f"had {self.last}, heard {id}"
            self.last = id

    def _receive(self) -> bytes:
        try:
            return self.socket.recv(1 << 20)
        except ConnectionError:
            return b""


def _read_all(detached: list[_Deaf]) -> None:
    with selectors.DefaultSelector() as selector:
        for one in detached:
            if one.last < one.wanted:
                selector.register(one.socket, selectors.EVENT_READ, one)
        while selector.get_map():
            ready = selector.select(30.0)
            if not ready:
                return
            for key, _ in ready:
                if not key.data.read():
                    selector.unregister(key.fileobj)
