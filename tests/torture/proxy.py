"""A proxy on which connections die between request and answer: said again, stored once."""

from __future__ import annotations

import re
import socket
from collections import Counter
from functools import partial
from pathlib import Path
from random import Random
from uuid import UUID

from tests.torture.checked_clients import Guest, Ledger
from tests.torture.cutting_proxy import Pair, Proxy
from tests.torture.event_loop import Company
from tests.torture.figures import Figure, at_least, exactly, none_of, told
from tests.torture.server_process import Machine, stored

SPEAKERS = 8
LINES_A_CONNECTION = 5
SHARE = 0.3
"""Of how many connections something is cut off."""
BEFORE, IN_REQUEST, BEHIND, IN_ANSWER = CUTS = (
    "before the request reaches the server",
    "in the middle of the request",
    "behind the server, before the answer",
    "in the middle of the answer",
)
_NONCE = re.compile(rb'"type":"say".*("nonce":"\w+")')


def run(place: Path, dice: Random, *, lines: int) -> list[Figure]:
    """Say `lines` lines over such connections."""
    ledger = Ledger()
    cuts: Counter[str] = Counter()
    with Company() as company, Machine(cwd=place) as server:
        proxy = Proxy(company, server.port, partial(_Pair, dice=dice, cuts=cuts))
        guests = [_guest(company, ledger, dice, n, lines // SPEAKERS) for n in range(SPEAKERS)]
        for guest in guests:
            guest.come(proxy.port)
        company.attend(lambda: all(g.gone for g in guests), "everybody has said all", seconds=300)
        rows = stored(place)
        server.stop()
    return [
        told("connections", proxy.count),
        told("of them cut", f"{cuts.total()}, {cuts.total() / proxy.count:.0%}"),
        *(at_least(f"cut {where}", 1, cuts[where]) for where in CUTS),
        at_least("lines said again", 1, sum(guest.again for guest in guests)),
        exactly("rows", lines, len(rows)),
        exactly("acknowledged", lines, len(ledger.acknowledged)),
        exactly("acknowledged under the ids of the rows", True,
                {id: text for text, id in ledger.acknowledged.items()} == dict(rows)),
        *none_of(ledger.compare(rows)),
    ]  # fmt: skip


class _Guest(Guest):
    """Says a few lines on each connection, and comes back until all are acknowledged."""

    again = 0
    gone = False
    _port = 0
    _new = 0

    def come(self, port: int) -> None:
        """Come, and know where to come back to."""
        self._port, self._new = port, self.said
        self.again += len(self.waiting)
        super().come(port)

    def speak(self) -> None:
        """Say as many lines as belong on this connection, and goodbye."""
        if self.said < self._new + LINES_A_CONNECTION:
            super().speak()
        if not self.waiting:
            self.send(type="bye")

    def lost(self) -> None:
        """Come back, if there is more to say."""
        super().lost()
        if self.finished:
            self.gone = True
        else:
            self.come(self._port)


class _Pair(Pair):
    """Three in ten are cut at one of the lines that are said on them."""

    def __init__(
        self,
        company: Company,
        guest: socket.socket,
        port: int,
        *,
        dice: Random,
        cuts: Counter[str],
    ) -> None:
        super().__init__(company, guest, port, dice)
        self._where = dice.choice(CUTS) if dice.random() < SHARE else ""
        self._until = dice.randint(1, LINES_A_CONNECTION)
        self._cuts = cuts
        self._nonce = b""
        self._said = b""
        self._heard = b""

    def from_guest(self, data: bytes) -> None:
        """Pass on whole lines, up to the one at which it is cut."""
        lines = (self._said + data).splitlines(keepends=True)
        self._said = lines.pop() if lines and not lines[-1].endswith(b"\n") else b""
        for line in lines:
            nonce = _NONCE.search(line)
            self._until -= nonce is not None
            if nonce and not self._until:
                self._nonce = nonce[1]
                if self._where in (BEFORE, IN_REQUEST):
                    part = self.dice.randrange(1, len(line)) if self._where == IN_REQUEST else 0
                    self.up.send(line[:part])
                    self._cut()
                    return
            self.up.send(line)

    def from_server(self, data: bytes) -> None:
        """Pass on what comes, up to the answer at which it is cut."""
        if self._where not in (BEHIND, IN_ANSWER):
            self.down.send(data)
            return
        *lines, self._heard = (self._heard + data).split(b"\n")
        for line in lines:
            if self._nonce and self._nonce in line:
                part = self.dice.randrange(1, len(line)) if self._where == IN_ANSWER else 0
                self.down.send(line[:part])
                self._cut()
                return
            self.down.send(line + b"\n")

    def _cut(self) -> None:
        self._cuts[self._where] += 1
        self.cut()


def _guest(company: Company, ledger: Ledger, dice: Random, number: int, lines: int) -> _Guest:
    client = str(UUID(int=dice.getrandbits(128), version=4))
    texts = (f"{number} says {i}" for i in range(lines))
    return _Guest(
        company, ledger, f"guest{number}", client=client, lines=texts, window=LINES_A_CONNECTION
    )
