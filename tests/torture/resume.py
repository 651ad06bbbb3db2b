"""Fifty listeners are disconnected twenty times each, and still receive every line exactly once."""

from __future__ import annotations

import socket
from collections import Counter
from functools import partial
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

from tests.support.processes import PATIENCE
from tests.torture.checked_clients import CheckedClient, Ledger
from tests.torture.cutting_proxy import CuttingProxy, ProxiedConnection
from tests.torture.event_loop import EventLoop
from tests.torture.figures import Figure, all_zero, at_least, exactly, reported
from tests.torture.server_process import ServerProcess, stored

SPEAKERS = 4
CLOSE, RESET, PROXY, STALL, TAKEOVER = WAYS = (
    "by the client, closed",
    "by the client, reset",
    "by the proxy",
    "by a network that drops packets",
    "by a second login of the client",
)
_FURTHER = 600
"""The proxy forwards up to so many bytes before it cuts."""


def run(directory: Path, rng: Random, *, lines: int, listeners: int, cuts: int) -> list[Figure]:
    """Say `lines` lines to so many listeners; each listener is disconnected `cuts` times."""
    ledger = Ledger()
    count: Counter[str] = Counter()
    half: list[socket.socket] = []
    with EventLoop() as loop, ServerProcess(cwd=directory) as server:
        pairs: dict[int, _ProxiedConnection] = {}
        proxy = CuttingProxy(loop, server.port, partial(_ProxiedConnection, rng=rng, pairs=pairs))
        resuming = [_Listener(loop, ledger, rng, number, pairs) for number in range(listeners)]
        for listener in resuming:
            listener.plan(lines, cuts, count, half)
            listener.log_in(proxy.port)
        loop.run_until(lambda: all(listener.entered for listener in resuming), "all logins")
        speakers = [_speaker(loop, ledger, rng, n, lines // SPEAKERS) for n in range(SPEAKERS)]
        for speaker in speakers:
            speaker.log_in(server.port)
        loop.run_until(
            lambda: (
                all(g.finished for g in speakers)
                and all(listener.last >= lines for listener in resuming)
            ),
            "delivery of all lines",
            seconds=300,
        )
        ends = Counter(_end(connection) for connection in half)
        rows = stored(directory)
        for client in (*speakers, *resuming):
            client.leave()
        server.stop()
    return [
        reported("lines, listeners", f"{len(rows)}, {listeners}"),
        *(at_least(f"cuts {way}", 1, count[way]) for way in WAYS),
        # No cut follows if the last lines pass before the proxy cuts.
        at_least("planned cuts", listeners * (cuts - 1), sum(count[way] for way in WAYS)),
        reported("unplanned cuts by the server", count["by the server"]),
        exactly("listeners whose lines differ from the journal", 0,
                sum(listener.received != rows for listener in resuming)),
        *all_zero(ledger.compare(rows)),
        exactly("older connections that the server left open", 0, ends["open"]),
        reported("ends of older connections", dict(ends)),
    ]  # fmt: skip


class _Listener(CheckedClient):
    """Listens, is disconnected now and then, and resumes; every third client has no UUID."""

    def __init__(
        self,
        loop: EventLoop,
        ledger: Ledger,
        rng: Random,
        number: int,
        pairs: dict[int, _ProxiedConnection],
    ) -> None:
        client = str(UUID(int=rng.getrandbits(128), version=4)) if number % 3 else ""
        super().__init__(loop, ledger, f"listener{number}", client=client)
        self.received: list[tuple[int, str]] = []
        self._dice = rng
        self._pairs = pairs
        self._plan: list[tuple[int, str]] = []
        self._left: list[socket.socket] = []
        """Open connections that the server cannot know to be dead."""
        self._cut = False
        self._port = 0

    def plan(self, lines: int, cuts: int, count: Counter[str], half: list[socket.socket]) -> None:
        """Plan so many cuts; `half` collects dead connections that the server may keep open."""
        ids = sorted(self._dice.sample(range(1, lines), cuts), reverse=True)
        ways = WAYS if self.client else WAYS[:4]
        self._plan = [(id, self._dice.choice(ways)) for id in ids]
        self._count, self._half = count, half

    def log_in(self, port: int) -> None:
        """Log in; without a UUID under a new name, since the old one may still be taken."""
        self._port, self._cut = port, False
        if not self.client:
            self.name = f"{self.name.partition('.')[0]}.{len(self._plan)}.{self._count.total()}"
        super().log_in(port)

    def handle_event(self, event: dict[str, Any]) -> None:
        """Record a line, and cut the connection if that is planned."""
        super().handle_event(event)
        if event["type"] == "said":
            self.received.append((event["id"], event["text"]))
            if self._plan and self.last >= self._plan[-1][0] and not self._cut:
                self._be_cut(self._plan.pop()[1])

    def leave(self, *, reset: bool = False) -> None:
        """Close this connection and all dead ones."""
        super().leave(reset=reset)
        for connection in self._left:
            connection.close()

    def lost(self) -> None:
        """Reconnect."""
        super().lost()
        if not self._cut:
            self._count["by the server"] += 1
        self.log_in(self._port)

    def _be_cut(self, way: str) -> None:
        assert self.socket is not None
        self._count[way] += 1
        self._cut = True
        pair = self._pairs[self.socket.port]
        if way == PROXY:
            pair.cut_after(self._dice.randrange(_FURTHER))
            return
        if way == TAKEOVER:
            self._half.append(self.socket.detach())
        else:
            if way == STALL:
                old = pair.up.detach()
                (self._half if self.client else self._left).append(old)
            self.socket.close(reset=way == RESET)
        self.log_in(self._port)


class _ProxiedConnection(ProxiedConnection):
    """Is found by the port of the client, and can be cut after some more bytes."""

    def __init__(
        self,
        loop: EventLoop,
        client: socket.socket,
        port: int,
        *,
        rng: Random,
        pairs: dict[int, _ProxiedConnection],
    ) -> None:
        super().__init__(loop, client, port, rng)
        pairs[client.getpeername()[1]] = self
        self._left: int | None = None

    def cut_after(self, size: int) -> None:
        """Forward `size` bytes of the server, then cut the connection."""
        self._left = size

    def from_server(self, data: bytes) -> None:
        """Forward bytes up to the cut."""
        if self._left is None or len(data) < self._left:
            self.down.send(data)
            self._left = None if self._left is None else self._left - len(data)
        else:
            self.down.send(data[: self._left])
            self.cut()


def _speaker(
    loop: EventLoop, ledger: Ledger, rng: Random, number: int, lines: int
) -> CheckedClient:
    client = str(UUID(int=rng.getrandbits(128), version=4))
    texts = (f"{number} says {i}" for i in range(lines))
    return CheckedClient(loop, ledger, f"guest{number}", client=client, lines=texts, window=4)


def _end(connection: socket.socket) -> str:
    """Return how the server ended a connection: open, reset, replaced or closed."""
    received = b""
    with connection:
        connection.settimeout(PATIENCE)
        try:
            while data := connection.recv(65536):
                received = (received + data)[-1000:]
        except TimeoutError:
            return "open"
        except OSError:
            return "reset"
    return "replaced" if b'"reason":"replaced"' in received else "closed"
