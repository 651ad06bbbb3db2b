"""A second server on the same directory is refused with a sentence, and the first is unharmed."""

from __future__ import annotations

import os
import subprocess
from itertools import count
from pathlib import Path
from random import Random
from uuid import UUID

from tests.support.processes import ANY_PORT, PATIENCE, SCRIPTS
from tests.torture.checked_clients import Guest, Ledger
from tests.torture.event_loop import Company
from tests.torture.figures import Figure, exactly, none_of, told
from tests.torture.server_process import Machine, stored


def run(place: Path, dice: Random, *, tries: int, lines: int) -> list[Figure]:
    """Start a second server `tries` times while guests speak, at least `lines` lines each time."""
    ledger = Ledger()
    ends = []
    with Company() as company:
        with Machine(cwd=place) as server:
            guests = [_guest(company, ledger, dice, number) for number in range(4)]
            for guest in guests:
                guest.come(server.port)
            for _ in range(tries):
                most = len(ledger.seen) + lines
                ends.append(_second(company, place))
                company.attend(lambda most=most: len(ledger.seen) >= most, "lines")  # type: ignore[misc]
            dropped = [guest.name for guest in guests if not guest.online]
            for guest in guests:
                guest.finish()
            company.attend(lambda: not any(g.waiting for g in guests), "all acknowledged")
            code = server.stop()
        with Machine(cwd=place) as server:
            rows = stored(place)
            server.stop()
    sentences = {said for _, said in ends}
    return [
        told("tries, lines", f"{tries}, {len(rows)}"),
        exactly("second servers with an exit code of 0", 0, sum(code == 0 for code, _ in ends)),
        exactly("lines of what they say", {1}, {said.count("\n") for said in sentences}),
        exactly("they name the directory", True, all(str(place / "data") in s for s in sentences)),
        told("what they say",
             " / ".join(sorted(s.strip() for s in sentences)).replace(str(place), "...")),
        exactly("guests of the first who were dropped", [], dropped),
        exactly("exit code of the first", 0, code),
        *none_of(ledger.compare(rows)),
    ]  # fmt: skip


def _second(company: Company, place: Path) -> tuple[int, str]:
    """Return the exit code of a second server, and what it says."""
    second = subprocess.Popen(
        [SCRIPTS / "twistd", "--nodaemon", "--pidfile=", "netchat", "--listen", ANY_PORT],
        cwd=place,
        env={**os.environ, "NETCHAT_DATA": str(place / "data")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    with second:
        try:
            company.attend(lambda: second.poll() is not None, "the second server's end", PATIENCE)
        finally:
            second.kill()
        assert second.stderr is not None
        return second.returncode, second.stderr.read()


def _guest(company: Company, ledger: Ledger, dice: Random, number: int) -> Guest:
    client = str(UUID(int=dice.getrandbits(128), version=4))
    texts = (f"{number} says {i}" for i in count())
    return Guest(company, ledger, f"guest{number}", client=client, lines=texts)
