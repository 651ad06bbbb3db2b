"""A server process under a service manager: its notifications, and the sockets it inherits."""

from __future__ import annotations

import os
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from netchat.client.cli.command import main
from tests.support.processes import ANY_PORT, PATIENCE, SCRIPTS, Guest, Server

INHERITING = (
    "import os, sys; os.dup2(int(sys.argv[1]), 3); os.environ['LISTEN_PID'] = str(os.getpid()); "
    "os.execv(sys.argv[2], sys.argv[2:])"
)


@contextmanager
def notifications(path: Path) -> Iterator[socket.socket]:
    """Listen at `path` as a service manager does."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(path))
        manager.settimeout(PATIENCE)
        yield manager


def test_systemd_learns_that_the_server_is_ready_alive_reloading_and_stopping(
    tmp_path: Path,
) -> None:
    with notifications(tmp_path / "notify") as manager:
        where = str(tmp_path / "notify")
        with Server(cwd=tmp_path, NOTIFY_SOCKET=where, WATCHDOG_USEC="60000000") as server:
            assert manager.recv(4096) == b"READY=1\nSTATUS=0 guests in the chat"
            assert manager.recv(4096) == b"WATCHDOG=1"
            server.process.send_signal(signal.SIGHUP)
            assert manager.recv(4096).startswith(b"RELOADING=1\nMONOTONIC_USEC=")
            assert manager.recv(4096) == b"READY=1"
            assert server.stop() == 0
            assert manager.recv(4096).startswith(b"STOPPING=1\n")


def test_a_server_that_cannot_start_is_never_ready(tmp_path: Path) -> None:
    with notifications(tmp_path / "notify") as manager:
        ended = subprocess.run(
            [SCRIPTS / "twistd", "-n", "netchat", "--data", "/dev/null/x", "--listen", ANY_PORT],
            cwd=tmp_path,
            env={**os.environ, "NOTIFY_SOCKET": str(tmp_path / "notify")},
            capture_output=True, check=False,
        )  # fmt: skip
        assert ended.returncode == 1
        manager.setblocking(False)
        with pytest.raises(BlockingIOError):
            manager.recv(4096)


@contextmanager
def activated(
    listening: socket.socket, cwd: Path, *arguments: str, names: str | None = None
) -> Iterator[subprocess.Popen[str]]:
    """Run a server that inherits `listening` as descriptor 3, with LISTEN_FDNAMES if `names`."""
    given = {"LISTEN_FDS": "1", "NETCHAT_DATA": ":memory:"}
    if names is not None:
        given["LISTEN_FDNAMES"] = names
    command = [str(SCRIPTS / "twistd"), "-n", "--pidfile=", "netchat", *arguments]
    number = listening.fileno()
    process = subprocess.Popen(
        [sys.executable, "-c", INHERITING, str(number), *command],
        cwd=cwd, env={**os.environ, **given}, pass_fds=(number,),
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=PATIENCE)


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        ((), "chat"),
        ((), None),
        (("--listen", "systemd:domain=INET:index=0"), None),
        (("--listen", "systemd:domain=INET:name=chat"), "chat"),
    ],
)
def test_a_server_serves_the_socket_that_it_inherits(
    tmp_path: Path, arguments: tuple[str, ...], names: str | None
) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as listening,
        activated(listening, tmp_path, *arguments, names=names),
        Guest(socket.create_connection(listening.getsockname(), PATIENCE), "Alice") as alice,
    ):
        alice.say("/names")
        assert alice.line() == "* In lobby: Alice"


def test_a_server_leaves_the_unix_socket_of_systemd_when_it_stops(tmp_path: Path) -> None:
    door = tmp_path / "door"
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(door))
        listening.listen()
        for name in ("Alice", "Bob"):
            with activated(listening, tmp_path) as process:
                client = socket.socket(socket.AF_UNIX)
                client.settimeout(PATIENCE)
                client.connect(str(door))
                with Guest(client, name) as guest:
                    guest.say("/names")
                    assert guest.line() == f"* In lobby: {name}"
            assert process.returncode == 0
            assert stat.S_ISSOCK(door.stat().st_mode)


@pytest.mark.parametrize(
    ("endpoint", "sentence"),
    [
        ("systemd:domain=INET:name=door", "there is no such inherited socket; give index=0 to 0,"),
        ("systemd:domain=INET6:index=0", "the inherited socket is of another domain; write domain"),
    ],
)
def test_an_inherited_socket_that_does_not_fit_is_refused_in_one_sentence(
    tmp_path: Path, endpoint: str, sentence: str
) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as listening,
        activated(listening, tmp_path, "--listen", endpoint) as process,
    ):
        assert process.stdout is not None
        shown = process.stdout.read()
    assert process.returncode == 1
    assert shown.startswith(f"netchat: cannot listen: {sentence}")
    assert shown.count("\n") == 1


def test_without_inherited_sockets_a_systemd_endpoint_is_refused_in_one_sentence(
    tmp_path: Path,
) -> None:
    ended = subprocess.run(
        [SCRIPTS / "twistd", "-n", "netchat", "--listen", "systemd:domain=INET:index=0"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ended.returncode == 1
    assert ended.stderr == (
        "netchat: cannot listen: no socket was inherited; "
        "start the server through a systemd socket unit\n"
    )


@pytest.mark.parametrize("place", ["command line", "options file", "environment"])
def test_the_health_check_finds_the_server_wherever_it_was_told_to_listen(
    tmp_path: Path, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    listening = tmp_path / "listening"
    monkeypatch.setenv("NETCHAT_LISTENING_FILE", str(listening))
    arguments = ["--listen", ANY_PORT]
    environment = {"NETCHAT_LISTEN": ""}
    if place == "options file":
        (tmp_path / "options.toml").write_text(f'listen = ["{ANY_PORT}"]\n', encoding="utf-8")
        arguments = ["--options-file", str(tmp_path / "options.toml")]
    elif place == "environment":
        arguments, environment = [], {"NETCHAT_LISTEN": ANY_PORT}
    # Another server on this machine may have the default port.
    monkeypatch.setenv("NETCHAT_LISTEN", f"unix:{tmp_path / 'nothing'}")
    assert main(["health"]) == 1
    command = [str(SCRIPTS / "twistd"), "-n", "--pidfile=", "netchat", *arguments]
    with subprocess.Popen(
        command,
        cwd=tmp_path,
        env={**os.environ, **environment, "NETCHAT_DATA": ":memory:"},
        stdout=subprocess.DEVNULL,
    ) as process:
        assert main(["health", "--wait", str(PATIENCE)]) == 0
        process.terminate()
    assert process.returncode == 0
    assert not listening.exists()


def test_a_server_that_cannot_write_where_it_listens_says_so_and_runs(tmp_path: Path) -> None:
    with Server("--listening-file", "/dev/null/listening", cwd=tmp_path) as server:
        server.wait_for_log("/dev/null/listening cannot be written: Not a directory")
        assert main(["health", server.address]) == 0
