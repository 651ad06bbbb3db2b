"""How the client looks up the server, and that it connects to whatever the system can."""

from __future__ import annotations

import json
import socket
import subprocess
from ipaddress import IPv6Address as Ip
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.defer import Deferred, succeed
from twisted.internet.endpoints import HostnameEndpoint
from twisted.internet.error import DNSLookupError
from twisted.internet.interfaces import IAddress
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.testing import MemoryReactorClock
from twisted.python.failure import Failure

from netchat.client.cli.command import main
from netchat.client.connection.address import Address
from netchat.client.connection.tcp import ServerResolver, look_up
from tests.support.client_processes import CLIENT, environment
from tests.support.processes import PATIENCE, Server


@pytest.mark.parametrize(
    ("host", "found"),
    [
        ("127.0.0.1", IPv4Address("TCP", "127.0.0.1", 7)),
        ("::1", IPv6Address("TCP", "::1", 7)),
        ("fe80::5%1", IPv6Address("TCP", "fe80::5%1", 7)),
        ("fe80::5%lo", IPv6Address("TCP", "fe80::5%1", 7)),
    ],
)
def test_an_address_is_found_with_its_zone(host: str, found: IAddress) -> None:
    assert look_up(Address(host, 7)) == [found]


@pytest.mark.parametrize("host", ["fe80::5%nosuch", "é" * 63, "a..b"])
def test_a_host_that_cannot_exist_is_not_found(host: str) -> None:
    assert look_up(Address(host, 7)) == []


def connect(address: Address, *found: IAddress) -> tuple[Any, list[Failure]]:
    """Connect in memory to `address`, for which the system finds `found`."""
    reactor: Any = MemoryReactorClock()
    failures: list[Failure] = []

    def in_thread(_: object) -> Deferred[list[IAddress]]:
        return succeed(list(found))

    reactor.installNameResolver(ServerResolver(address, in_thread))
    endpoint = HostnameEndpoint(reactor, "server", address.port)
    endpoint.connect(Factory.forProtocol(Protocol)).addErrback(failures.append)
    return reactor, failures


@pytest.mark.parametrize("host", ["my_container", "r3--x.test", "chat.test.", "fe80::5%eth0"])
def test_each_address_that_the_system_finds_is_tried(host: str) -> None:
    six, four = IPv6Address("TCP", "fe80::5%2", 7), IPv4Address("TCP", "10.0.0.1", 7)
    reactor, _ = connect(Address(host, 7), six, four)
    reactor.advance(1)
    assert [tried[:2] for tried in reactor.tcpClients] == [("fe80::5%2", 7), ("10.0.0.1", 7)]


def test_a_host_without_an_address_is_reported_as_unknown() -> None:
    _, failures = connect(Address("nosuch.test"))
    assert [failure.type for failure in failures] == [DNSLookupError]


def link_local() -> str | None:
    """Return a link-local address of this machine with its interface, None if it has none.

    It is of the interface that was there first: those of containers come and go.
    """
    table = Path("/proc/net/if_inet6")
    lines = table.read_text(encoding="ascii").splitlines() if table.exists() else []
    rows = [line.split() for line in lines]
    for digits, _, _, _, flags, interface in sorted(rows, key=lambda row: int(row[1], 16)):
        address = Ip(int(digits, 16))
        tentative = int(flags, 16) & 0x40
        if address.is_link_local and not tentative and _can_bind(f"{address}%{interface}"):
            return f"{address}%{interface}"
    return None


def _can_bind(host: str) -> bool:
    place = socket.getaddrinfo(host, 0, type=socket.SOCK_STREAM)[0][4]
    with socket.socket(socket.AF_INET6) as probe:
        try:
            probe.bind(place)
        except OSError:
            return False
    return True


def run_client(home: Path, *arguments: str) -> tuple[int, str]:
    """Run `netchat` with `arguments`; return the exit code and what it prints."""
    done = subprocess.run(
        [*CLIENT, *arguments],
        env=environment(home),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_every_command_reaches_a_link_local_address(tmp_path: Path) -> None:
    host = link_local()
    if host is None:
        pytest.skip("this machine has no link-local IPv6 address")
    with Server("--listen", "tcp6:0", cwd=tmp_path) as server:
        address = f"[{host}]:{server.ports[0]}"
        assert main(["health", address]) == 0
        assert run_client(tmp_path, "say", address, "--name", "ci", "hi") == (0, "")
        assert run_client(tmp_path, address, "--name", "ci") == (0, "")
        code, out = run_client(tmp_path, "tail", address, "--name", "log", "--json")
        assert (code, json.loads(out)["text"]) == (0, "hi")
