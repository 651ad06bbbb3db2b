"""A second server on the same directory is refused with a sentence; the first one goes on."""

from __future__ import annotations

import os
import subprocess
from itertools import count
from pathlib import Path
from random import Random
from uuid import UUID

from tests.support.processes import ANY_PORT, PATIENCE, SCRIPTS
from tests.torture.checked_clients import CheckedClient, Ledger
from tests.torture.event_loop import EventLoop
from tests.torture.figures import Figure, all_zero, exactly, reported
from tests.torture.server_process import ServerProcess, stored


def run(directory: Path, rng: Random, *, tries: int, lines: int) -> list[Figure]:
    """Start a second server `tries` times while clients say `lines` lines or more each time."""
    ledger = Ledger()
    ends = []
    with EventLoop() as loop:
        with ServerProcess(cwd=directory) as server:
            clients = [_client(loop, ledger, rng, number) for number in range(4)]
            for client in clients:
                client.log_in(server.port)
            for _ in range(tries):
                most = len(ledger.seen) + lines
                ends.append(_second(loop, directory))
                loop.run_until(lambda most=most: len(ledger.seen) >= most, "more lines")  # type: ignore[misc]
            disconnected = [client.name for client in clients if not client.online]
            for client in clients:
                client.finish()
            loop.run_until(
                lambda: not any(g.waiting for g in clients), "all lines are acknowledged"
            )
            code = server.stop()
        with ServerProcess(cwd=directory) as server:
            rows = stored(directory)
            server.stop()
    sentences = {said for _, said in ends}
    return [
        reported("tries, lines", f"{tries}, {len(rows)}"),
        exactly("second servers with an exit code of 0", 0, sum(code == 0 for code, _ in ends)),
        exactly("lines of their message", {1}, {said.count("\n") for said in sentences}),
        exactly("their message names the directory", True,
                all(str(directory / "data") in s for s in sentences)),
        reported("their message",
                 " / ".join(sorted(s.strip() for s in sentences)).replace(str(directory), "...")),
        exactly("clients disconnected from the first server", [], disconnected),
        exactly("exit code of the first server", 0, code),
        *all_zero(ledger.compare(rows)),
    ]  # fmt: skip


def _second(loop: EventLoop, directory: Path) -> tuple[int, str]:
    """Run a second server; return its exit code and its message."""
    second = subprocess.Popen(
        [SCRIPTS / "twistd", "--nodaemon", "--pidfile=", "netchat", "--listen", ANY_PORT],
        cwd=directory,
        env={**os.environ, "NETCHAT_DATA": str(directory / "data")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    with second:
        try:
            loop.run_until(
                lambda: second.poll() is not None, "the end of the second server", PATIENCE
            )
        finally:
            second.kill()
        assert second.stderr is not None
        return second.returncode, second.stderr.read()


def _client(loop: EventLoop, ledger: Ledger, rng: Random, number: int) -> CheckedClient:
    client = str(UUID(int=rng.getrandbits(128), version=4))
    texts = (f"{number} says {i}" for i in count())
    return CheckedClient(loop, ledger, f"guest{number}", client=client, lines=texts)
