"""`twistd netchat` as a daemon: its files, its log and its end. Nothing here sleeps."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.processes import PATIENCE, SCRIPTS, Guest

if TYPE_CHECKING:
    from collections.abc import Sequence


class Daemon:
    """A daemon in `cwd` that listens at the unix socket `door` there; `runner` is for twistd."""

    def __init__(self, cwd: Path, *arguments: str, runner: Sequence[str] = ()) -> None:
        self.cwd = cwd
        self.log_file = cwd / "twistd.log"
        command = [str(SCRIPTS / "twistd"), *runner, "netchat", "--listen=unix:door", *arguments]
        self.started = subprocess.run(
            [*command, f"--data={cwd / 'data'}"],
            cwd=cwd, capture_output=True, text=True, check=False, timeout=PATIENCE,
        )  # fmt: skip
        assert self.started.returncode == 0, self.started.stderr
        self.pid = int((cwd / "twistd.pid").read_text(encoding="ascii"))
        self._process = os.pidfd_open(self.pid)

    @property
    def log(self) -> str:
        """The log file so far."""
        return self.log_file.read_text(encoding="utf-8") if self.log_file.exists() else ""

    def wait_for_log(self, words: str) -> None:
        """Wait until the log file has `words`."""
        while words not in self.log:
            assert not self._has_ended(0.01), f"the daemon ended without {words!r}:\n{self.log}"

    def guest(self, name: str = "") -> Guest:
        """Return a guest at the unix socket."""
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(str(self.cwd / "door"))
        return Guest(connection, name)

    def send(self, number: int) -> None:
        """Send a signal."""
        signal.pidfd_send_signal(self._process, number)

    def stop(self, number: int = signal.SIGTERM) -> None:
        """Send a signal, and wait until the process is gone."""
        self.send(number)
        assert self._has_ended(PATIENCE)

    def __enter__(self) -> Daemon:
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(ProcessLookupError):
            self.stop(signal.SIGKILL)
        os.close(self._process)

    def _has_ended(self, seconds: float) -> bool:
        return bool(select.select([self._process], [], [], seconds)[0])
