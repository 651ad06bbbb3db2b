"""A server process: started on its core, waited for until it accepts, ended by its own id."""

from __future__ import annotations

import os
import re
import socket
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, sleep

from benchmarks.cores import on_core, server_core

PATIENCE = 20.0
"""Seconds in which a server must accept."""
PAUSE = 0.01
"""Seconds between two looks at a server that is starting."""
HOST = "127.0.0.1"


class ServerError(Exception):
    """The server did not start, in a sentence with the end of its log."""


@dataclass(frozen=True)
class Start:
    """How a server is started. It says its port, as `says` finds it, or has been given `port`."""

    command: tuple[str, ...]
    port: int = 0
    says: str = ""
    env: Mapping[str, str] = field(default_factory=dict)


class Process:
    """A running server; `port` is where it accepts."""

    def __init__(self, start: Start, place: Path) -> None:
        self._log = place / "log"
        # A file, so that nobody has to wake up and read what it logs.
        with self._log.open("wb") as log, on_core(server_core()):
            self._process = subprocess.Popen(  # noqa: S603 - all are ours
                start.command,
                cwd=place,
                env={**os.environ, **start.env},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self.pid = self._process.pid
        try:
            self.port = start.port or int(self._said(start.says))
            self._wait_until_it_accepts()
        except BaseException:
            self.stop()
            raise

    @property
    def died(self) -> str:
        """What it left behind if it has ended by itself, or ""."""
        code = self._process.poll()
        return "" if code is None else f"the server ended with code {code}: {self._last_words()}"

    def stop(self) -> None:
        """End it at once: nothing that it has is needed any more, and some take a second to go."""
        self._process.kill()
        self._process.wait()

    def __enter__(self) -> Process:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _said(self, pattern: str) -> str:
        end = monotonic() + PATIENCE
        while (found := re.search(pattern, self._read_log())) is None:
            self._wait(end, f"says nothing like {pattern!r}")
        return found[1]

    def _wait_until_it_accepts(self) -> None:
        end = monotonic() + PATIENCE
        while True:
            try:
                socket.create_connection((HOST, self.port), PATIENCE).close()
            except OSError:
                self._wait(end, "does not accept")
            else:
                return

    def _wait(self, end: float, what: str) -> None:
        if self.died:
            raise ServerError(self.died)
        if monotonic() > end:
            raise ServerError(f"after {PATIENCE:g} s the server {what}: {self._last_words()}")
        sleep(PAUSE)

    def _read_log(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace")

    def _last_words(self) -> str:
        return " | ".join(self._read_log().splitlines()[-5:])


def free_port() -> int:
    """Return a port that is free now, for a server that cannot be asked which one it took."""
    with socket.create_server((HOST, 0)) as listener:
        port: int = listener.getsockname()[1]
        return port
