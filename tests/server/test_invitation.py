"""What the log says of how to join: the commands, the addresses, and whether all may."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest
from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress

from netchat.model.limits import (
    AdmissionLimits,
    ConnectionLimits,
    ConversationLimits,
    Limits,
    RetentionLimits,
)
from netchat.model.password import Password
from netchat.server.invitation import (
    MAX_HOSTS,
    Entrance,
    Host,
    invitation,
    is_open,
    own_hosts,
    ways_to_prove,
)

LAN: list[Host] = [ip_address("fd00::2"), ip_address("192.168.1.10"), ip_address("10.0.0.5")]


def ipv4(host: str = "0.0.0.0", port: int = 5001) -> IPv4Address:
    return IPv4Address("TCP", host, port)


def ipv6(host: str = "::", port: int = 5001) -> IPv6Address:
    return IPv6Address("TCP", host, port)


def limits(password: str | None = None, *allow: str) -> Limits:
    secret = Password(password.encode()) if password else None
    return Limits(
        RetentionLimits(),
        ConversationLimits(password=secret),
        ConnectionLimits(),
        AdmissionLimits(allow=tuple(map(ip_network, allow))),
    )


@pytest.mark.parametrize(
    ("entrances", "own", "expected"),
    [
        (
            [Entrance(ipv6()), Entrance(ipv4())],
            LAN,
            "netchat 192.168.1.10:5001, or nc 192.168.1.10 5001 "
            "(also at 10.0.0.5:5001, [fd00::2]:5001)",
        ),
        ([Entrance(ipv4())], [], "netchat 127.0.0.1:5001, or nc 127.0.0.1 5001"),
        ([Entrance(ipv6())], [], "netchat [::1]:5001, or nc ::1 5001"),
        (
            [Entrance(ipv4()), Entrance(ipv6())],
            LAN[1:2],
            "netchat 192.168.1.10:5001, or nc 192.168.1.10 5001",
        ),
        (
            [Entrance(ipv4("127.0.0.1", 7000))],
            LAN,
            "netchat 127.0.0.1:7000, or nc 127.0.0.1 7000",
        ),
        (
            [Entrance(ipv4(port=5002), "--fingerprint AB:CD")],
            LAN[1:2],
            "netchat 192.168.1.10:5002 --fingerprint AB:CD, or "
            "openssl s_client -quiet -connect 192.168.1.10:5002",
        ),
        (
            [Entrance(ipv4("10.0.0.5")), Entrance(UNIXAddress(b"/run/netchat"))],
            LAN,
            "netchat 10.0.0.5:5001, or nc 10.0.0.5 5001; nc -U /run/netchat",
        ),
        (
            [Entrance(ipv4(), proxied="haproxy:tcp:5001")],
            LAN,
            "through the proxy in front of haproxy:tcp:5001",
        ),
        ([Entrance(ipv6("fe80::1%eth0"))], LAN, "netchat [fe80::1]:5001, or nc fe80::1 5001"),
    ],
)
def test_the_commands_are_those_that_work(
    entrances: list[Entrance], own: list[Host], expected: str
) -> None:
    assert invitation(entrances, [], own) == f"To join: {expected}"


@pytest.mark.parametrize(
    ("pages", "expected"),
    [
        (
            [[Entrance(ipv4(port=5080)), Entrance(ipv6(port=5080))], [Entrance(ipv4())]],
            "http://192.168.1.10:5080 in a browser; ",
        ),
        ([[], [Entrance(ipv6()), Entrance(ipv4())]], "http://192.168.1.10:5001 in a browser; "),
        ([[Entrance(ipv6("::1", 8080))]], "http://[::1]:8080 in a browser; "),
        (
            [[Entrance(ipv4(port=8443), "--tls"), Entrance(ipv4("10.0.0.5", 80))]],
            "https://192.168.1.10:8443 in a browser; http://10.0.0.5:80 in a browser; ",
        ),
        (
            [[Entrance(UNIXAddress(b"/run/page"))], [Entrance(ipv4())]],
            "http://192.168.1.10:5001 in a browser; ",
        ),
        ([[Entrance(ipv4(port=8080), proxied="haproxy:tcp:8080")], []], ""),
        ([[], []], ""),
    ],
)
def test_the_page_is_where_a_browser_finds_it_at_an_address_that_is_known(
    pages: list[list[Entrance]], expected: str
) -> None:
    told = invitation([Entrance(ipv4())], pages, LAN[1:2])
    assert told == f"To join: {expected}netchat 192.168.1.10:5001, or nc 192.168.1.10 5001"


def test_of_very_many_addresses_the_first_are_named_and_the_others_counted() -> None:
    own = [ip_address(f"10.0.0.{number}") for number in range(1, 100)]
    told = invitation([Entrance(ipv4())], [], own)
    assert told.count("10.0.0.") == MAX_HOSTS + 1
    assert told.endswith(f", {99 - MAX_HOSTS} more addresses)")


@pytest.mark.parametrize(
    ("entrance", "given", "expected"),
    [
        (Entrance(ipv4()), limits(), True),
        (Entrance(ipv6()), limits(), True),
        (Entrance(ipv4("192.168.1.10"), "--tls"), limits(), True),
        (Entrance(ipv4()), limits("secret"), False),
        (Entrance(ipv4()), limits(None, "192.168.1.0/24"), False),
        (Entrance(ipv4("127.0.0.1")), limits(), False),
        (Entrance(ipv6("::1")), limits(), False),
        (Entrance(UNIXAddress(b"/run/netchat")), limits(), False),
    ],
)
def test_a_server_is_open_if_a_network_reaches_it_and_nothing_keeps_anybody_out(
    entrance: Entrance, given: Limits, expected: bool
) -> None:
    assert is_open([entrance], given) is expected


def test_the_addresses_of_this_machine_are_those_that_others_can_use() -> None:
    for host in own_hosts():
        assert not host.is_loopback
        assert not host.is_link_local


@pytest.mark.parametrize(
    ("entrances", "pages", "expected"),
    [
        (
            [Entrance(ipv4()), Entrance(ipv4(port=5002), "--tls")],
            [[Entrance(ipv4(port=5080))]],
            "use TLS (netchat 192.168.1.10:5002 --tls), the netchat client (netchat "
            "192.168.1.10:5001) or the page (http://192.168.1.10:5080)",
        ),
        ([Entrance(ipv4())], [], "use the netchat client (netchat 192.168.1.10:5001)"),
        (
            [Entrance(ipv4(port=5002), "--tls")],
            [],
            "use TLS (netchat 192.168.1.10:5002 --tls) or the netchat client",
        ),
        ([Entrance(ipv4(), proxied="haproxy:tcp:5001")], [], "use the netchat client"),
    ],
)
def test_who_cannot_send_a_password_is_told_where_they_can_prove_a_name(
    entrances: list[Entrance], pages: list[list[Entrance]], expected: str
) -> None:
    assert ways_to_prove(entrances, pages, LAN[1:2]) == expected
