"""A server that was killed never blocks the next one: its socket, its pid file and its lock."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
from pathlib import Path

import pytest

from tests.support.daemons import Daemon
from tests.support.needs import needs
from tests.support.processes import PATIENCE, SCRIPTS, Guest, Server


def refusal(cwd: Path, *arguments: str) -> str:
    """Return what twistd says when it refuses to start a daemon."""
    ended = subprocess.run(
        [SCRIPTS / "twistd", "netchat", *arguments],
        cwd=cwd, capture_output=True, text=True, check=False, timeout=PATIENCE,
    )  # fmt: skip
    assert ended.returncode == 1
    assert ended.stdout == ""
    return ended.stderr


@pytest.mark.parametrize(
    "content",
    [None, "", "1", str(os.getpid())],
    ids=["as it was", "empty", "process 1", "another process"],
)
def test_a_daemon_starts_after_a_kill_whatever_the_pid_file_says(
    tmp_path: Path, content: str | None
) -> None:
    with Daemon(tmp_path) as daemon:
        daemon.stop(signal.SIGKILL)
        if content is not None:
            (tmp_path / "twistd.pid").write_text(content, encoding="ascii")
    with Daemon(tmp_path) as daemon, daemon.guest("Alice"):
        daemon.stop()
        assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "twistd.log"]


@pytest.mark.parametrize("written", [True, False])
def test_a_daemon_that_runs_is_not_started_again_in_its_directory(
    tmp_path: Path, written: bool
) -> None:
    with Daemon(tmp_path) as daemon:
        file = tmp_path / "twistd.pid"
        if not written:
            os.truncate(file, 0)
        who = f"process {daemon.pid}" if written else "another server"
        assert refusal(tmp_path, "--listen=unix:no/door") == (
            f"netchat: {who} runs with the pid file {file}; stop it first, or give another "
            "--pidfile\n"
        )


@needs("root", "unshare")
def test_a_server_that_is_process_1_comes_back_after_a_kill(tmp_path: Path) -> None:
    """Each container has a process 1, so the id in a lock is that of the next server too."""
    unshare = shutil.which("unshare") or ""
    twistd = (unshare, "--pid", "--fork", "--kill-child", str(SCRIPTS / "twistd"), "-n")
    door = tmp_path / "door"
    for _ in range(2):
        with Server("--listen", f"unix:{door}", cwd=tmp_path, command=twistd) as server:
            assert (tmp_path / "twistd.pid").read_text(encoding="ascii") == "1"
            connection = socket.socket(socket.AF_UNIX)
            connection.connect(str(door))
            with Guest(connection, "Alice") as alice:
                server.process.kill()
                assert alice.rest() == ""
    assert door.is_socket()
