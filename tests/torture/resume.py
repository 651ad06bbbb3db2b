"""Fifty listeners are cut off twenty times each while others speak; each hears every line once."""

from __future__ import annotations

import socket
from collections import Counter
from functools import partial
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

from tests.support.processes import PATIENCE
from tests.torture.checked_clients import Guest, Ledger
from tests.torture.cutting_proxy import Pair, Proxy
from tests.torture.event_loop import Company
from tests.torture.figures import Figure, at_least, exactly, none_of, told
from tests.torture.server_process import Machine, stored

SPEAKERS = 4
CLOSE, RESET, PROXY, STALL, TAKEOVER = WAYS = (
    "by the guest, closed",
    "by the guest, reset",
    "by the proxy",
    "by a network gone silent",
    "by coming back while still there",
)
_FURTHER = 600
"""Bytes that the proxy may still let pass before it cuts."""


def run(place: Path, dice: Random, *, lines: int, listeners: int, cuts: int) -> list[Figure]:
    """Say `lines` lines to so many listeners, each of whom is cut off so many times."""
    ledger = Ledger()
    count: Counter[str] = Counter()
    half: list[socket.socket] = []
    with Company() as company, Machine(cwd=place) as server:
        pairs: dict[int, _Pair] = {}
        proxy = Proxy(company, server.port, partial(_Pair, dice=dice, pairs=pairs))
        ears = [_Listener(company, ledger, dice, number, pairs) for number in range(listeners)]
        for ear in ears:
            ear.plan(lines, cuts, count, half)
            ear.come(proxy.port)
        company.attend(lambda: all(ear.entered for ear in ears), "everybody listens")
        speakers = [_speaker(company, ledger, dice, n, lines // SPEAKERS) for n in range(SPEAKERS)]
        for speaker in speakers:
            speaker.come(server.port)
        company.attend(
            lambda: all(g.finished for g in speakers) and all(ear.last >= lines for ear in ears),
            "everybody has heard all",
            seconds=300,
        )
        ends = Counter(_end(connection) for connection in half)
        rows = stored(place)
        for guest in (*speakers, *ears):
            guest.leave()
        server.stop()
    return [
        told("lines, listeners", f"{len(rows)}, {listeners}"),
        *(at_least(f"cuts {way}", 1, count[way]) for way in WAYS),
        # The last lines may all pass before the proxy cuts: the cuts meant for them do not come.
        at_least("cuts meant", listeners * (cuts - 1), sum(count[way] for way in WAYS)),
        told("cuts by the server, not meant", count["by the server"]),
        exactly("listeners whose list is not the journal", 0, sum(e.heard != rows for e in ears)),
        *none_of(ledger.compare(rows)),
        exactly("older connections that the server left open", 0, ends["open"]),
        told("how the others ended", dict(ends)),
    ]  # fmt: skip


class _Listener(Guest):
    """Listens, loses his connection now and then, and comes back; every third without a UUID."""

    def __init__(
        self, company: Company, ledger: Ledger, dice: Random, number: int, pairs: dict[int, _Pair]
    ) -> None:
        client = str(UUID(int=dice.getrandbits(128), version=4)) if number % 3 else ""
        super().__init__(company, ledger, f"ear{number}", client=client)
        self.heard: list[tuple[int, str]] = []
        self._dice = dice
        self._pairs = pairs
        self._plan: list[tuple[int, str]] = []
        self._left: list[socket.socket] = []
        """Open connections of which the server cannot know that nobody is there."""
        self._cut = False
        self._port = 0

    def plan(self, lines: int, cuts: int, count: Counter[str], half: list[socket.socket]) -> None:
        """Be cut off so many times; `half` gets what the server may think alive."""
        ids = sorted(self._dice.sample(range(1, lines), cuts), reverse=True)
        ways = WAYS if self.client else WAYS[:4]
        self._plan = [(id, self._dice.choice(ways)) for id in ids]
        self._count, self._half = count, half

    def come(self, port: int) -> None:
        """Come under the old name, or a new one if the server cannot know who it is."""
        self._port, self._cut = port, False
        if not self.client:
            self.name = f"{self.name.partition('.')[0]}.{len(self._plan)}.{self._count.total()}"
        super().come(port)

    def hear(self, event: dict[str, Any]) -> None:
        """Keep what is said, and be cut off if it is time for it."""
        super().hear(event)
        if event["type"] == "said":
            self.heard.append((event["id"], event["text"]))
            if self._plan and self.last >= self._plan[-1][0] and not self._cut:
                self._be_cut(self._plan.pop()[1])

    def leave(self, *, reset: bool = False) -> None:
        """Go, with all that is left."""
        super().leave(reset=reset)
        for connection in self._left:
            connection.close()

    def lost(self) -> None:
        """Come back."""
        super().lost()
        if not self._cut:
            self._count["by the server"] += 1
        self.come(self._port)

    def _be_cut(self, way: str) -> None:
        assert self.wire is not None
        self._count[way] += 1
        self._cut = True
        pair = self._pairs[self.wire.port]
        if way == PROXY:
            pair.cut_after(self._dice.randrange(_FURTHER))
            return
        if way == TAKEOVER:
            self._half.append(self.wire.let_go())
        else:
            if way == STALL:
                old = pair.up.let_go()
                (self._half if self.client else self._left).append(old)
            self.wire.close(reset=way == RESET)
        self.come(self._port)


class _Pair(Pair):
    """Can be found by the guest's port, and cut off after some more bytes."""

    def __init__(
        self,
        company: Company,
        guest: socket.socket,
        port: int,
        *,
        dice: Random,
        pairs: dict[int, _Pair],
    ) -> None:
        super().__init__(company, guest, port, dice)
        pairs[guest.getpeername()[1]] = self
        self._left: int | None = None

    def cut_after(self, size: int) -> None:
        """Let `size` bytes pass from the server to the guest, and no more."""
        self._left = size

    def from_server(self, data: bytes) -> None:
        """Pass on what may still pass."""
        if self._left is None or len(data) < self._left:
            self.down.send(data)
            self._left = None if self._left is None else self._left - len(data)
        else:
            self.down.send(data[: self._left])
            self.cut()


def _speaker(company: Company, ledger: Ledger, dice: Random, number: int, lines: int) -> Guest:
    client = str(UUID(int=dice.getrandbits(128), version=4))
    texts = (f"{number} says {i}" for i in range(lines))
    return Guest(company, ledger, f"guest{number}", client=client, lines=texts, window=4)


def _end(connection: socket.socket) -> str:
    """Return how the server ended a connection."""
    heard = b""
    with connection:
        connection.settimeout(PATIENCE)
        try:
            while data := connection.recv(65536):
                heard = (heard + data)[-1000:]
        except TimeoutError:
            return "open"
        except OSError:
            return "reset"
    return "replaced" if b'"reason":"replaced"' in heard else "closed"
