"""The server as a process: signals, the daemon, real sockets and errors at start."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.processes import ANY_PORT, PATIENCE, SCRIPTS, Guest, Server


def test_the_log_has_a_line_when_a_guest_connects_and_when_they_leave(tmp_path: Path) -> None:
    with Server(cwd=tmp_path) as server:
        with server.guest("Bob") as bob:
            connected = server.wait_for_log("connected")
            bob.say("/nick Robert")
            assert bob.line() == "* Bob is now Robert"
        offline = server.wait_for_log("offline")
        port = bob.address[1]
        assert connected.rstrip().endswith(f" Client (127.0.0.1, {port}) connected  [ Bob ]")
        assert offline.rstrip().endswith(f" Client (127.0.0.1, {port}) is offline  [ Robert ]")
        assert server.stop() == 0
        assert "Traceback" not in server.log


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("command", [("twistd", "-n"), ("twist", "--log-format=text")])
def test_at_a_signal_the_server_delivers_accepted_lines_says_why_and_exits_with_0(
    tmp_path: Path, number: int, command: tuple[str, ...]
) -> None:
    with (
        Server(cwd=tmp_path, command=command) as server,
        server.guest("Alice") as alice,
        server.guest("Bob") as bob,
        server.guest() as nameless,
    ):
        alice.say("last words")
        assert bob.line() == "Alice: last words"
        assert server.stop(number) == 0
        for guest in (alice, bob, nameless):
            assert guest.rest().endswith("! The server is shutting down; come back later.\n")
        assert "Traceback" not in server.log
        assert not (tmp_path / "twistd.pid").exists()


def test_a_signal_before_the_reactor_runs_does_not_kill_the_server(tmp_path: Path) -> None:
    program = (
        "import signal; from netchat.server.options import Options;"
        "from netchat.tap import makeService;"
        "options = Options();"
        f"options.parseOptions(['--listen', {ANY_PORT!r}, '--data', ':memory:']);"
        "makeService(options); signal.raise_signal(signal.SIGTERM); print('alive')"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    assert (ran.returncode, ran.stdout) == (0, "alive\n"), ran.stderr


def test_a_second_signal_does_not_interrupt_the_shutdown(tmp_path: Path) -> None:
    with Server(cwd=tmp_path) as server, server.guest("Alice") as alice:
        server.process.send_signal(signal.SIGTERM)
        assert alice.rest() == "! The server is shutting down; come back later.\n"
        while server.process.poll() is None:
            server.process.send_signal(signal.SIGTERM)
        assert server.stop() == 0


def test_a_guest_who_does_not_read_does_not_delay_the_shutdown(tmp_path: Path) -> None:
    with (
        Server("--max-backlog", "0", cwd=tmp_path) as server,
        server.guest("Stalled"),
        server.guest("Alice") as alice,
        server.guest("Bob") as bob,
    ):
        alice.line = lambda: alice.read_until(b"\n").decode()[:20]  # type: ignore[method-assign]
        for number in range(4000):
            alice.say(f"{number} " + "x" * 4000)
        while not bob.line().startswith("Alice: 3999"):
            pass
        assert server.stop() == 0


def test_it_runs_as_a_daemon_with_a_pid_file_and_a_log_file(tmp_path: Path) -> None:
    path = tmp_path / "door"
    twistd = [str(SCRIPTS / "twistd"), "netchat", "--listen", f"unix:{path}"]
    subprocess.run(twistd, cwd=tmp_path, check=True, timeout=PATIENCE)
    pid = int((tmp_path / "twistd.pid").read_text(encoding="ascii"))
    daemon = os.pidfd_open(pid)
    try:
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(str(path))
        with Guest(connection, "Bob") as bob:
            bob.say("/names")
            assert bob.line() == "* In lobby: Bob"
            signal.pidfd_send_signal(daemon, signal.SIGTERM)
            assert bob.rest() == "! The server is shutting down; come back later.\n"
        os.waitid(os.P_PIDFD, daemon, os.WEXITED) if _is_child(pid) else _wait_gone(daemon)
    finally:
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(daemon, signal.SIGKILL)
        os.close(daemon)
    log = (tmp_path / "twistd.log").read_text(encoding="utf-8")
    assert "SERVER WORKING" in log
    assert "Client (unix) is offline  [ Bob ]" in log
    assert "Traceback" not in log
    assert not (tmp_path / "twistd.pid").exists()


def _is_child(pid: int) -> bool:
    return f"PPid:\t{os.getpid()}\n" in Path(f"/proc/{pid}/status").read_text(encoding="ascii")


def _wait_gone(pidfd: int) -> None:
    """Wait for the end of the process, at which `pidfd` becomes readable."""
    import select

    assert select.select([pidfd], [], [], PATIENCE)[0]


def test_it_listens_on_every_endpoint(tmp_path: Path) -> None:
    endpoints = (ANY_PORT, "tcp6:0:interface=\\:\\:1", f"unix:{tmp_path / 'door'}")
    listen = [word for endpoint in endpoints for word in ("--listen", endpoint)]
    with Server(*listen, cwd=tmp_path) as server, server.guest("Ann") as ann:
        six = socket.create_connection(("::1", server.ports[1]), PATIENCE)
        unix = socket.socket(socket.AF_UNIX)
        unix.connect(str(tmp_path / "door"))
        with Guest(six, "Bob") as bob, Guest(unix, "Carol") as carol:
            carol.say("hello")
            assert [ann.line() for _ in range(3)][2] == line_after_join(bob) == "Carol: hello"
        assert f"Client (::1, {bob.address[1]}) connected  [ Bob ]" in server.log + (
            server.wait_for_log("[ Bob ]")
        )


def line_after_join(bob: Guest) -> str:
    assert bob.line() == "* Carol joined"
    return bob.line()


def fail_to_start(cwd: Path, *arguments: str, **env: str) -> str:
    """Return the one line that a server writes to stderr if it cannot start."""
    for command in (["twistd", "-n"], ["twistd"], ["twist"]):
        ended = subprocess.run(
            [SCRIPTS / command[0], *command[1:], "netchat", *arguments],
            cwd=cwd,
            env={**os.environ, **env},
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
        )
        assert ended.returncode != 0
        assert ended.stdout == ""
        assert ended.stderr.startswith("netchat: ")
        assert ended.stderr.count("\n") == 1
        assert list(cwd.iterdir()) == []
    return ended.stderr


def test_an_impossible_unix_socket_is_refused_in_one_sentence(tmp_path: Path) -> None:
    place, cwd = tmp_path / "place", tmp_path / "cwd"
    for directory in (place, cwd):
        directory.mkdir()
    nowhere, full, held = place / "no" / "door", place / "file", place / "door"
    full.touch()
    # Unix paths are checked before any port is opened.
    before = ("--listen", ANY_PORT, "--listen")
    said = fail_to_start(cwd, *before, f"unix:{nowhere}")
    assert said.endswith(f"cannot listen on unix:{nowhere}: {place}/no is not a directory; "
                         "make it first\n")  # fmt: skip
    assert "something is there already; remove it" in fail_to_start(cwd, *before, f"unix:{full}")
    with Server("--listen", f"unix:{held}", cwd=tmp_path) as server:
        said = fail_to_start(cwd, *before, f"unix:{held}")
        assert f"process {server.process.pid} listens there; stop it first" in said
        server.stop(signal.SIGKILL)
    with Server("--listen", f"unix:{held}", cwd=tmp_path), socket.socket(socket.AF_UNIX) as again:
        again.connect(str(held))


def test_a_busy_port_is_refused_in_one_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        endpoint = f"tcp:{port}:interface=127.0.0.1"
        said = fail_to_start(tmp_path, "--listen", endpoint)
    assert said == (
        f"netchat: cannot listen on {endpoint}: another program, or another --listen, uses port "
        f"{port} already; stop it, or choose another port\n"
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--listen", "nonsense:1"], "nonsense"),
        (["--listen", "tcp:port"], "tcp:port is not a valid endpoint"),
        (["--listen", "tcp"], "write it like tcp:5001"),
        (["--listen", "ssl:0:privateKey=/no/such.pem"], "/no/such.pem"),
        (["--history", "many"], "--history"),
        (["--nonsense"], "--nonsense"),
    ],
)
def test_a_wrong_option_is_refused_in_one_sentence(
    tmp_path: Path, arguments: list[str], words: str
) -> None:
    assert words in fail_to_start(tmp_path, *arguments)


def test_an_unknown_variable_is_refused_in_one_sentence(tmp_path: Path) -> None:
    assert "NETCHAT_HISTROY" in fail_to_start(tmp_path, NETCHAT_HISTROY="5")


def test_twistd_shows_the_help() -> None:
    shown = subprocess.run(
        [SCRIPTS / "twistd", "netchat", "--help"], capture_output=True, text=True, check=True
    ).stdout
    assert shown.startswith("Usage: twistd [options] netchat [options]\n")
    assert "--login-timeout" in shown


def test_a_guest_who_resets_the_connection_leaves_the_room(tmp_path: Path) -> None:
    with Server(cwd=tmp_path) as server, server.guest("Alice") as alice:
        with server.guest("Bob") as bob:
            bob.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        assert [alice.line(), alice.line()] == ["* Bob joined", "* Bob left"]


def test_a_guest_who_never_stops_sending_reads_why_they_are_disconnected(tmp_path: Path) -> None:
    with Server(cwd=tmp_path) as server, server.guest("Endless") as endless:
        endless.socket.sendall(b"x" * 16_000_000)
        assert (
            endless.rest() == "! That line goes on and on; connect again and send shorter ones.\n"
        )


def test_after_the_end_of_input_the_guest_still_reads_the_output(tmp_path: Path) -> None:
    with Server(cwd=tmp_path) as server, server.guest() as guest:
        guest.socket.sendall(b"Bob\nhello")
        guest.socket.shutdown(socket.SHUT_WR)
        assert guest.rest().endswith("exit\nDISCONNECTED!!\n")


def test_a_hundred_guests_join_and_talk_at_once(tmp_path: Path) -> None:
    with Server(cwd=tmp_path) as server:
        guests = [server.guest() for _ in range(100)]
        for number, guest in enumerate(guests):
            guest.socket.sendall(f"Guest{number}\nhello\nexit\n".encode())
        heard = [guest.rest() for guest in guests]
        assert all(text.endswith("DISCONNECTED!!\n") for text in heard)
        with server.guest("Witness") as witness:
            witness.say("/history 100")
            witness.say("exit")
            lines = witness.rest().splitlines()[-101:-1]
        assert sorted(line.split()[1] for line in lines) == sorted(f"Guest{n}:" for n in range(100))
        for guest in guests:
            guest.socket.close()


def test_64_kib_of_bare_newlines_are_cheap(tmp_path: Path) -> None:
    """They take a few ms of CPU time; LineReceiver itself, which is quadratic, takes 250 ms."""
    with Server(cwd=tmp_path) as server, server.guest("Bob") as bob:
        before = server.cpu_seconds()
        for _ in range(10):
            bob.socket.sendall(b"\n" * 65536)
            bob.say("/names")
            assert bob.line() == "* In lobby: Bob"
        assert (server.cpu_seconds() - before) / 10 < 0.05
