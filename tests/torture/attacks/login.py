"""A thousand connections send nothing, or a byte now and then; a client with a name gets in."""

from __future__ import annotations

import selectors
from pathlib import Path
from random import Random
from time import monotonic
from typing import Any

from tests.torture.attacks.attack_runner import Controller
from tests.torture.attacks.attacked_server import AttackedServer, Size
from tests.torture.attacks.raw_connection import PROMPT, RawConnection
from tests.torture.event_loop import BufferedSocket, connect
from tests.torture.figures import Figure, at_most, exactly, reported

NAMELESS = 128
"""Connections without a name that are served at once: the server's default."""
DRIP = 1.0
"""Seconds between two bytes of a connection that is not silent."""


def run(  # noqa: PLR0913 - each has a name
    directory: Path,
    rng: Random,
    *,
    silent: int,
    drip: bool,
    timeout: float,
    late: float,
    entry: float,
    size: Size,
) -> list[Figure]:
    """Open `silent` connections; meanwhile clients with a name must get in within `entry` seconds.

    With `drip`, every second connection sends a byte a second. Each connection is closed after the
    `timeout`, at most `late` seconds later.
    """
    with AttackedServer(directory, rng, "--login-timeout", str(timeout)) as target:
        target.measure_baseline(size.baseline)
        more: dict[str, Any] = {"silent": silent, "drip": drip, "patience": timeout + late + 10}
        with target.start_attack(attack, port=target.port, **more) as process:
            entries: list[float] = []
            most = refused = 0
            while not process.over:
                took, welcome = _enter(target, f"guest{len(entries)}")
                entries.append(took)
                refused += not welcome
                most = max(most, target.server.descriptors - target.descriptors_before)
                target.run_for(0.2)
        result = process.result
        return [
            reported("connections that give no name", silent),
            exactly("closed in the end", silent, result["closed"]),
            reported("of them open at once, as sockets", most),
            at_most("of them served at once", NAMELESS, result["asked"], "connections"),
            at_most("the longest was open for", timeout + late, result["longest"], "s"),
            reported("what they were told", result["words"]),
            reported("clients with a name meanwhile", len(entries)),
            exactly("of them refused", 0, refused),
            at_most("the slowest of them got in after", 1000 * entry, 1000 * max(entries), "ms"),
            reported("additional memory of the server", f"{target.growth:.1f} MiB"),
            *target.finish(size),
        ]


def _enter(target: AttackedServer, name: str) -> tuple[float, bool]:
    """Log in; return the seconds until the answer, and whether the login succeeded."""
    received = bytearray()
    begin = monotonic()
    connection: BufferedSocket = connect(
        target.loop, target.port, received.extend, lambda: received.extend(b"\n(end)")
    )
    connection.send(name.encode() + b"\n")
    took = target.run_until(
        lambda: b"Welcome" in received or b"(end)" in received, f"the login of {name}", 30
    )
    connection.close()
    return max(took, monotonic() - begin), b"Welcome" in received


def attack(_: Controller, *, port: int, silent: int, drip: bool, patience: float) -> dict[str, Any]:
    """Open the connections; with `drip`, every second one sends bytes without a line end."""
    begin = monotonic()
    came: dict[RawConnection, float] = {}
    longest = 0.0
    closed = asked = most = 0
    words: dict[str, int] = {}
    received: dict[RawConnection, bytes] = {}
    next_drip = begin + DRIP if drip else begin + patience
    with selectors.DefaultSelector() as selector:
        for _number in range(silent):
            connection = RawConnection(port)
            connection.socket.setblocking(False)
            came[connection], received[connection] = monotonic(), b""
            selector.register(connection.socket, selectors.EVENT_READ, connection)
        while selector.get_map() and monotonic() < begin + patience:
            for key, _mask in selector.select(0.2):
                connection = key.data
                while data := connection.pull():
                    asked += not received[connection] and data.startswith(PROMPT)
                    received[connection] += data
                if data is not None:
                    closed += 1
                    selector.unregister(connection.socket)
                    connection.close()
                    asked -= received[connection].startswith(PROMPT)
                    longest = max(longest, monotonic() - came.pop(connection))
                    word = received[connection].removeprefix(PROMPT).decode().strip() or "nothing"
                    words[word] = words.get(word, 0) + 1
            # Counted after the round: a close that made room for a prompt may be read after it.
            most = max(most, asked)
            if monotonic() > next_drip:
                next_drip += DRIP
                for connection in list(came)[::2]:
                    connection.drip()
    return {"closed": closed, "longest": longest, "words": words, "asked": most}
