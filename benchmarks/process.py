"""A server process: started on its core, ready when it accepts, ended by its id."""

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
"""Seconds within which a server must accept connections."""
PAUSE = 0.01
"""Seconds between two checks of a server that is starting."""
HOST = "127.0.0.1"


class ServerError(Exception):
    """The server did not start; the message is a sentence with the end of its log."""


@dataclass(frozen=True)
class Start:
    """The command of a server. Its port is `port`, or what the pattern `says` finds in its log."""

    command: tuple[str, ...]
    port: int = 0
    says: str = ""
    env: Mapping[str, str] = field(default_factory=dict)


class Process:
    """A running server; it listens on `port`."""

    def __init__(self, start: Start, directory: Path) -> None:
        self._log = directory / "log"
        # The log is a file, so that no process has to read a pipe during the measurement.
        with self._log.open("wb") as log, on_core(server_core()):
            self._process = subprocess.Popen(  # noqa: S603 - all are ours
                start.command,
                cwd=directory,
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
        """If the server has ended, its exit code and the end of its log; else ""."""
        code = self._process.poll()
        return "" if code is None else f"the server ended with code {code}: {self._end_of_log()}"

    def stop(self) -> None:
        """Kill the server: nothing of it is needed, and a clean stop can take a second."""
        self._process.kill()
        self._process.wait()

    def __enter__(self) -> Process:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _said(self, pattern: str) -> str:
        end = monotonic() + PATIENCE
        while (found := re.search(pattern, self._read_log())) is None:
            self._wait(end, f"logs nothing like {pattern!r}")
        return found[1]

    def _wait_until_it_accepts(self) -> None:
        end = monotonic() + PATIENCE
        while True:
            try:
                socket.create_connection((HOST, self.port), PATIENCE).close()
            except OSError:
                self._wait(end, "does not accept connections")
            else:
                return

    def _wait(self, end: float, what: str) -> None:
        if self.died:
            raise ServerError(self.died)
        if monotonic() > end:
            raise ServerError(f"after {PATIENCE:g} s the server {what}: {self._end_of_log()}")
        sleep(PAUSE)

    def _read_log(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace")

    def _end_of_log(self) -> str:
        return " | ".join(self._read_log().splitlines()[-5:])


def free_port() -> int:
    """Return a port that is free now, for a server that cannot report the port it chose."""
    with socket.create_server((HOST, 0)) as listener:
        port: int = listener.getsockname()[1]
        return port
