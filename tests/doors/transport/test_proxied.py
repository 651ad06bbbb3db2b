"""Clients behind a proxy, in memory."""

from __future__ import annotations

import pytest
from twisted.internet.address import IPv4Address
from twisted.test.iosim import FakeTransport, connect

from netchat.doors.transport.proxied import ProxiedFactory
from netchat.testing import Guest, Network

PROXY = "10.0.0.1"


class Proxy:
    """A network whose clients connect through one proxy."""

    def __init__(self, *arguments: str) -> None:
        self.network = Network(*arguments)
        self.factory = ProxiedFactory(self.network.service.factory)

    def guest(self, *sends: bytes) -> Guest:
        """Return a guest from whom each of `sends` arrives in a read of its own."""
        guest = Guest()
        guest.network = self.network
        address = IPv4Address("TCP", PROXY, 1)
        protocol = self.factory.buildProtocol(address)
        transport = FakeTransport(protocol, isServer=True, peerAddress=address)
        pump = connect(
            protocol,
            transport,
            guest,
            FakeTransport(guest, isServer=False),
        )
        self.network._pumps.append(pump)
        self.network._transports[guest] = transport
        for data in sends:
            guest.send(data)
        return guest


def header(host: str) -> bytes:
    return f"PROXY TCP4 {host} 10.0.0.2 40000 5001\r\n".encode()


def test_limits_apply_to_the_address_in_the_header() -> None:
    proxy = Proxy("--max-per-address", "1")
    bob = proxy.guest(header("203.0.113.9") + b"Bob\n")
    again = proxy.guest(header("203.0.113.9") + b"Bill\n")
    carol = proxy.guest(header("203.0.113.10") + b"Carol\n")
    assert again.heard() == [
        "! Too many connections come from your address; close one, or come later."
    ]
    assert [bob.online, again.online, carol.online] == [True, False, True]
    assert proxy.network.service.factory.connections.policy.addresses == 2
    bob.hang_up()
    assert proxy.guest(header("203.0.113.9") + b"Bill\n").online
    assert carol.heard()[-2:] == ["* Bob left", "* Bill joined"]


def test_a_header_may_arrive_byte_by_byte() -> None:
    proxy = Proxy()
    bob = proxy.guest(*[bytes((byte,)) for byte in header("203.0.113.9")], b"Bob\nexit\n")
    assert bob.heard()[-1] == "DISCONNECTED!!"


def test_the_end_of_the_input_is_passed_on() -> None:
    proxy = Proxy()
    bob = proxy.guest(header("203.0.113.9") + b"Bob\nhello")
    bob.end_input()
    assert bob.heard()[-1] == "DISCONNECTED!!"
    early = proxy.guest(b"PROXY")
    early.end_input()
    assert not early.online


@pytest.mark.parametrize(
    "start", [b"Bob\n", b"PROXY TCP4 x x x x\r\n", b"\r\n\r\n\0\r\nQUIT\n\0\0"]
)
def test_a_connection_without_a_header_is_closed_without_a_line(start: bytes) -> None:
    proxy = Proxy()
    eve = proxy.guest(start + bytes(200), b"more")
    proxy.network.settle()
    assert not eve.online
    assert eve.received == b""
    connections = proxy.network.service.factory.connections
    assert (connections.policy.connections, connections.pending_logins.count) == (0, 0)
    assert connections.open == {}


def test_a_connection_that_never_sends_a_header_is_closed_after_the_login_timeout() -> None:
    proxy = Proxy("--login-timeout", "15")
    silent = proxy.guest()
    proxy.network.advance(14)
    assert silent.online
    proxy.network.advance(2)
    assert not silent.online


def test_a_full_server_rejects_clients_behind_a_proxy_too() -> None:
    proxy = Proxy("--max-guests", "1")
    proxy.guest(header("203.0.113.9") + b"Bob\n")
    assert proxy.guest().heard() == ["! The server is full; come back later."]


def test_a_connection_without_a_header_yet_is_evicted_for_another() -> None:
    proxy = Proxy("--max-nameless", "1")
    silent = proxy.guest()
    proxy.network.advance(1)
    bob = proxy.guest(header("203.0.113.9") + b"Bob\n")
    assert [silent.online, bob.online] == [False, True]


def test_shutting_down_does_not_wait_for_a_header() -> None:
    proxy = Proxy()
    silent = proxy.guest()
    stopped = proxy.network.stop()
    assert stopped.called
    assert not silent.online
