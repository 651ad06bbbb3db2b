"""100,000 bans exist, and guests without rights try to moderate; joins cost no more than before."""

from __future__ import annotations

import re
import selectors
from collections import Counter
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path
from random import Random
from socket import socket
from time import monotonic
from typing import Any

import msgspec

from netchat.journal.interface import Journal
from netchat.state.changes import CONSOLE, Change, Changed, OwnName, Restrict, What
from netchat.state.record import Record
from netchat.state.records import (
    Invitation,
    Lock,
    Proof,
    Restriction,
    Role,
    RoomSettings,
    TargetKind,
)
from tests.support.journals import NOW, ManualClock, append, close, make_journal
from tests.support.processes import ANY_PORT
from tests.support.proofs import Key
from tests.torture.attacks.address import PROXY
from tests.torture.attacks.attack_runner import Controller
from tests.torture.attacks.attacked_server import AttackedServer, Size
from tests.torture.attacks.raw_connection import RawConnection
from tests.torture.figures import Figure, at_least, at_most, exactly, reported
from tests.torture.server_process import ServerProcess

ACCOUNTS = 1000
"""Accounts that are banned, from many rooms each."""
OWNER, PASSWORD = "Reader", "a-word-that-its-owner-knows"
HALL = "hall"
"""Whoever makes the room moderates it."""
AT_ONCE = 1000
LENGTHS = range(16, 33)
"""Of the prefixes of the networks that are banned."""
ROUNDS = 10
REQUESTS: tuple[dict[str, Any], ...] = (
    {"type": "kick", "name": "user1", "room": "lobby"},
    {"type": "kick", "name": "user2", "room": "*"},
    {"type": "ban", "who": "user3", "room": "*", "duration": 60},
    {"type": "ban", "who": "127.0.0.1", "room": "*"},
    {"type": "mute", "who": "user4", "room": "lobby"},
    {"type": "unban", "who": "Mallory1"},
    {"type": "delete", "id": 1, "room": "lobby"},
    {"type": "room", "room": "lobby", "private": True},
    {"type": "op", "name": "user5", "room": "lobby"},
    {"type": "lock", "reason": "mine"},
    {"type": "announce", "text": "mine"},
    {"type": "bans", "room": "*"},
    {"type": "who", "room": "lobby"},
    {"type": "whois", "name": "user6"},
    {"type": "away", "text": "a while"},
    {"type": "away"},
    {"type": "ignore", "name": "user7"},
    {"type": "invite", "uses": 1000},
    {"type": "account"},
    {"type": "own", "password": "a-long-password"},
    {"type": "own", "key": "a key that is none"},
    {"type": "read", "room": "lobby", "id": 1},
    {"type": "join", "room": HALL},
    {"type": "leave", "room": HALL},
)
"""What is sent by guests who may change nothing but what is their own."""


def run(  # noqa: PLR0913 - each has a name
    directory: Path, rng: Random, *, bans: int, joins: int, guests: int, seconds: float,
    entry: float, size: Size,
) -> list[Figure]:  # fmt: skip
    """Measure `joins` on a server with `bans` and on one without, then let `guests` send requests.

    An owner with a password must come in meanwhile within `entry` seconds.
    """
    few, many = directory / "few", directory / "many"
    for where, count in ((few, 0), (many, bans)):
        where.mkdir()
        fill(where / "data", count)
    listen = ("--listen", ANY_PORT, "--listen", PROXY)
    with ServerProcess(*listen, cwd=few) as without, ServerProcess(*listen, cwd=many) as server:
        ready = server.ready, without.ready
        memory = server.memory() - without.memory()
        costs = _join_costs([without, server], joins)
    with AttackedServer(many, rng) as target:
        owner = RawConnection(target.port)
        owner.hello(OWNER)
        owner.ask(type="own", password=PASSWORD)
        assert owner.event("owned")
        owner.close()
        target.measure_baseline(size.baseline)
        with target.start_attack(attack, port=target.port, guests=guests, seconds=seconds) as flood:
            with target.start_attack(come, port=target.port, seconds=seconds) as comer:
                logins = target.wait_for_end(comer, seconds + 30)
            sent = target.wait_for_end(flood, seconds + 30)
        growth = target.growth
        figures = target.finish(size)
        target.server.stop()
        log = target.server.log
    after = _records(many / "data")
    return [
        reported("bans; seconds until the server answers, with and without them",
                 f"{bans}; {ready[0]:.2f}, {ready[1]:.2f}"),
        reported("memory of the bans", f"{memory:.1f} MiB"),
        reported("time of the server for a join without bans", f"{1000 * costs[0]:.2f} ms"),
        at_most("with bans: time of the server for a join, in addition", 1.0,
                1000 * (costs[1] - costs[0]), "ms"),
        reported("guests who try to moderate, requests sent", f"{guests}, {sent['requests']}"),
        at_least("requests that were refused", 1, sent["error"]),
        exactly("bans afterwards", bans, sum(isinstance(x, Restriction) for x in after)),
        exactly("what they have changed beyond what is their own", [],
                [*map(str, filter(_is_beyond, after))]),
        at_most("an owner with a password: the slowest login took", 1000 * entry,
                1000 * max(logins), "ms"),
        exactly("tracebacks in the log", 0, log.count("Traceback")),
        reported("additional memory of the server", f"{growth:.1f} MiB"),
        *figures,
    ]  # fmt: skip


def fill(directory: Path, bans: int) -> None:
    """Make a journal with so many bans: of addresses, of names, and of accounts from rooms."""
    journal = make_journal(directory, ManualClock())
    journal.open()
    _append(journal, [OwnName(f"Owner{n}", Proof(0, "key", f"{n:064x}")) for n in range(ACCOUNTS)])
    _append(journal, [_ban(number) for number in range(bans)])
    close(journal)


def come(controller: Controller, *, port: int, seconds: float) -> list[float]:
    """Log in as the owner, with a password, once a second; return the seconds it took each time."""
    begin = monotonic()
    took = []
    while monotonic() < begin + seconds:
        start = monotonic()
        connection = RawConnection(port)
        connection.hello(OWNER, "error", rooms=[])
        connection.ask(type="auth", method="password", password=PASSWORD)
        assert connection.event("welcome", "error", "closing").get("account")
        took.append(monotonic() - start)
        connection.close()
        controller.wait_for_go(1.0)
    return took


def attack(_: Controller, *, port: int, guests: int, seconds: float) -> dict[str, Any]:
    """Send all requests again and again as fast as possible; every other guest owns their name."""
    requests = [msgspec.json.encode(request) + b"\n" for request in REQUESTS]
    block = b"".join(requests) * 10
    sent: Counter[socket] = Counter()
    answers: Counter[str] = Counter()
    with selectors.DefaultSelector() as selector:
        for number in range(guests):
            connection = RawConnection(port)
            connection.hello(f"busybody{number}")
            if number % 2:
                connection.ask(type="own", key=Key(f"{number}").public)
                assert connection.event("owned")
            connection.socket.setblocking(False)
            mask = selectors.EVENT_READ | selectors.EVENT_WRITE
            selector.register(connection.socket, mask, b"")
        end = monotonic() + seconds
        while (left := end - monotonic()) > 0 and selector.get_map():
            for key, mask in selector.select(left):
                sock: Any = key.fileobj
                with suppress(BlockingIOError):
                    if mask & selectors.EVENT_WRITE:
                        sent[sock] += sock.send(block[sent[sock] % len(block) :])
                    if not mask & selectors.EVENT_READ:
                        continue
                    received = sock.recv(1 << 16)
                    if not received:
                        selector.unregister(sock)
                    *lines, rest = (key.data + received).split(b"\n")
                    if received:
                        selector.modify(sock, key.events, rest)
                    answers.update(msgspec.json.decode(line)["type"] for line in lines)
    return {"requests": sum(sent.values()) * len(requests) * 10 // len(block), **answers}


def _join_costs(servers: list[ServerProcess], joins: int) -> list[float]:
    """Return the seconds of CPU that a join takes on each of the servers, which take turns."""
    taken = [0.0 for _ in servers]
    for _ in range(ROUNDS):
        for number, server in enumerate(servers):
            before = server.cpu_seconds()
            (port,) = map(int, re.findall(r"Listening on haproxy:.*:(\d+)", server.log))
            for join in range(joins // ROUNDS):
                connection = RawConnection(port)
                # Joins from one address are paced.
                header = f"PROXY TCP4 203.0.{join >> 8}.{join & 255} 192.0.2.1 40000 5001\r\n"
                connection.send(header.encode())
                connection.hello(f"guest{join}", rooms=["lobby", HALL])
                connection.ask(type="bye")
                connection.rest()
                connection.close()
            taken[number] += server.cpu_seconds() - before
    return [seconds / joins for seconds in taken]


def _ban(number: int) -> Restrict:
    """Return one of many bans of different targets, none of which is on this machine."""
    which, target, room = number // 3, f"Mallory{number}", ""
    kind: TargetKind = "name"
    if number % 3 == 1:
        length = LENGTHS[which % len(LENGTHS)]
        address = (1 << 24) + (which // len(LENGTHS) << 32 - length)
        kind, target = "address", f"{ip_address(address)}/{length}"
    elif number % 3 == 2:
        kind, target, room = "account", f"Owner{which % ACCOUNTS}", f"room{which // ACCOUNTS}"
    return Restrict("ban", kind, target, room, 0, "spam")


def _append(journal: Journal, changes: list[What]) -> None:
    for start in range(0, len(changes), AT_ONCE):
        batch = [Change(what, CONSOLE, NOW) for what in changes[start : start + AT_ONCE]]
        for result in append(journal, *batch):
            assert isinstance(result, Changed), result


def _records(directory: Path) -> list[Record]:
    journal = make_journal(directory, ManualClock())
    journal.open()
    records = [*journal.records()]
    close(journal)
    return records


def _is_beyond(record: Record) -> bool:
    """Return whether only somebody with more rights can have made `record`."""
    if isinstance(record, Role):
        return record.room != HALL
    return isinstance(record, Lock | RoomSettings | Invitation)
