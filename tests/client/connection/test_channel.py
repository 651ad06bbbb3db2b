"""What a connection is worth to a secret."""

from __future__ import annotations

import pytest
from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress
from twisted.internet.testing import StringTransport

from netchat.client.connection.address import Address, WebAddress
from netchat.client.connection.channel import Channel
from netchat.client.connection.endpoint import ServerEndpoint
from netchat.testing import Network
from tests.support.client_fakes import MemoryEndpoint

HERE = IPv4Address("TCP", "192.168.1.5", 40_000)


def channel(
    there: IPv4Address | IPv6Address | UNIXAddress, *, tls: bool = False, proxied: bool = False
) -> Channel:
    transport = StringTransport(hostAddress=HERE, peerAddress=there)
    endpoint = ServerEndpoint(
        Address("chat.test"), MemoryEndpoint(Network()), tls=tls, proxied=proxied
    )
    return Channel(endpoint, transport)


@pytest.mark.parametrize(
    ("there", "secret"),
    [
        (IPv4Address("TCP", "127.0.0.1", 5001), True),
        (IPv4Address("TCP", "127.8.9.1", 5001), True),
        (IPv6Address("TCP", "::1", 5001), True),
        (IPv4Address("TCP", "192.168.1.5", 5001), True),
        (IPv4Address("TCP", "192.168.1.6", 5001), False),
        (IPv6Address("TCP", "fe80::1%eth0", 5001), False),
        (UNIXAddress("/socket"), False),
    ],
)
def test_without_tls_only_a_server_on_this_machine_is_told_secrets(
    there: IPv4Address | IPv6Address | UNIXAddress, secret: bool
) -> None:
    assert channel(there).is_secret is secret
    assert channel(there).exporter() == ""


def test_a_proxy_on_this_machine_may_pass_a_secret_on_in_the_open() -> None:
    there = IPv4Address("TCP", "127.0.0.1", 3128)
    assert not channel(there, proxied=True).is_secret
    assert channel(there, proxied=True, tls=True).is_secret


def test_over_tls_to_a_line_door_a_proof_is_bound_and_over_a_websocket_it_need_not_be() -> None:
    there = IPv4Address("TCP", "203.0.113.1", 5002)
    assert channel(there, tls=True).is_to_line_door
    assert not channel(there).is_to_line_door
    page = WebAddress("chat.test", 443, secure=True)
    endpoint = ServerEndpoint(page, MemoryEndpoint(Network()), tls=True)
    assert not Channel(endpoint, StringTransport()).is_to_line_door


def test_with_tls_every_server_is_told_secrets() -> None:
    assert channel(IPv4Address("TCP", "203.0.113.1", 5002), tls=True).is_secret
