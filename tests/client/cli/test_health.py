"""`netchat health` checks the server without a trace."""

from __future__ import annotations

import socket
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from netchat.client.cli import health
from netchat.client.cli.command import main
from netchat.client.cli.health import UnhealthyError, check
from netchat.client.cli.local_server import TlsAddress, listening
from netchat.client.connection.address import Address, parse_address
from tests.support.certificates import Identity, identity
from tests.support.client_processes import CLIENT
from tests.support.processes import ANY_PORT, Server

if TYPE_CHECKING:
    from collections.abc import Sequence
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
        ("ssl:6002:privateKey=k.pem ssl:6003", TlsAddress("127.0.0.1", 6002)),
        ("ssl:6002:interface=\\:\\:1", TlsAddress("::1", 6002)),
        ("unix:/run/netchat:mode=660", "/run/netchat"),
        ("unix:address=/run/netchat", "/run/netchat"),
        ("haproxy:ssl:6002 haproxy:tcp:6001", Address("127.0.0.1", 6001)),
    ],
)
def test_it_checks_the_address_where_the_server_was_told_to_listen(
    listen: str, where: Address | str
) -> None:
    assert listening({"NETCHAT_LISTEN": listen} if listen else {}) == (
        where,
        "haproxy" in listen,
    )


def test_a_server_that_answers_is_healthy_and_logs_nothing(tmp_path: Path) -> None:
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


def test_a_server_with_tls_only_is_healthy(tmp_path: Path) -> None:
    endpoint = identity(tmp_path, "chat.test").put(tmp_path / "door.pem")
    with Server("--listen", endpoint, cwd=tmp_path) as server:
        address = parse_address(server.secure_address)
        check(TlsAddress(address.host, address.port), 5)
        with pytest.raises(UnhealthyError, match="check the port, and whether it needs --tls"):
            check(address, 5)
        server.stop()
        assert "Traceback" not in server.log


def asked(*arguments: str) -> tuple[int, str]:
    """Return the exit code of `netchat health`, and its stderr."""
    ended = subprocess.run(
        [*CLIENT, "health", *arguments], capture_output=True, text=True, check=False
    )
    assert not ended.stdout
    return ended.returncode, ended.stderr


@pytest.fixture
def chain(tmp_path: Path) -> tuple[Identity, Identity]:
    """A CA, and a server whose certificate it signed."""
    authority = identity(tmp_path, "CA", ca=True)
    return authority, identity(tmp_path, "127.0.0.1", authority)


def test_a_server_with_tls_is_trusted_as_the_client_trusts_it(
    tmp_path: Path, chain: tuple[Identity, Identity]
) -> None:
    authority, own = chain
    not_netchat = identity(tmp_path, "127.0.0.1")
    digest = own.fingerprint.hex(":").upper()
    with Server("--listen", own.put(tmp_path / "door.pem"), cwd=tmp_path) as server:
        where = server.secure_address
        untrusted = (
            f"netchat: The certificate of {where} is not trusted; "
            "give its CA with --ca FILE, or the certificate's SHA-256 with --fingerprint.\n"
        )
        assert asked(where, "--ca", str(authority.file)) == (0, "")
        assert asked(where, "--fingerprint", digest) == (0, "")
        assert asked(where, "--fingerprint", own.fingerprint.hex(), "--tls") == (0, "")
        assert asked(where, "--tls") == (1, untrusted)
        assert asked(where, "--ca", str(not_netchat.file)) == (1, untrusted)
        code, shown = asked(where, "--fingerprint", not_netchat.fingerprint.hex())
        assert (code, shown.endswith(f", give its SHA-256: {digest}.\n")) == (1, True)
        code, shown = asked(where.replace("127.0.0.1", "localhost"), "--ca", str(authority.file))
        assert (code, shown.endswith("is not for localhost; give the name that it is for.\n")) == (
            1,
            True,
        )
        before = server.log
        server.stop()
        told = [line for line in server.log.removeprefix(before).splitlines() if "Client" in line]
        assert all("fails at the TLS handshake" in line for line in told)


def test_a_self_signed_server_is_trusted_by_its_certificate_file(tmp_path: Path) -> None:
    own = identity(tmp_path, "127.0.0.1")
    with Server("--listen", own.put(tmp_path / "door.pem"), cwd=tmp_path) as server:
        assert asked(server.secure_address, "--ca", str(own.file)) == (0, "")


def test_with_tls_wanted_a_server_without_it_gets_no_plain_text(tmp_path: Path) -> None:
    with Server(cwd=tmp_path) as server:
        assert asked(server.address, "--tls") == (
            1,
            f"netchat: {server.address} does not use TLS; leave out --tls, or give its TLS port.\n",
        )


@pytest.mark.parametrize("content", [None, b"", b"\xff"])
def test_a_file_without_a_certificate_is_reported(tmp_path: Path, content: bytes | None) -> None:
    ca = tmp_path / "ca.pem"
    if content is not None:
        ca.write_bytes(content)
    why = "has no certificate in PEM form" if content is not None else "cannot be read (No such "
    with socket.create_server(("127.0.0.1", 0)) as there:
        code, shown = asked(f"127.0.0.1:{there.getsockname()[1]}", "--ca", str(ca))
    assert code == 1
    assert shown.startswith(f"netchat: {ca} {why}")


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("no way",), "'no way' is not an address"),
        (("host", "--fingerprint", "00"), "'00' is not a SHA-256; give its 64 hex digits"),
        (("--tls",), "--tls, --ca and --fingerprint go with a HOST; netchat health --help shows"),
        (("host", "--name", "x"), "unrecognized arguments: --name x; netchat health --help shows"),
    ],
)
def test_a_wrong_command_line_exits_with_1_because_docker_reserves_2(
    arguments: tuple[str, ...], why: str
) -> None:
    code, shown = asked(*arguments)
    assert code == 1
    assert shown.startswith(f"netchat: {why}")
    assert shown.count("\n") == 1


def test_a_server_behind_a_proxy_is_healthy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Server("--listen", f"haproxy:{ANY_PORT}", cwd=tmp_path) as server:
        monkeypatch.setenv("NETCHAT_LISTEN", f"haproxy:tcp:{server.ports[0]}")
        assert main(["health"]) == 0


def test_a_server_that_refuses_the_check_is_reported_in_its_own_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Server("--deny", "127.0.0.0/8", cwd=tmp_path) as server:
        assert main(["health", server.address]) == 1
    assert capsys.readouterr().err == (
        f"netchat: {server.address} refuses: This server takes no connections from your address.\n"
    )


def test_an_address_without_a_server_is_unhealthy(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    assert main(["health", f"127.0.0.1:{port}"]) == 1
    said = capsys.readouterr().err
    assert said == f"netchat: 127.0.0.1:{port} does not answer: Connection refused.\n"


def test_the_help_says_what_it_does(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["health", "--help"])
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith("usage: netchat health ")


WELL = b'{"type":"pong"}\n{"type":"closing","reason":"bye","message":"","retry":null}\n'
STUCK = WELL.replace(b'pong"', b'pong","trouble":"The disk is full."')


@pytest.mark.parametrize(
    "answer",
    [b"", b"220 ready\r\n", b"Enter username: ", b"x" * 5000, b"\xff\n", b"[]\n[]\n", STUCK,
     WELL[:17], WELL * 2],
)  # fmt: skip
def test_another_service_or_a_server_in_trouble_is_unhealthy(answer: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:

        def serve() -> None:
            connection, _ = other.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        with pytest.raises(UnhealthyError) as shown:
            check(Address("127.0.0.1", other.getsockname()[1]), 5)
        assert ("The disk is full." in str(shown.value)) == (answer == STUCK)
        thread.join()


def serve_in_turn(server: socket.socket, answers: Sequence[bytes]) -> None:
    """Send each of the next connections one of `answers`."""
    for answer in answers:
        connection, _ = server.accept()
        with connection:
            connection.recv(4096)
            connection.sendall(answer)


def test_a_server_that_cannot_store_lines_answers_all_the_same() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, ThreadPoolExecutor() as pool:
        served = pool.submit(serve_in_turn, server, [STUCK, STUCK, b""])
        where = f"127.0.0.1:{server.getsockname()[1]}"
        assert main(["health", where]) == 1
        assert main(["health", "--answers", where]) == 0
        assert main(["health", "--answers", where]) == 1
        served.result()


def test_a_check_that_waits_is_repeated_until_the_server_is_healthy() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, ThreadPoolExecutor() as pool:
        served = pool.submit(serve_in_turn, server, [b"", STUCK, WELL])
        assert main(["health", "--wait", "60", f"127.0.0.1:{server.getsockname()[1]}"]) == 0
        served.result()


def test_a_check_that_waits_ends_in_time_and_says_why(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    assert main(["health", "--wait", "0.3", f"127.0.0.1:{port}"]) == 1
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize("seconds", ["soon", "-1", "nan", "1e9", "inf", ""])
def test_a_time_that_is_none_is_refused(seconds: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["health", f"--wait={seconds}"])
    assert ended.value.code == 1
    assert f"argument --wait: {seconds!r} is not a number of seconds" in capsys.readouterr().err


def test_a_server_that_does_not_answer_is_unhealthy() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(UnhealthyError) as shown:
        check(Address("127.0.0.1", silent.getsockname()[1]), 0.05)
    assert "timed out" in str(shown.value)


def test_the_check_is_quick_to_start() -> None:
    """It runs every few seconds, so it does without Twisted and prompt_toolkit."""
    code = f"import {health.__name__}, sys; sys.exit('twisted' in sys.modules)"
    assert subprocess.run([CLIENT[0], "-c", code], check=False).returncode == 0
