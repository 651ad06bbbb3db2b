"""Many connections from one address guess the password; a user at that address still gets in."""

from __future__ import annotations

import re
import selectors
import signal
from pathlib import Path
from random import Random
from time import monotonic
from typing import Any

from tests.support.processes import ANY_PORT
from tests.torture.attacks.address import PROXY
from tests.torture.attacks.attack_runner import Controller
from tests.torture.attacks.attacked_server import AttackedServer, Size
from tests.torture.attacks.raw_connection import RawConnection
from tests.torture.figures import Figure, at_least, at_most, exactly

DELAY = 1.0
"""Seconds that the server waits before it answers a wrong password."""
PASSWORD, GUESS = "a-word-that-is-hard-to-guess", "a-word-that-is-wrong"
HEADER = b"PROXY TCP4 203.0.113.7 192.0.2.1 40000 5001\r\n"
LINE = "Client (203.0.113.7, 40000) says a wrong password"


def run(  # noqa: PLR0913 - each has a name
    directory: Path, rng: Random, *, connections: int, seconds: float, late: float, size: Size
) -> list[Figure]:
    """Let `connections` guess for so many seconds.

    A user with the right password gets in after them, and at most `late` seconds later.
    """
    options, password = directory / "options", directory / "password"
    options.touch()
    password.write_text(f"{PASSWORD}\n", encoding="ascii")
    listen = ("--listen", ANY_PORT, "--listen", PROXY)
    with AttackedServer(directory, rng, "--options-file", str(options), *listen) as target:
        target.measure_baseline(size.baseline)
        # The other users have no password, so they log in before it is set.
        options.write_text(f'password-file = "{password}"\n', encoding="utf-8")
        target.server.process.send_signal(signal.SIGHUP)
        target.run_until(lambda: "have been read again" in target.server.log, "the reload", 10)
        (port,) = re.findall(r"Listening on haproxy:.*:(\d+)", target.server.log)
        with target.start_attack(
            attack, port=int(port), connections=connections, seconds=seconds
        ) as process:
            result = target.wait_for_end(process, seconds + (connections + 1) * DELAY + 30)
        figures = target.finish(size)
        target.server.stop()
        log = target.server.log
    most = DELAY * (connections + 1) + late
    return [
        at_least("wrong passwords answered", 1, result["answers"]),
        at_most(
            "wrong passwords answered a second",
            1 / DELAY,
            result["answers"] / result["took"],
            "passwords",
        ),
        exactly("attempts ended by the login timeout", 0, result["timeouts"]),
        at_most("a user with the right password got in after", most, result["entry"], "s"),
        at_least("wrong passwords logged", result["answers"], log.count(LINE)),
        exactly("passwords in the log, as text", 0, log.count(GUESS) + log.count(PASSWORD)),
        *figures,
    ]


def attack(_: Controller, *, port: int, connections: int, seconds: float) -> dict[str, Any]:
    """Guess over all connections; after half of the time, log in with the right password."""
    begin = monotonic()
    client: RawConnection | None = None
    came = entry = 0.0
    answers = timeouts = 0
    with selectors.DefaultSelector() as selector:
        for _number in range(connections):
            _open(selector, port)
        while not entry or monotonic() < begin + seconds:
            if client is None and monotonic() > begin + seconds / 2:
                client, came = _open(selector, port, PASSWORD), monotonic()
            for key, _mask in selector.select(0.05):
                connection, received = key.data, key.data.take()
                if connection is client:
                    assert b'"welcome"' in received, received
                    entry = monotonic() - came
                    selector.unregister(key.fileobj)
                    continue
                answers += received.count(b'"error"')
                timeouts += received.count(b'"login-timeout"')
                if received and b'"closing"' not in received:
                    _guess(connection, GUESS)
                else:
                    selector.unregister(key.fileobj)
                    connection.close()
                    _open(selector, port)
    return {
        "answers": answers,
        "timeouts": timeouts,
        "entry": entry,
        "took": monotonic() - begin,
    }


def _open(selector: selectors.BaseSelector, port: int, password: str = GUESS) -> RawConnection:
    connection = RawConnection(port)
    connection.send(HEADER)
    _guess(connection, password)
    selector.register(connection.socket, selectors.EVENT_READ, connection)
    return connection


def _guess(connection: RawConnection, password: str) -> None:
    connection.try_ask(type="hello", name="somebody", rooms=[], password=password)
