"""Connections are cut between request and answer: repeated lines are stored once."""

from __future__ import annotations

import re
import socket
from collections import Counter
from functools import partial
from pathlib import Path
from random import Random
from uuid import UUID

from tests.torture.checked_clients import CheckedClient, Ledger
from tests.torture.cutting_proxy import CuttingProxy, ProxiedConnection
from tests.torture.event_loop import EventLoop
from tests.torture.figures import Figure, all_zero, at_least, exactly, reported
from tests.torture.server_process import ServerProcess, stored

SPEAKERS = 8
LINES_A_CONNECTION = 5
SHARE = 0.3
"""The share of connections that are cut."""
BEFORE, IN_REQUEST, AFTER, IN_ANSWER = CUTS = (
    "before the request reaches the server",
    "in the middle of the request",
    "after the request, before the answer",
    "in the middle of the answer",
)
_NONCE = re.compile(rb'"type":"say".*("nonce":"\w+")')


def run(directory: Path, rng: Random, *, lines: int) -> list[Figure]:
    """Say `lines` lines over such connections."""
    ledger = Ledger()
    cuts: Counter[str] = Counter()
    with EventLoop() as loop, ServerProcess(cwd=directory) as server:
        proxy = CuttingProxy(loop, server.port, partial(_ProxiedConnection, rng=rng, cuts=cuts))
        clients = [_client(loop, ledger, rng, n, lines // SPEAKERS) for n in range(SPEAKERS)]
        for client in clients:
            client.log_in(proxy.port)
        loop.run_until(
            lambda: all(g.gone for g in clients), "all lines are acknowledged", seconds=300
        )
        rows = stored(directory)
        server.stop()
    return [
        reported("connections", proxy.count),
        reported("connections cut", f"{cuts.total()}, {cuts.total() / proxy.count:.0%}"),
        *(at_least(f"cut {where}", 1, cuts[where]) for where in CUTS),
        at_least("lines repeated", 1, sum(client.again for client in clients)),
        exactly("rows stored", lines, len(rows)),
        exactly("lines acknowledged", lines, len(ledger.acknowledged)),
        exactly("acknowledged ids equal those of the rows", True,
                {id: text for text, id in ledger.acknowledged.items()} == dict(rows)),
        *all_zero(ledger.compare(rows)),
    ]  # fmt: skip


class _ReturningClient(CheckedClient):
    """Says a few lines on each connection, and reconnects until all are acknowledged."""

    again = 0
    gone = False
    _port = 0
    _new = 0

    def log_in(self, port: int) -> None:
        """Log in, and remember the port."""
        self._port, self._new = port, self.said
        self.again += len(self.waiting)
        super().log_in(port)

    def speak(self) -> None:
        """Say the lines of this connection, then `bye`."""
        if self.said < self._new + LINES_A_CONNECTION:
            super().speak()
        if not self.waiting:
            self.send(type="bye")

    def lost(self) -> None:
        """Reconnect, unless all lines are acknowledged."""
        super().lost()
        if self.finished:
            self.gone = True
        else:
            self.log_in(self._port)


class _ProxiedConnection(ProxiedConnection):
    """Three of ten connections are cut at a random line."""

    def __init__(
        self,
        loop: EventLoop,
        client: socket.socket,
        port: int,
        *,
        rng: Random,
        cuts: Counter[str],
    ) -> None:
        super().__init__(loop, client, port, rng)
        self._where = rng.choice(CUTS) if rng.random() < SHARE else ""
        self._until = rng.randint(1, LINES_A_CONNECTION)
        self._cuts = cuts
        self._nonce = b""
        self._said = b""
        self._buffer = b""

    def from_client(self, data: bytes) -> None:
        """Forward whole lines, up to the one at which the connection is cut."""
        lines = (self._said + data).splitlines(keepends=True)
        self._said = lines.pop() if lines and not lines[-1].endswith(b"\n") else b""
        for line in lines:
            nonce = _NONCE.search(line)
            self._until -= nonce is not None
            if nonce and not self._until:
                self._nonce = nonce[1]
                if self._where in (BEFORE, IN_REQUEST):
                    part = self.rng.randrange(1, len(line)) if self._where == IN_REQUEST else 0
                    self.up.send(line[:part])
                    self._cut()
                    return
            self.up.send(line)

    def from_server(self, data: bytes) -> None:
        """Forward bytes, up to the answer at which the connection is cut."""
        if self._where not in (AFTER, IN_ANSWER):
            self.down.send(data)
            return
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        for line in lines:
            if self._nonce and self._nonce in line:
                part = self.rng.randrange(1, len(line)) if self._where == IN_ANSWER else 0
                self.down.send(line[:part])
                self._cut()
                return
            self.down.send(line + b"\n")

    def _cut(self) -> None:
        self._cuts[self._where] += 1
        self.cut()


def _client(
    loop: EventLoop, ledger: Ledger, rng: Random, number: int, lines: int
) -> _ReturningClient:
    client = str(UUID(int=rng.getrandbits(128), version=4))
    texts = (f"{number} says {i}" for i in range(lines))
    return _ReturningClient(
        loop, ledger, f"guest{number}", client=client, lines=texts, window=LINES_A_CONNECTION
    )
