"""Floods of frames, slow and idle HTTP connections, and WebSockets that do not read."""

from __future__ import annotations

import selectors
import socket
from collections import Counter
from contextlib import suppress
from pathlib import Path
from random import Random
from time import monotonic
from typing import Any

import msgspec
from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.uri import parse_uri

from netchat.admission.connections import MAX_HTTP
from netchat.doors.web.http_connection import HEADER_TIMEOUT, IDLE_TIMEOUT
from tests.torture.attacks import slow_readers, unread
from tests.torture.attacks.attack_runner import Controller
from tests.torture.attacks.attacked_server import AttackedServer, Size
from tests.torture.figures import Figure, at_most, exactly, reported

MEMORY = 24.0
"""MiB that the server may need in addition, beside what waits for those who do not read."""
LOUD: dict[str, Any] = {"lines": 1_500, "width": 4_000, "rate": 500.0}
"""What is said to the WebSockets that do not read."""
BACKLOG = 256 * 1024
_EMPTY_MASK = bytes(4)
_FLOODS: dict[str, tuple[bytes, bytes, int, int]] = {
    "200,000 empty fragments": (b"\x01\x80", b"\x00\x80", 200_000, 1008),
    "65 fragments": (b"\x01\x81", b"\x00\x81", 64, 1008),
    "100,000 pings": (b"\x89\x80", b"\x89\x80", 100_000, 1008),
    "100,000 pongs": (b"\x8a\x80", b"\x8a\x80", 100_000, 1008),
    "a message of 61 MB": (b"\x81\xff" + (61_000_000).to_bytes(8, "big"), b"", 61_000_000, 1009),
}
"""Kinds of floods: the first header, the header of each of so many that follow, and the status."""
_SLOW = ("half headers", "slow headers")
_REQUEST = b"GET / HTTP/1.1\r\nHost: localhost\r\n"


def run(  # noqa: PLR0913 - each has a name
    directory: Path, rng: Random, *, each: int, idle: int, slack: float, size: Size
) -> list[Figure]:
    """Attack with `each` connections of each kind, and `idle` that have a page and ask no more.

    A limit of time may be exceeded by `slack` seconds.
    """
    options = ("--rate", "0", "--max-backlog", str(BACKLOG), "--stall-timeout", "30")
    with AttackedServer(directory, rng, *options) as target:
        target.measure_baseline(size.baseline)
        with target.start_attack(attack, port=target.port, each=each, idle=idle) as attackers:
            result = target.wait_for_end(attackers, HEADER_TIMEOUT + slack)
        with target.start_attack(listen, port=target.port, clients=each) as readers:
            target.run_until(lambda: "in" in readers.reports, "the logins of slow readers", 20)
            with target.start_attack(unread.speak, port=target.port, name="loud", **LOUD) as loud:
                target.wait_for_end(loud, LOUD["lines"] / LOUD["rate"] + 20)
            readers.go()
            cut_off = target.wait_for_end(readers, 30)
        held = each * BACKLOG / (1 << 20)
        floods = [
            exactly(f"{name}: closed with {code}", {str(code): each}, result["codes"][name])
            for name, (*_, code) in _FLOODS.items()
        ]
        return [
            reported("connections of each kind, idle ones", f"{each}, {idle}"),
            *floods,
            at_most("a flood: the last one closed after", slack, result["floods"], "s"),
            reported("most MB that the kernel took from one that announced 61 MB",
                     f"{result['most'] / 1e6:.1f}"),
            exactly("half and slow headers: closed", len(_SLOW) * each, result["slow"]),
            at_most("half and slow headers: the last one closed after", HEADER_TIMEOUT + slack,
                    result["slow time"], "s"),
            at_most("idle HTTP connections at the same time", MAX_HTTP, result["idle"], "of them"),
            at_most("idle HTTP connections: the last one closed after", IDLE_TIMEOUT + slack,
                    result["idle time"], "s"),
            exactly("a browser gets the page meanwhile", True, result["page"]),
            exactly("WebSockets that do not read: disconnected", each, cut_off),
            at_most("additional memory of the server", MEMORY + held, target.growth, "MiB"),
            *target.finish(size),
        ]  # fmt: skip


class _WebSocket:
    """A WebSocket that logs in, and then sends a flood and reads the answers."""

    def __init__(self, port: int, kind: str, number: int) -> None:
        self.kind = kind
        self.code = 0
        self.sent = 0
        self.closed_at = 0.0
        self.socket = socket.create_connection(("127.0.0.1", port))
        self._frames = handshake(self.socket, f"{kind.rsplit(maxsplit=1)[-1]}{number}")
        first, following, count, _ = _FLOODS[kind]
        one = following + _EMPTY_MASK + b" " * following.endswith(b"\x81") if following else b" "
        self._rest = memoryview(first + _EMPTY_MASK + b" " * first.endswith(b"\x81") + one * count)
        self.socket.setblocking(False)

    def go_on(self) -> bool:
        """Send and read without blocking; return whether the server has not closed yet."""
        try:
            with suppress(BlockingIOError):
                count = self.socket.send(self._rest[: 1 << 16]) if self._rest else 0
                self.sent += count
                self._rest = self._rest[count:]
            data = self.socket.recv(1 << 16)
        except BlockingIOError:
            return True
        except OSError:
            data = b""
        if data:
            self._take(data)
            return True
        self.closed_at = monotonic()
        return False

    @property
    def wants(self) -> int:
        """What a selector must wait for."""
        return selectors.EVENT_READ | (selectors.EVENT_WRITE if self._rest else 0)

    def _take(self, data: bytes) -> None:
        self._frames.receive_data(data)
        for event in self._frames.events_received():
            if isinstance(event, Frame) and event.opcode is Opcode.CLOSE:
                self.code = int.from_bytes(event.data[:2], "big")
                self._rest = memoryview(b"")


def handshake(sock: socket.socket, name: str, **fields: Any) -> ClientProtocol:
    """Open a WebSocket on `sock` and send a hello; return what reads the answers."""
    frames = ClientProtocol(parse_uri("ws://localhost/ws"), max_size=None)
    frames.send_request(frames.connect())
    hello = msgspec.json.encode({"type": "hello", "name": name, "rooms": [], **fields})
    frame = Frame(Opcode.TEXT, hello).serialize(mask=True)
    sock.sendall(b"".join(frames.data_to_send()) + frame)
    return frames


def attack(controller: Controller, *, port: int, each: int, idle: int) -> dict[str, Any]:
    """Let all floods and slow connections go on until the server has closed all of them."""
    begin = monotonic()
    floods = [_WebSocket(port, kind, number) for number in range(each) for kind in _FLOODS]
    _run_floods(floods, begin + 60)
    slow_begin = monotonic()
    slow = {_connected(port, _REQUEST): kind for _ in range(each) for kind in _SLOW}
    idle_connections = [_connected(port, _REQUEST + b"\r\n") for _ in range(idle)]
    idle_begin = monotonic()
    _wait_for_answers(idle_connections)
    # The server closes in its next turn those that give way, so it is given two.
    page = all(_gets_page(controller, port) for _ in range(2))
    at_once = sum(not _is_closed(sock) for sock in idle_connections)
    idle_end = _wait_for_end(controller, dict.fromkeys(idle_connections, ""), idle_begin + 60)
    slow_end = _wait_for_end(controller, slow, slow_begin + 60)
    codes = {kind: Counter(str(each.code) for each in floods if each.kind == kind)
             for kind in _FLOODS}  # fmt: skip
    return {
        "codes": codes,
        "floods": max(each.closed_at or begin + 60 for each in floods) - begin,
        "most": max(each.sent for each in floods if each.kind == "a message of 61 MB"),
        "slow": len(slow),
        "slow time": slow_end - slow_begin,
        "idle": at_once,
        "idle time": idle_end - idle_begin,
        "page": page,
    }


def listen(controller: Controller, *, port: int, clients: int) -> int:
    """Enter the loud room with WebSockets, read nothing until `go`; return how many were closed."""
    sockets = []
    for number in range(clients):
        sock = socket.socket()
        # The server does not count what the kernel holds, so keep that small.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock.connect(("127.0.0.1", port))
        handshake(sock, f"deaf{number}", rooms=[slow_readers.STAGE])
        received = b""
        while b'"entered"' not in received:
            received += sock.recv(4096)
        sockets.append(sock)
    controller.report("in")
    while not controller.wait_for_go(60):
        pass
    return sum(_reads_to_end(sock) for sock in sockets)


def _reads_to_end(sock: socket.socket) -> bool:
    sock.settimeout(5.0)
    try:
        while sock.recv(1 << 20):
            pass
    except TimeoutError:
        return False
    except OSError:
        return True
    return True


def _run_floods(floods: list[_WebSocket], end: float) -> None:
    with selectors.DefaultSelector() as selector:
        for flood in floods:
            selector.register(flood.socket, flood.wants, flood)
        while selector.get_map() and monotonic() < end:
            for key, _ in selector.select(1.0):
                if key.data.go_on():
                    selector.modify(key.fileobj, key.data.wants, key.data)
                else:
                    selector.unregister(key.fileobj)
                    key.data.socket.close()


def _connected(port: int, request: bytes) -> socket.socket:
    sock = socket.create_connection(("127.0.0.1", port))
    sock.setblocking(False)
    sock.send(request)
    return sock


def _wait_for_answers(idle: list[socket.socket]) -> None:
    """Wait until each of `idle` has been answered or closed."""
    with selectors.DefaultSelector() as selector:
        for sock in idle:
            selector.register(sock, selectors.EVENT_READ)
        while selector.get_map() and (ready := selector.select(IDLE_TIMEOUT)):
            for key, _ in ready:
                selector.unregister(key.fileobj)


def _is_closed(sock: socket.socket) -> bool:
    """Read what has arrived; return whether the other end is closed."""
    try:
        while sock.recv(1 << 16):
            pass
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True


def _gets_page(controller: Controller, port: int) -> bool:
    """Return whether a browser gets a page; it tries again, as browsers do."""
    for _ in range(50):
        with socket.create_connection(("127.0.0.1", port), 10) as sock, suppress(OSError):
            sock.sendall(_REQUEST + b"\r\n")
            if sock.recv(12) == b"HTTP/1.1 200":
                return True
        controller.wait_for_go(0.1)
    return False


def _wait_for_end(controller: Controller, waiting: dict[socket.socket, str], end: float) -> float:
    """Wait until all are closed, at most until `end`; return when the last one was.

    Those with slow headers send a byte of one each time.
    """
    left = set(waiting)
    while left and monotonic() < end:
        for sock in list(left):
            if waiting[sock] == "slow headers":
                with suppress(OSError):
                    sock.send(b"x")
            if _is_closed(sock):
                left.discard(sock)
                sock.close()
        controller.wait_for_go(0.2)
    return end if left else monotonic()
