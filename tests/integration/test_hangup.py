"""SIGHUP to a server process: it reads its files again, and disconnects no client."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pexpect
import pytest

from tests.support.certificates import Identity, identity
from tests.support.processes import ANY_PORT, PATIENCE, SCRIPTS, Guest, Server


@contextlib.contextmanager
def tls_guest(server: Server, expected: Identity, name: str) -> Iterator[Guest]:
    """Yield a guest over TLS who trusts only the certificate `expected`."""
    port = int(re.findall(r"Listening on ssl:127.0.0.1:(\d+)", server.log)[0])
    context = ssl.create_default_context(cafile=str(expected.file))
    with (
        socket.create_connection(("127.0.0.1", port), PATIENCE) as plain,
        context.wrap_socket(plain, server_hostname="127.0.0.1") as secure,
        Guest(secure, name) as guest,
    ):
        yield guest


@pytest.mark.parametrize("command", [("twistd", "-n"), ("twist", "--log-format=text")])
def test_new_guests_get_the_new_files_and_connected_guests_stay(
    tmp_path: Path, command: tuple[str, ...]
) -> None:
    motd, door = tmp_path / "motd", tmp_path / "door.pem"
    old, new = identity(tmp_path, "127.0.0.1"), identity(tmp_path, "127.0.0.1")
    motd.write_text("Be kind.", encoding="utf-8")
    listen = ("--listen", ANY_PORT, "--listen", old.put(door))
    with (
        Server(*listen, f"--motd={motd}", cwd=tmp_path, command=command) as server,
        server.guest("Alice") as alice,
        tls_guest(server, old, "Bob") as bob,
    ):
        assert [alice.line(), alice.line()] == ["* Be kind.", "* Bob joined"]
        assert bob.line() == "* Be kind."
        motd.write_text("Be kinder.", encoding="utf-8")
        new.put(door)
        server.process.send_signal(signal.SIGHUP)
        server.wait_for_log("The certificate of ssl:")
        with tls_guest(server, new, "Carol") as carol:
            assert carol.line() == "* Be kinder."
            bob.say("hello")
            assert carol.line() == "Bob: hello"
            assert [alice.line(), alice.line()] == ["* Carol joined", "Bob: hello"]


def test_invalid_new_files_are_logged_and_the_old_ones_stay_in_use(tmp_path: Path) -> None:
    motd, door = tmp_path / "motd", tmp_path / "door.pem"
    old = identity(tmp_path, "127.0.0.1")
    motd.write_text("Be kind.", encoding="utf-8")
    with Server("--listen", old.put(door), f"--motd={motd}", cwd=tmp_path) as server:
        door.write_bytes(b"nonsense")
        motd.unlink()
        server.process.send_signal(signal.SIGHUP)
        assert f"stay as they were: --motd cannot read {motd}" in server.wait_for_log("options")
        assert "keeps its certificate: a file has no key" in server.wait_for_log("certificate")
        with tls_guest(server, old, "Bob") as bob:
            assert bob.line() == "* Be kind."
        assert server.stop() == 0
        assert "Traceback" not in server.log


def test_a_daemon_reads_its_files_again(tmp_path: Path) -> None:
    motd, door = tmp_path / "motd", tmp_path / "door"
    motd.write_text("Be kind.", encoding="utf-8")
    command = ["netchat", f"--listen=unix:{door}", "--data=:memory:", "--motd=motd"]
    subprocess.run([SCRIPTS / "twistd", *command], cwd=tmp_path, check=True, timeout=PATIENCE)
    daemon = os.pidfd_open(int((tmp_path / "twistd.pid").read_text(encoding="ascii")))
    try:
        with _unix_guest(door, "Alice") as alice:
            assert alice.line() == "* Be kind."
            motd.write_text("Be kinder.", encoding="utf-8")
            signal.pidfd_send_signal(daemon, signal.SIGHUP)
            # The server handles the signal between two turns, some time later.
            while _message_of_the_day(door) != "* Be kinder.":
                pass
            alice.say("/names")
            assert alice.read_until(b"* In lobby: Alice")
    finally:
        signal.pidfd_send_signal(daemon, signal.SIGKILL)
        os.close(daemon)


def _unix_guest(door: Path, name: str) -> Guest:
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(str(door))
    return Guest(connection, name)


def _message_of_the_day(door: Path) -> str:
    with _unix_guest(door, "Bob") as bob:
        return bob.line()


def test_a_terminal_that_is_closed_stops_the_server_that_runs_on_it(tmp_path: Path) -> None:
    """Otherwise the server would run on unseen, and keep its port."""
    arguments = ["-n", "--pidfile=", "netchat", f"--listen={ANY_PORT}", "--data=:memory:"]
    server = pexpect.spawn(str(SCRIPTS / "twistd"), arguments, cwd=tmp_path, timeout=PATIENCE)
    server.expect(r"Listening on tcp:127.0.0.1:(\d+)")
    with Guest(socket.create_connection(("127.0.0.1", int(server.match[1])), PATIENCE)) as guest:
        # Not server.close(), which would send signals of its own.
        os.close(server.child_fd)
        assert guest.rest() == "\n! The server is shutting down; come back later.\n"
    assert os.waitpid(server.pid, 0)[1] == 0
