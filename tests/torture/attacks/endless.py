"""Fifty guests send lines that never end, before their name and after it."""

from __future__ import annotations

import selectors
import socket
from contextlib import suppress
from pathlib import Path
from random import Random
from time import monotonic
from typing import Any

from tests.torture.attacks.attack_runner import Commander
from tests.torture.attacks.attacked_server import Scene, Size
from tests.torture.figures import Figure, at_most, exactly, told

BLOCK = b"x" * (1 << 18)
STARTS = (b"", b"endless%d\n", b'{"type":"hello","name":"endless%d"}\n', b'{"type":"')
"""Before the name and after it, in both dialects."""
MEMORY = 10.0
"""MiB that all of them together may cost."""


def run(place: Path, dice: Random, *, guests: int, size: Size) -> list[Figure]:
    """Let `guests` send 100 MB each in one line, in as many ways as there are `STARTS`."""
    with Scene(place, dice) as scene:
        scene.be_quiet(size.calm)
        with scene.raid(attack, port=scene.port, guests=guests, most=100_000_000) as raid:
            result = scene.until_over(raid, 50.0)
        return [
            told("guests", guests),
            exactly("told in words why", guests, result["told"]),
            exactly("closed", guests, result["closed"]),
            told("MB that the kernel took of one of them, at most", f"{result['most'] / 1e6:.1f}"),
            told("seconds until the last was closed", f"{result['seconds']:.1f}"),
            at_most("memory of the server, more", MEMORY, scene.growth, "MiB"),
            *scene.others(size),
        ]


class _Endless:
    """One of them: sends as fast as it goes, whatever he is told."""

    def __init__(self, port: int, number: int, most: int) -> None:
        start = STARTS[number % len(STARTS)]
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setblocking(False)
        self.sent = 0
        self.heard = b""
        self.closed = False
        self._rest = start % number if b"%d" in start else start
        self._most = most

    @property
    def told(self) -> bool:
        """Whether he was told why."""
        return b"\n! That line" in b"\n" + self.heard or b'"line-too-long"' in self.heard

    def go_on(self) -> bool:
        """Send and read what goes; return whether there is anything left to do.

        That the server has said goodbye is no reason to stop.
        """
        try:
            with suppress(BlockingIOError):
                data = self.socket.recv(1 << 16)
                self.heard += data
                self.closed = self.closed or not data
            count = self.socket.send(self._rest or BLOCK)
            self.sent += count
            self._rest = self._rest[count:]
        except BlockingIOError:
            pass
        except OSError:
            self.closed = True
            return False
        return self.sent < self._most


def attack(_: Commander, *, port: int, guests: int, most: int) -> dict[str, Any]:
    """Send, all at once, until all are closed."""
    begin = monotonic()
    everybody = [_Endless(port, number, most) for number in range(guests)]
    with selectors.DefaultSelector() as selector:
        for one in everybody:
            selector.register(one.socket, selectors.EVENT_WRITE, one)
        while selector.get_map() and monotonic() < begin + 40:
            for key, _mask in selector.select(1.0):
                if not key.data.go_on():
                    selector.unregister(key.fileobj)
                    key.data.socket.close()
    return {
        "told": sum(one.told for one in everybody),
        "closed": sum(one.closed for one in everybody),
        "most": max(one.sent for one in everybody),
        "seconds": monotonic() - begin,
    }
