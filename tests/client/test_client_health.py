"""`netchat health` speaks to the server, and nobody notices."""

from __future__ import annotations

import re
import socket
import threading
from typing import TYPE_CHECKING

import pytest
from certificates import identity
from running import ANY_PORT, Server

from netchat.client import health
from netchat.client.address import Address
from netchat.client.command import main
from netchat.client.health import SecureAddress, UnhealthyError, check, listening

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("listen", "where"),
    [
        ("", Address("127.0.0.1", 5001)),
        ("tcp:6001", Address("127.0.0.1", 6001)),
        ("tcp:port=6001", Address("127.0.0.1", 6001)),
        ("tcp:6001:interface=192.168.1.1", Address("192.168.1.1", 6001)),
        ("tcp:6001:interface=0.0.0.0", Address("127.0.0.1", 6001)),
        ("tcp6:6001", Address("::1", 6001)),
        ("tcp6:6001:interface=fe80\\:\\:1", Address("fe80::1", 6001)),
        ("ssl:6002:privateKey=k.pem tcp:6001", Address("127.0.0.1", 6001)),
        ("ssl:6002:privateKey=k.pem ssl:6003", SecureAddress("127.0.0.1", 6002)),
        ("ssl:6002:interface=\\:\\:1", SecureAddress("::1", 6002)),
        ("unix:/run/netchat:mode=660", "/run/netchat"),
        ("unix:address=/run/netchat", "/run/netchat"),
        ("haproxy:ssl:6002 haproxy:tcp:6001", Address("127.0.0.1", 6001)),
    ],
)
def test_it_looks_where_the_server_was_told_to_listen(listen: str, where: Address | str) -> None:
    assert listening({"NETCHAT_LISTEN": listen} if listen else {}) == (
        where,
        "haproxy" in listen,
    )


def test_a_server_that_answers_is_well_and_does_not_notice(tmp_path: Path) -> None:
    door = tmp_path / "door"
    with Server("--listen", ANY_PORT, "--listen", f"unix:{door}", cwd=tmp_path) as server:
        before = server.log
        with server.guest("Alice") as alice:
            assert main(["health", f"127.0.0.1:{server.ports[0]}"]) == 0
            check(str(door), 5)
            alice.say("/names")
            assert alice.line() == "* In lobby: Alice"
        server.stop()
        assert server.log.removeprefix(before).count(" Client ") == 2


def test_a_server_that_speaks_tls_only_is_well(tmp_path: Path) -> None:
    endpoint = identity(tmp_path, "chat.test").put(tmp_path / "door.pem")
    with Server("--listen", endpoint, cwd=tmp_path) as server:
        port = int(re.findall(r"Listening on ssl:.*:(\d+)", server.log)[0])
        check(SecureAddress("127.0.0.1", port), 5)
        with pytest.raises(UnhealthyError):
            check(Address("127.0.0.1", port), 5)
        server.stop()
        assert "Traceback" not in server.log


def test_a_server_behind_a_proxy_is_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Server("--listen", f"haproxy:{ANY_PORT}", cwd=tmp_path) as server:
        monkeypatch.setenv("NETCHAT_LISTEN", f"haproxy:tcp:{server.ports[0]}")
        assert main(["health"]) == 0


def test_a_server_that_refuses_us_is_told_with_its_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Server("--deny", "127.0.0.0/8", cwd=tmp_path) as server:
        assert main(["health", server.address]) == 1
    assert capsys.readouterr().err == (
        f"netchat: {server.address} refuses: This server takes no connections from your address.\n"
    )


def test_nobody_there_is_not_well(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    assert main(["health", f"127.0.0.1:{port}"]) == 1
    said = capsys.readouterr().err
    assert said == f"netchat: 127.0.0.1:{port} does not answer: Connection refused.\n"


def test_it_tells_what_it_does(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["health", "--help"]) == 0
    assert capsys.readouterr().out.startswith("usage: netchat health ")


def test_an_address_that_is_none_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["health", "no way"]) == 1
    assert "'no way' is no address" in capsys.readouterr().err


WELL = b'{"type":"pong"}\n{"type":"closing","reason":"bye","message":"","retry":null}\n'
STUCK = WELL.replace(b'pong"', b'pong","trouble":"The disk is full."')


@pytest.mark.parametrize(
    "answer",
    [b"", b"220 ready\r\n", b"Enter username: ", b"x" * 5000, b"\xff\n", b"[]\n[]\n", STUCK,
     WELL[:17], WELL * 2],
)  # fmt: skip
def test_another_server_or_one_in_trouble_is_not_well(answer: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:

        def serve() -> None:
            connection, _ = other.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        with pytest.raises(UnhealthyError) as told:
            check(Address("127.0.0.1", other.getsockname()[1]), 5)
        assert ("The disk is full." in str(told.value)) == (answer == STUCK)
        thread.join()


def test_a_server_that_hangs_is_not_well() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(UnhealthyError) as told:
        check(Address("127.0.0.1", silent.getsockname()[1]), 0.05)
    assert "timed out" in str(told.value)


def test_the_check_is_quick_to_start() -> None:
    """It runs every few seconds, so it does without Twisted and prompt_toolkit."""
    import subprocess
    import sys

    code = f"import {health.__name__}, sys; sys.exit('twisted' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
