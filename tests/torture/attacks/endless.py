"""Fifty clients send lines that never end, before their name and after it."""

from __future__ import annotations

import selectors
import socket
from contextlib import suppress
from pathlib import Path
from random import Random
from time import monotonic
from typing import Any

from tests.torture.attacks.attack_runner import Controller
from tests.torture.attacks.attacked_server import AttackedServer, Size
from tests.torture.figures import Figure, at_most, exactly, reported

BLOCK = b"x" * (1 << 18)
STARTS = (
    b"",
    b"endless%d\n",
    b'{"type":"hello","name":"endless%d"}\n',
    b'{"type":"',
    b"NICK endless%d\r\nUSER e 0 * :e\r\n",
    b"NICK ",
)
"""Before the name and after it, in each dialect."""
MEMORY = 10.0
"""Additional MiB that the server may need for all of them."""


def run(directory: Path, rng: Random, *, clients: int, size: Size) -> list[Figure]:
    """Let `clients` send 100 MB each in one line, with all `STARTS` in turn."""
    with AttackedServer(directory, rng) as target:
        target.measure_baseline(size.baseline)
        with target.start_attack(
            attack, port=target.port, clients=clients, most=100_000_000
        ) as process:
            result = target.wait_for_end(process, 50.0)
        return [
            reported("clients", clients),
            exactly("told why", clients, result["told"]),
            exactly("closed", clients, result["closed"]),
            reported(
                "most MB that the kernel took from one of them", f"{result['most'] / 1e6:.1f}"
            ),
            reported("seconds until the last was closed", f"{result['seconds']:.1f}"),
            at_most("additional memory of the server", MEMORY, target.growth, "MiB"),
            *target.finish(size),
        ]


class _EndlessLine:
    """A client that sends one endless line as fast as possible, whatever it receives."""

    def __init__(self, port: int, number: int, most: int) -> None:
        start = STARTS[number % len(STARTS)]
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setblocking(False)
        self.sent = 0
        self.received = b""
        self.closed = False
        self._rest = start % number if b"%d" in start else start
        self._most = most

    @property
    def was_told(self) -> bool:
        """Whether it was told that the line is too long."""
        told = (b"\n! That line", b'"line-too-long"', b" ERROR :That line")
        return any(words in b"\n" + self.received for words in told)

    def continue_sending(self) -> bool:
        """Send and read without blocking; return whether there is more to send.

        It goes on sending after the server has closed its side.
        """
        try:
            with suppress(BlockingIOError):
                data = self.socket.recv(1 << 16)
                self.received += data
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


def attack(_: Controller, *, port: int, clients: int, most: int) -> dict[str, Any]:
    """Let all clients send until all are closed."""
    begin = monotonic()
    senders = [_EndlessLine(port, number, most) for number in range(clients)]
    with selectors.DefaultSelector() as selector:
        for client in senders:
            selector.register(client.socket, selectors.EVENT_WRITE, client)
        while selector.get_map() and monotonic() < begin + 40:
            for key, _mask in selector.select(1.0):
                if not key.data.continue_sending():
                    selector.unregister(key.fileobj)
                    key.data.socket.close()
    return {
        "told": sum(client.was_told for client in senders),
        "closed": sum(client.closed for client in senders),
        "most": max(client.sent for client in senders),
        "seconds": monotonic() - begin,
    }
