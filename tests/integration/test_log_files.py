"""The log of a real server: rotated by others or by itself, and signals that must not kill it."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from netchat.server.signals import IGNORED
from tests.support.daemons import Daemon
from tests.support.needs import needs
from tests.support.processes import ANY_PORT, PATIENCE, SCRIPTS, Server

LOGROTATE = shutil.which("logrotate") or ""


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGUSR1])
@pytest.mark.parametrize("form", ["text", "json"])
def test_a_signal_has_the_log_file_opened_again(tmp_path: Path, form: str, number: int) -> None:
    with Daemon(tmp_path, f"--log-format={form}") as daemon:
        old = daemon.log_file.rename(tmp_path / "twistd.log.1")
        daemon.send(number)
        while not daemon.log_file.exists():
            pass
        with daemon.guest("Alice"):
            daemon.wait_for_log("Alice")
        daemon.stop()
        assert "Alice" not in old.read_text(encoding="utf-8")
        lines = daemon.log.splitlines()
        assert "Server Shut Down." in lines[-1]
        assert form == "text" or all(json.loads(line) for line in lines)


@needs("logrotate")
@pytest.mark.parametrize("how", ["create 600", "copytruncate"])
def test_no_line_is_lost_when_logrotate_runs_again_and_again(tmp_path: Path, how: str) -> None:
    config, state = tmp_path / "logrotate.conf", tmp_path / "state"
    with Daemon(tmp_path, "--log-files=0") as daemon:
        config.write_text(
            f"{daemon.log_file} {{\n rotate 9\n {how}\n postrotate\n  kill -HUP {daemon.pid}\n"
            " endscript\n}\n",
            encoding="utf-8",
        )
        config.chmod(0o600)
        for number in range(3):
            with daemon.guest(f"Guest{number}"):
                daemon.wait_for_log(f"connected  [ Guest{number} ]")
            daemon.wait_for_log(f"offline  [ Guest{number} ]")
            command = [LOGROTATE, "--force", "--state", str(state), str(config)]
            subprocess.run(command, check=True, timeout=PATIENCE)
            daemon.wait_for_log("have been read again")
        daemon.stop()
        files = [Path(f"{daemon.log_file}.{number}") for number in (3, 2, 1)]
        logged = [file.read_text(encoding="utf-8") for file in [*files, daemon.log_file]]
    for number in range(3):
        assert f"connected  [ Guest{number} ]" in logged[number]
        assert f"offline  [ Guest{number} ]" in logged[number]
    assert "Server Shut Down." in logged[3]
    assert not any("\0" in text for text in logged)


def test_twist_opens_its_log_file_again(tmp_path: Path) -> None:
    file = tmp_path / "log"
    options = ["netchat", "--data=:memory:", f"--listen={ANY_PORT}"]
    command = [str(SCRIPTS / "twist"), "--log-format=text", "--log-file", str(file), *options]
    with subprocess.Popen(command, cwd=tmp_path) as twist:
        try:
            wait_for(file, "SERVER WORKING", twist)
            old = file.rename(tmp_path / "log.1")
            twist.send_signal(signal.SIGHUP)
            wait_for(file, "have been read again", twist)
            twist.terminate()
            assert twist.wait(PATIENCE) == 0
        finally:
            twist.kill()
    assert "have been read again" not in old.read_text(encoding="utf-8")


def wait_for(file: Path, words: str, process: subprocess.Popen[bytes]) -> None:
    """Wait until `file`, which `process` writes, has `words`."""
    while not file.exists() or words not in file.read_text(encoding="utf-8"):
        assert process.poll() is None


def test_signals_without_a_meaning_do_not_kill_the_server(tmp_path: Path) -> None:
    with Server(cwd=tmp_path) as server, server.guest("Alice") as alice:
        for number in (*IGNORED, signal.SIGPIPE, signal.SIGUSR1):
            server.process.send_signal(number)
            alice.say("/names")
            assert alice.line() == "* In lobby: Alice"


def test_the_server_stops_in_order_when_it_is_told_to_quit(tmp_path: Path) -> None:
    with Server(cwd=tmp_path) as server, server.guest("Alice") as alice:
        assert server.stop(signal.SIGQUIT) == 0
        assert alice.rest() == "! The server is shutting down; come back later.\n"


def test_a_log_file_that_cannot_be_opened_is_refused_in_one_sentence(tmp_path: Path) -> None:
    ended = subprocess.run(
        [SCRIPTS / "twistd", "--logfile=no/log", "netchat", f"--listen={ANY_PORT}"],
        cwd=tmp_path, capture_output=True, text=True, check=False, timeout=PATIENCE,
    )  # fmt: skip
    assert ended.returncode == 1
    assert ended.stderr == (
        "netchat: the log file no/log cannot be opened: No such file or directory; give another "
        "--logfile\n"
    )
