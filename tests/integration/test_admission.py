"""Crowds at the doors of a real server: what the others notice, and what the log says."""

from __future__ import annotations

import os
import re
import resource
import select
import signal
import socket
import ssl
import subprocess
from contextlib import ExitStack
from itertools import count
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from benchmarks.certificate import write_certificate
from netchat.client.cli import health
from netchat.client.connection.address import Address
from tests.support.processes import ANY_PORT, PATIENCE, SCRIPTS, Server

if TYPE_CHECKING:
    from pathlib import Path

FULL = b"! The server is full; come back later.\n"
DESCRIPTORS = 128


def comes(server: Server, source: str = "127.0.0.1", port: int = 0) -> socket.socket:
    """Return somebody from the address `source` who is connected, or waits to be accepted."""
    where = ("127.0.0.1", server.ports[port])
    return socket.create_connection(where, PATIENCE, (source, 0))


def rest(connection: socket.socket) -> bytes:
    """Return all that comes until the server closes."""
    text = b""
    while data := connection.recv(65536):
        text += data
    return text


def answer(connection: socket.socket, *wanted: bytes) -> bytes:
    """Read until something in `wanted` has come or the server closes; return all that came.

    What the server writes may come in any number of pieces.
    """
    text = b""
    while not any(words in text for words in wanted):
        data = connection.recv(65536)
        if not data:
            break
        text += data
    return text


def welcomed_again(server: Server) -> None:
    """Come until there is room, which is as soon as the server has seen that others are gone."""
    while True:
        with comes(server) as connection:
            connection.sendall(b"Carol\n")
            if b"Welcome" in answer(connection, b"Welcome", FULL):
                return


def limited(server: Server, soft: int) -> None:
    """Let the server have `soft` descriptors from now on."""
    pid = server.process.pid
    hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)[1]
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (soft, hard))


def welcomed(connection: socket.socket, name: str) -> None:
    """Give `name`, and read until one is in."""
    connection.settimeout(PATIENCE)
    connection.sendall(f"{name}\n".encode())
    heard = answer(connection, b"Welcome")
    assert b"Welcome" in heard, heard


def test_a_legitimate_guest_is_in_though_a_thousand_silent_ones_stand_at_the_door(
    tmp_path: Path,
) -> None:
    with Server(cwd=tmp_path) as server:
        with ExitStack() as silent:
            for _ in range(1000):
                silent.enter_context(comes(server))
            with comes(server) as bob:
                welcomed(bob, "Bob")
        server.stop()
        refused = [line for line in server.log.splitlines() if "refused" in line]
        assert 0 < len(refused) < 40
        assert "Traceback" not in server.log


def test_a_thousand_who_come_back_at_once_all_get_in(tmp_path: Path) -> None:
    with Server(cwd=tmp_path) as server:
        with ExitStack() as opened:
            guests = []
            for number in range(1000):
                guests.append(opened.enter_context(comes(server)))
                guests[-1].sendall(b'{"type":"hello","name":"g%d"}\n' % number)
            for guest in guests:
                assert b'"welcome"' in answer(guest, b'"welcome"')
        server.stop()
        assert "more connected" in server.log
        assert "refused" not in server.log


@pytest.mark.parametrize("kind", ["unix", "tcp6", "ssl"])
def test_every_door_lets_in_who_says_hello_though_silent_ones_stand_there(
    tmp_path: Path, kind: str
) -> None:
    key, certificate = write_certificate(tmp_path)
    endpoint, family, where = {
        "unix": (f"unix:{tmp_path / 'door'}", socket.AF_UNIX, str(tmp_path / "door")),
        "tcp6": ("tcp6:0:interface=\\:\\:1", socket.AF_INET6, "::1"),
        "ssl": (
            f"ssl:0:interface=127.0.0.1:privateKey={key}:certKey={certificate}",
            socket.AF_INET,
            "127.0.0.1",
        ),
    }[kind]
    arguments = ("--listen", endpoint, "--listen", ANY_PORT, "--max-nameless", "4")
    with Server(*arguments, cwd=tmp_path) as server:
        port = re.search(rf"Listening on {kind}:.*:(\d+)", server.log)
        with ExitStack() as opened:
            for _ in range(13):
                last = opened.enter_context(socket.socket(family))
                last.settimeout(PATIENCE)
                last.connect((where, int(port[1])) if port else where)
            if kind == "ssl":
                context = ssl.create_default_context(cafile=str(certificate))
                last = opened.enter_context(context.wrap_socket(last, server_hostname="127.0.0.1"))
            welcomed(last, "Bob")
        server.stop()
        assert "Traceback" not in server.log


def test_when_descriptors_run_out_guests_hear_it_and_those_inside_notice_nothing(
    tmp_path: Path,
) -> None:
    with Server(cwd=tmp_path) as server, server.guest("Alice") as alice, server.guest("Bob") as bob:
        limited(server, DESCRIPTORS)
        with ExitStack() as inside:
            for number in count():
                connection = inside.enter_context(comes(server))
                connection.sendall(b"guest-%d\n" % number)
                if answer(connection, b"Welcome", FULL) == FULL:
                    break
            assert 40 < number + 1 < DESCRIPTORS - 32
            alice.say("still here")
            assert bob.read_until(b"Alice: still here\n")
        welcomed_again(server)
        server.stop()
        assert "Traceback" not in server.log


@pytest.mark.parametrize("spare", [True, False])
def test_when_even_the_last_descriptor_is_gone_those_inside_notice_nothing_and_it_recovers(
    tmp_path: Path, spare: bool
) -> None:
    """The kernel itself says EMFILE here: the limit is lowered to what is open, or below."""
    with Server(cwd=tmp_path) as server, server.guest("Alice") as alice, server.guest("Bob") as bob:
        descriptors = [int(name) for name in os.listdir(f"/proc/{server.process.pid}/fd")]
        limited(server, max(descriptors) + 1 if spare else 5)
        with ExitStack() as opened:
            waiting = [opened.enter_context(comes(server)) for _ in range(5)]
            if spare:
                assert [rest(connection) for connection in waiting] == [FULL] * 5
            alice.say("still here")
            assert bob.read_until(b"Alice: still here\n")
            limited(server, 512)
            with comes(server) as carol:
                welcomed(carol, "Carol")
        server.stop()
        assert ("could not be accepted  [ EMFILE ]" in server.log) is not spare
        assert "EMFILE encountered" not in server.log
        assert "Traceback" not in server.log


def test_the_health_check_of_a_full_server_finds_it_well_and_is_not_in_the_log(
    tmp_path: Path,
) -> None:
    with Server("--max-guests", "1", cwd=tmp_path) as server, server.guest("Alice"):
        before = server.log
        for _ in range(3):
            health.check(Address("127.0.0.1", server.ports[0]), PATIENCE)
        server.stop()
        assert server.log.removeprefix(before).count(" Client ") == 2


def test_behind_a_proxy_the_log_has_the_real_address_and_no_traceback(tmp_path: Path) -> None:
    with Server("--listen", f"haproxy:{ANY_PORT}", cwd=tmp_path) as server:
        with comes(server) as bad:
            bad.sendall(b"PROXY TCP4 nonsense \x1b[31m x y\r\n")
            assert rest(bad) == b""
        with comes(server) as bob:
            bob.sendall(b"PROXY TCP4 203.0.113.9 127.0.0.1 5555 5001\r\nBob\nexit\n")
            assert rest(bob).endswith(b"DISCONNECTED!!\n")
        server.stop()
    assert "Client (203.0.113.9, 5555) connected  [ Bob ]" in server.log
    assert "is refused  [ bad address in PROXY header ]" in server.log
    assert "Traceback" not in server.log
    assert "\x1b" not in server.log


def json_lines(text: str) -> list[dict[str, Any]]:
    return [msgspec.json.decode(line) for line in text.splitlines()]


def test_the_log_is_json_from_the_first_line_to_the_last(tmp_path: Path) -> None:
    with Server("--log-format", "json", cwd=tmp_path, NETCHAT_MAX_GUESTS="") as server:
        with server.guest("Bob") as bob:
            bob.say("exit")
            bob.rest()
        server.stop()
        told = json_lines(server.log)
    assert {"netchat.tap", "netchat.server.service.ChatService"} <= {
        line["namespace"] for line in told
    }
    (came,) = (line for line in told if line["message"].endswith("connected  [ Bob ]"))
    assert came["name"] == "Bob"
    assert came["peer"] == f"(127.0.0.1, {bob.address[1]})"


def test_the_log_of_the_newer_runner_is_json_of_the_same_kind(tmp_path: Path) -> None:
    with Server("--log-format", "json", cwd=tmp_path, command=("twist",)) as server:
        server.stop()
        assert all(line["time"].endswith("Z") for line in json_lines(server.log))


def test_the_log_of_a_daemon_is_json(tmp_path: Path) -> None:
    arguments = ["--listen", f"unix:{tmp_path / 'door'}", "--data", ":memory:"]
    subprocess.run(
        [SCRIPTS / "twistd", "netchat", *arguments, "--log-format", "json"],
        cwd=tmp_path,
        check=True,
        timeout=PATIENCE,
    )
    daemon = os.pidfd_open(int((tmp_path / "twistd.pid").read_text(encoding="ascii")))
    try:
        signal.pidfd_send_signal(daemon, signal.SIGTERM)
        assert select.select([daemon], [], [], PATIENCE)[0]
    finally:
        os.close(daemon)
    told = json_lines((tmp_path / "twistd.log").read_text(encoding="utf-8"))
    assert "SERVER WORKING" in [line["message"] for line in told]


def test_the_server_takes_as_many_descriptors_as_it_may(tmp_path: Path) -> None:
    with Server(cwd=tmp_path) as server:
        soft, hard = resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE)
        assert soft == hard
        assert f"The server can use {hard} file descriptors" in server.log


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--trust", "here"], "--trust wants a network like 192.168.1.0/24, not 'here'"),
        (["--log-format", "xml"], "--log-format is text or json, not 'xml'"),
    ],
)
def test_a_bad_option_is_said_in_a_sentence(arguments: list[str], sentence: str) -> None:
    ended = subprocess.run(
        [SCRIPTS / "twistd", "-n", "netchat", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.stderr == f"netchat: {sentence}; see twistd netchat --help\n"


def test_who_goes_without_reading_the_question_is_no_bug(tmp_path: Path) -> None:
    with Server(cwd=tmp_path) as server:
        for _ in range(5):
            with comes(server) as guest:
                assert select.select([guest], [], [], PATIENCE)[0]
        with server.guest("Bob"):
            pass
        server.stop()
        assert "Traceback" not in server.log
