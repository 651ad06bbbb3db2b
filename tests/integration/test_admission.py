"""Many connections to a server process: admission, file descriptors and the log."""

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


def connect(server: Server, source: str = "127.0.0.1", port: int = 0) -> socket.socket:
    """Return a connection from the address `source`, which may not be accepted yet."""
    where = ("127.0.0.1", server.ports[port])
    return socket.create_connection(where, PATIENCE, (source, 0))


def read_all(connection: socket.socket) -> bytes:
    """Return all data until the server closes."""
    text = b""
    while data := connection.recv(65536):
        text += data
    return text


def read_answer(connection: socket.socket, *wanted: bytes) -> bytes:
    """Read until one of `wanted` has arrived or the server closes; return all data.

    One write of the server may arrive in several pieces.
    """
    text = b""
    while not any(words in text for words in wanted):
        data = connection.recv(65536)
        if not data:
            break
        text += data
    return text


def wait_for_room(server: Server) -> None:
    """Reconnect until the server, which sees the others leave one by one, has room."""
    while True:
        with connect(server) as connection:
            connection.sendall(b"Carol\n")
            if b"Welcome" in read_answer(connection, b"Welcome", FULL):
                return


def set_descriptor_limit(server: Server, soft: int) -> None:
    """Set the limit of file descriptors of the server to `soft`."""
    pid = server.process.pid
    hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)[1]
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (soft, hard))


def log_in(connection: socket.socket, name: str) -> None:
    """Send `name`, and read until the welcome."""
    connection.settimeout(PATIENCE)
    connection.sendall(f"{name}\n".encode())
    heard = read_answer(connection, b"Welcome")
    assert b"Welcome" in heard, heard


def test_a_guest_can_log_in_while_a_thousand_silent_clients_are_connected(
    tmp_path: Path,
) -> None:
    with Server(cwd=tmp_path) as server:
        with ExitStack() as silent:
            for _ in range(1000):
                silent.enter_context(connect(server))
            with connect(server) as bob:
                log_in(bob, "Bob")
        server.stop()
        refused = [line for line in server.log.splitlines() if "refused" in line]
        assert 0 < len(refused) < 40
        assert "Traceback" not in server.log


def test_a_thousand_clients_that_reconnect_at_once_are_all_admitted(tmp_path: Path) -> None:
    with Server(cwd=tmp_path) as server:
        with ExitStack() as opened:
            guests = []
            for number in range(1000):
                guests.append(opened.enter_context(connect(server)))
                guests[-1].sendall(b'{"type":"hello","name":"g%d"}\n' % number)
            for guest in guests:
                assert b'"welcome"' in read_answer(guest, b'"welcome"')
        server.stop()
        assert "more connected" in server.log
        assert "refused" not in server.log


@pytest.mark.parametrize("kind", ["unix", "tcp6", "ssl"])
def test_a_guest_can_log_in_through_every_endpoint_while_silent_clients_are_connected(
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
            log_in(last, "Bob")
        server.stop()
        assert "Traceback" not in server.log


def test_without_descriptors_new_guests_are_told_and_connected_guests_are_unaffected(
    tmp_path: Path,
) -> None:
    with Server(cwd=tmp_path) as server, server.guest("Alice") as alice, server.guest("Bob") as bob:
        set_descriptor_limit(server, DESCRIPTORS)
        with ExitStack() as inside:
            for number in count():
                connection = inside.enter_context(connect(server))
                connection.sendall(b"guest-%d\n" % number)
                if read_answer(connection, b"Welcome", FULL) == FULL:
                    break
            assert 40 < number + 1 < DESCRIPTORS - 32
            alice.say("still here")
            assert bob.read_until(b"Alice: still here\n")
        wait_for_room(server)
        server.stop()
        assert "Traceback" not in server.log


@pytest.mark.parametrize("spare", [True, False])
def test_without_the_reserve_descriptor_guests_are_unaffected_and_the_server_recovers(
    tmp_path: Path, spare: bool
) -> None:
    """The limit is lowered to the open descriptors or below, so that the kernel returns EMFILE."""
    with Server(cwd=tmp_path) as server, server.guest("Alice") as alice, server.guest("Bob") as bob:
        descriptors = [int(name) for name in os.listdir(f"/proc/{server.process.pid}/fd")]
        set_descriptor_limit(server, max(descriptors) + 1 if spare else 5)
        with ExitStack() as opened:
            waiting = [opened.enter_context(connect(server)) for _ in range(5)]
            if spare:
                assert [read_all(connection) for connection in waiting] == [FULL] * 5
            alice.say("still here")
            assert bob.read_until(b"Alice: still here\n")
            set_descriptor_limit(server, 512)
            with connect(server) as carol:
                log_in(carol, "Carol")
        server.stop()
        assert ("could not be accepted  [ EMFILE ]" in server.log) is not spare
        assert "EMFILE encountered" not in server.log
        assert "Traceback" not in server.log


def test_the_health_check_of_a_full_server_succeeds_and_is_not_logged(
    tmp_path: Path,
) -> None:
    with Server("--max-guests", "1", cwd=tmp_path) as server, server.guest("Alice"):
        before = server.log
        for _ in range(3):
            health.check(Address("127.0.0.1", server.ports[0]), PATIENCE)
        server.stop()
        assert server.log.removeprefix(before).count(" Client ") == 2


def test_behind_a_proxy_the_log_has_the_address_of_the_client(tmp_path: Path) -> None:
    with Server("--listen", f"haproxy:{ANY_PORT}", cwd=tmp_path) as server:
        with connect(server) as bad:
            bad.sendall(b"PROXY TCP4 nonsense \x1b[31m x y\r\n")
            assert read_all(bad) == b""
        with connect(server) as bob:
            bob.sendall(b"PROXY TCP4 203.0.113.9 127.0.0.1 5555 5001\r\nBob\nexit\n")
            assert read_all(bob).endswith(b"DISCONNECTED!!\n")
        server.stop()
    assert "Client (203.0.113.9, 5555) connected  [ Bob ]" in server.log
    assert "is refused  [ bad address in PROXY header ]" in server.log
    assert "Traceback" not in server.log
    assert "\x1b" not in server.log


def json_lines(text: str) -> list[dict[str, Any]]:
    return [msgspec.json.decode(line) for line in text.splitlines()]


def test_every_line_of_the_log_is_json(tmp_path: Path) -> None:
    with Server("--log-format", "json", cwd=tmp_path, NETCHAT_MAX_GUESTS="") as server:
        with server.guest("Bob") as bob:
            bob.say("exit")
            bob.rest()
        server.stop()
        told = json_lines(server.log)
    assert {"netchat.tap", "netchat.server.service.ChatService"} <= {
        line["namespace"] for line in told
    }
    (connected,) = (line for line in told if line["message"].endswith("connected  [ Bob ]"))
    assert connected["name"] == "Bob"
    assert connected["peer"] == f"(127.0.0.1, {bob.address[1]})"


def test_the_log_under_twist_is_json_of_the_same_kind(tmp_path: Path) -> None:
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


def test_the_server_raises_its_descriptor_limit_to_the_hard_limit(tmp_path: Path) -> None:
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
def test_a_wrong_option_is_refused_in_one_sentence(arguments: list[str], sentence: str) -> None:
    ended = subprocess.run(
        [SCRIPTS / "twistd", "-n", "netchat", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.stderr == f"netchat: {sentence}; see twistd netchat --help\n"


def test_a_client_that_disconnects_without_reading_the_prompt_causes_no_error(
    tmp_path: Path,
) -> None:
    with Server(cwd=tmp_path) as server:
        for _ in range(5):
            with connect(server) as guest:
                assert select.select([guest], [], [], PATIENCE)[0]
        with server.guest("Bob"):
            pass
        server.stop()
        assert "Traceback" not in server.log
