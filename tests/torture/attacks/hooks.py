"""Programs without a token flood the incoming webhooks, with large, slow and endless bodies."""

from __future__ import annotations

import selectors
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random
from time import monotonic
from typing import Any

from netchat.accounts.tokens import hash_token
from netchat.admission.connections import MAX_HTTP
from netchat.doors.web.hooks import MAX_BODY
from netchat.doors.web.http_connection import HEADER_TIMEOUT
from netchat.state.changes import CONSOLE, Change, SetWebhook
from netchat.state.records import Webhook
from tests.support.journals import NOW, ManualClock, append, close, make_journal
from tests.torture.attacks.attack_runner import Controller
from tests.torture.attacks.attacked_server import AttackedServer, Size
from tests.torture.attacks.raw_connection import RawConnection
from tests.torture.figures import Figure, at_least, at_most, exactly, reported

TOKEN, WRONG = "a-token-that-is-right", "a-token-that-is-wrong"
MEMORY = 24.0
"""MiB that the server may need in addition, beside the bodies of all HTTP connections."""
PER_SECOND = 300.0
"""New connections a second, of all kinds but the slow ones."""
ENDLESS = 61_000_000
_HEAD = f"POST /hook/{WRONG} HTTP/1.1\r\nHost: localhost\r\n"
_SMALL = f"{_HEAD}Content-Length: 2\r\n\r\nhi"
_LARGE = f"{_HEAD}Content-Length: {MAX_BODY}\r\n\r\n" + "x" * MAX_BODY
REQUESTS: dict[str, tuple[str, int, bytes]] = {
    "wrong tokens": (_SMALL * 20, 20, b"HTTP/1.1 404"),
    "wrong tokens with 64 KiB": (_LARGE * 2, 2, b"HTTP/1.1 404"),
    "an endless body": (
        f"{_HEAD}Content-Length: {ENDLESS}\r\n\r\n" + "x" * (1 << 18), 1, b"HTTP/1.1 413",
    ),
    "a body in endless chunks": (
        f"{_HEAD}Transfer-Encoding: chunked\r\n\r\n" + "4000\r\n" + "x" * 0x4000, 1,
        b"HTTP/1.1 413",
    ),
}  # fmt: skip
"""What is sent over a connection of each kind, and how many answers it gets, beginning so."""


def run(  # noqa: PLR0913 - each has a name
    directory: Path, rng: Random, *, each: int, slow: int, seconds: float, slack: float, size: Size
) -> list[Figure]:
    """Let `each` connections of each kind come again and again, and `slow` send a body slowly.

    A program with the right token must be answered within `slack` seconds meanwhile.
    """
    _add_webhook(directory / "data")
    with AttackedServer(directory, rng) as target:
        target.measure_baseline(size.baseline)
        with target.start_attack(
            attack, port=target.port, each=each, slow=slow, seconds=seconds
        ) as process:
            result = target.wait_for_end(process, seconds + HEADER_TIMEOUT + slack)
        bodies = MAX_HTTP * MAX_BODY / (1 << 20)
        return [
            reported("connections made", result["made"]),
            *(at_least(f"{kind}: refused", 1, result["right"].get(kind, 0)) for kind in REQUESTS),
            exactly("answers that were no refusal", {}, result["wrong"]),
            exactly("slow bodies: closed", slow, result["slow"]),
            at_most("slow bodies: the last one closed after", HEADER_TIMEOUT + slack,
                    result["slow time"], "s"),
            at_least("lines said with the right token meanwhile", 1, len(result["said"])),
            at_most("the slowest of them was answered after", slack, max(result["said"]), "s"),
            at_most("additional memory of the server", MEMORY + bodies, target.growth, "MiB"),
            *target.finish(size),
        ]  # fmt: skip


def attack(
    controller: Controller, *, port: int, each: int, slow: int, seconds: float
) -> dict[str, Any]:
    """Send requests for so many seconds, and slow bodies until all of those are closed."""
    begin = monotonic()
    flood = _Flood(port)
    waiting = [kind for kind in REQUESTS for _ in range(each)]
    dripping = [_slow_body(port) for _ in range(slow)]
    said: list[float] = []
    slow_end = begin
    with flood.selector:
        while monotonic() < begin + seconds or (dripping and monotonic() < begin + seconds + 60):
            if monotonic() < begin + seconds:
                while waiting and flood.made <= (monotonic() - begin) * PER_SECOND:
                    flood.connect(waiting.pop(0))
            waiting += flood.go_on()
            if monotonic() > begin + len(said) and monotonic() < begin + seconds:
                said.append(_say(port, len(said)))
            still = [connection for connection in dripping if _drip(connection)]
            slow_end = slow_end if len(still) == len(dripping) else monotonic()
            dripping = still
        flood.close()
    return {
        "made": flood.made,
        "right": flood.right,
        "wrong": flood.wrong,
        "slow": slow - len(dripping),
        "slow time": slow_end - begin,
        "said": said,
    }


@dataclass(slots=True)
class _Sender:
    """A connection that sends all of its requests, and reads until it is answered or closed."""

    kind: str
    connection: RawConnection
    rest: memoryview
    received: bytes = b""


class _Flood:
    """The connections of all kinds of REQUESTS, and how they were answered."""

    def __init__(self, port: int) -> None:
        self.selector = selectors.DefaultSelector()
        self.made = 0
        self.right: Counter[str] = Counter()
        self.wrong: Counter[str] = Counter()
        self._port = port

    def connect(self, kind: str) -> None:
        """Open a connection that sends what `kind` does."""
        self.made += 1
        connection = RawConnection(self._port)
        connection.socket.setblocking(False)
        sender = _Sender(kind, connection, memoryview(REQUESTS[kind][0].encode()))
        both = selectors.EVENT_READ | selectors.EVENT_WRITE
        self.selector.register(connection.socket, both, sender)

    def go_on(self) -> list[str]:
        """Send and read for a moment; return the kinds of the connections that are done with."""
        over = []
        for key, _ in self.selector.select(0.01):
            if self._is_over(key.data):
                self.selector.unregister(key.fileobj)
                key.data.connection.close()
                over.append(key.data.kind)
            elif not key.data.rest:
                self.selector.modify(key.fileobj, selectors.EVENT_READ, key.data)
        return over

    def close(self) -> None:
        """Close all connections."""
        for key in [*self.selector.get_map().values()]:
            key.data.connection.close()

    def _is_over(self, sender: _Sender) -> bool:
        with suppress(OSError):
            count = sender.connection.socket.send(sender.rest[: 1 << 16])
            sender.rest = sender.rest[count:]
        received = sender.connection.pull()
        if received:
            sender.received += received
        _, answers, start = REQUESTS[sender.kind]
        found = sender.received.count(b"HTTP/1.1 ")
        if received == b"" or found == answers:
            refused = sender.received.count(start)
            self.right[sender.kind] += refused
            if found > refused:
                self.wrong[sender.kind] += found - refused
            return True
        return False


def _slow_body(port: int) -> RawConnection:
    connection = RawConnection(port)
    connection.send(f"{_HEAD}Content-Length: {MAX_BODY}\r\n\r\n".encode())
    connection.socket.setblocking(False)
    return connection


def _drip(connection: RawConnection) -> bool:
    """Send a byte of the body; return whether the server has not closed yet."""
    connection.drip()
    if connection.pull() != b"":
        return True
    connection.close()
    return False


def _say(port: int, number: int) -> float:
    """Say a line with the right token; return the seconds until the answer."""
    begin = monotonic()
    for _ in range(50):  # A server with too many HTTP connections closes one, as browsers know.
        with suppress(OSError):
            connection = RawConnection(port)
            text = f"build {number} is done"
            head = (
                f"POST /hook/{TOKEN} HTTP/1.1\r\nHost: localhost\r\nIdempotency-Key: {number}\r\n"
            )
            connection.send(f"{head}Content-Length: {len(text)}\r\n\r\n{text}".encode())
            answer = connection.line()
            connection.close()
            if answer.startswith(b"HTTP/1.1 200"):
                return monotonic() - begin
    return 1e9


def _add_webhook(directory: Path) -> None:
    journal = make_journal(directory, ManualClock())
    journal.open()
    webhook = Webhook("ci", "builds", hash_token(TOKEN))
    append(journal, Change(SetWebhook(webhook), CONSOLE, NOW))
    close(journal)
