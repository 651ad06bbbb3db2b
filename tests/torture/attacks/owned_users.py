"""Owners who come in while others guess: with a key, a known device, and from a new address."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from time import monotonic
from typing import Any
from uuid import UUID

from tests.support.proofs import Key
from tests.torture.attacks.attack_runner import Controller
from tests.torture.attacks.raw_connection import RawConnection

KEYED, KNOWN, STRANGE = "Keyed", "Known", "Strange"
"""Owned names: by a key; by a password, from a known device; by a password, from anywhere."""
DEVICE = str(UUID(int=7, version=4))
PASSWORD = "a-word-that-its-owner-knows"
PAUSE = 0.5
"""Seconds between two logins of an owner with a key, or with a known device."""
NEVER = 1e9
"""The time of a login that was refused."""
_ADDRESSES = {KEYED: "192.0.2.11", KNOWN: "192.0.2.12", STRANGE: "192.0.2.13"}


def come(controller: Controller, *, port: int, seconds: float) -> dict[str, Any]:
    """Log in again and again; with nothing but a password after half of the time and at the end.

    Returned are the seconds that the logins took, by name.
    """
    begin = monotonic()
    taken: dict[str, list[float]] = {KEYED: [], KNOWN: []}
    with ThreadPoolExecutor(1) as pool:
        due = [begin + seconds / 2, begin + seconds]
        strange: list[Future[float]] = []
        while due or not all(login.done() for login in strange):
            for name, times in taken.items():
                times.append(log_in(port, name))
            if due and monotonic() >= due[0]:
                del due[0]
                strange.append(pool.submit(log_in, port, STRANGE))
            controller.wait_for_go(PAUSE)
        return {**taken, STRANGE: [login.result() for login in strange]}


def log_in(port: int, name: str) -> float:
    """Log in as the owner of `name`, and leave; return the seconds that it took, or NEVER."""
    begin = monotonic()
    connection = RawConnection(port)
    connection.send(f"PROXY TCP4 {_ADDRESSES[name]} 192.0.2.1 40000 5001\r\n".encode())
    client = {"client": DEVICE} if name == KNOWN else {}
    asked = connection.hello(name, "error", "closing", rooms=[], **client)
    if name == KEYED:
        connection.ask(type="auth", **Key().proof(asked["challenge"]))
    else:
        connection.ask(type="auth", method="password", password=PASSWORD)
    answer = connection.event("welcome", "error", "closing")
    took = monotonic() - begin
    connection.close()
    return took if answer.get("account") else NEVER
