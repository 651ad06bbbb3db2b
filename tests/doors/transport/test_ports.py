"""Sockets that listen: IPv6 leaves the port to IPv4, and unix sockets have a lock."""

from __future__ import annotations

import socket
import ssl as stdlib_ssl
from pathlib import Path
from typing import Any

import pytest
import pytest_twisted
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.error import CannotListenError
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.threads import deferToThread

from netchat.doors.transport.listen_errors import lacks_ipv6, listen_problem
from netchat.doors.transport.tls import SecureEndpoint
from tests.support.certificates import identity

pytestmark = pytest.mark.filterwarnings("ignore:Passing pyOpenSSL:DeprecationWarning")
ALL_IPV6 = ["tcp6:{}", "tcp:{}:interface=\\:\\:", "tcp6:{}:interface=0\\:\\:0"]


def listen(text: str) -> Deferred[Any]:
    factory = Factory.forProtocol(Protocol)
    return Deferred.fromCoroutine(SecureEndpoint(reactor, text).listen(factory))


async def listen_twice(six: str, four: str) -> tuple[Any, Any]:
    """Listen on one port with both endpoints; `{}` in them is the port.

    A port that the kernel has chosen for IPv6 may be another program's over IPv4, so there are some
    tries.
    """
    for tries_left in reversed(range(10)):
        first = await listen(six.format(0))
        try:
            return first, await listen(four.format(first.getHost().port))
        except CannotListenError:
            await first.stopListening()
            if not tries_left:
                raise
    raise AssertionError


def connects(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), 30).close()
    except ConnectionRefusedError:
        return False
    return True


@pytest.mark.parametrize("text", ALL_IPV6)
@pytest_twisted.ensureDeferred  # type: ignore[untyped-decorator]
async def test_the_same_port_can_be_had_over_ipv6_and_over_ipv4(text: str) -> None:
    six, four = await listen_twice(text, "tcp:{}")
    port = four.getHost().port
    assert connects("::1", port)
    assert connects("127.0.0.1", port)
    await four.stopListening()
    await six.stopListening()


@pytest_twisted.ensureDeferred  # type: ignore[untyped-decorator]
async def test_tls_over_ipv6_leaves_the_port_to_ipv4_too(tmp_path: Path) -> None:
    server = identity(tmp_path, "127.0.0.1")
    server.put(tmp_path / "pem")
    pem = f"privateKey={tmp_path}/pem"
    six, four = await listen_twice(f"ssl:{{}}:{pem}:interface=\\:\\:", f"ssl:{{}}:{pem}")
    port = four.getHost().port

    def shown_to(host: str) -> str:
        return stdlib_ssl.get_server_certificate((host, port), timeout=30)

    for host in ("::1", "127.0.0.1"):
        shown = await deferToThread(shown_to, host)
        assert stdlib_ssl.PEM_cert_to_DER_cert(shown)
    await four.stopListening()
    await six.stopListening()


def failure_of(text: str) -> Exception:
    failures: list[Any] = []
    listen(text).addErrback(failures.append)
    error: Exception = failures[0].value
    return error


def test_a_port_in_use_is_told_with_what_to_do() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        error = failure_of(f"tcp:{port}:interface=127.0.0.1")
    assert listen_problem(error) == (
        f"another program, or another --listen, uses port {port} already; stop it, or choose "
        "another port"
    )


def test_an_address_that_is_another_machines_is_told() -> None:
    error = failure_of("tcp:0:interface=192.0.2.77")
    assert listen_problem(error) == (
        "this machine has no address 192.0.2.77; choose one that it has"
    )
    assert not lacks_ipv6(error)


@pytest.mark.parametrize(
    ("code", "words"),
    [(13, "only root may use port 80"), (97, "this machine has no IPv6; use tcp: for IPv4")],
)
def test_other_reasons_are_told_with_what_to_do(code: int, words: str) -> None:
    assert words in listen_problem(CannotListenError("::", 80, OSError(code, "bare words")))


@pytest.mark.parametrize(
    ("interface", "code", "expected"),
    [("::", 97, True), ("::", 99, True), ("::", 98, False), ("::1", 99, False), ("", 97, False)],
)
def test_only_a_machine_without_ipv6_lacks_it(interface: str, code: int, expected: bool) -> None:
    error = CannotListenError(interface, 5001, OSError(code, "bare words"))
    assert lacks_ipv6(error) is expected


@pytest_twisted.ensureDeferred  # type: ignore[untyped-decorator]
async def test_a_unix_socket_comes_back_after_a_kill_and_is_locked_for_as_long(
    tmp_path: Path,
) -> None:
    door = tmp_path / "door"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(door))
    (tmp_path / "door.lock").symlink_to("1")
    port = await listen(f"unix:{door}")
    assert "listens there" in listen_problem(failure_of(f"unix:{door}"))
    assert "listens there" in listen_problem(failure_of(f"unix:{door}:lockfile=0"))
    await port.stopListening()
    assert list(tmp_path.iterdir()) == []
