"""Which connections are admitted by address and number, and what the client reads otherwise."""

from __future__ import annotations

from ipaddress import ip_network
from typing import TYPE_CHECKING

import pytest
from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress

from netchat.admission.policy import AdmissionPolicy, client_key, host_at, parse_host
from netchat.model.disconnects import DENIED, TOO_MANY_FROM_ADDRESS
from netchat.model.limits import AdmissionLimits
from netchat.testing import Guest, Network, Program

if TYPE_CHECKING:
    from twisted.internet.interfaces import IAddress

TOO_MANY_LINES = ["! Too many connections come from your address; close one, or come later."]
FULL_LINES = ["! The server is full; come back later."]


def networks(*texts: str) -> tuple:  # type: ignore[type-arg]
    return tuple(map(ip_network, texts))


def count_admitted(policy: AdmissionPolicy, text: str, times: int = 1) -> int:
    """Return how many of `times` connections from the address `text` are admitted."""
    host = parse_host(text)
    admitted = 0
    for _ in range(times):
        if policy.denial_for(host) is None:
            policy.add(client_key(host))
            admitted += 1
    return admitted


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("192.0.2.1", "::ffff:192.0.2.1", True),
        ("2001:db8::1", "2001:db8::ffff:2", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("fe80::1%eth0", "fe80::2%eth0", False),
    ],
)
def test_addresses_of_one_host_count_as_one(one: str, other: str, same: bool) -> None:
    assert (client_key(parse_host(one)) == client_key(parse_host(other))) is same


@pytest.mark.parametrize(
    ("addr", "key"),
    [
        (IPv4Address("TCP", "192.0.2.1", 1), b"\xc0\0\2\1"),
        (IPv6Address("TCP", "::ffff:192.0.2.1", 1), b"\xc0\0\2\1"),
        (UNIXAddress(None), b""),
        (None, b""),
    ],
)
def test_the_key_of_an_address(addr: IAddress | None, key: bytes) -> None:
    assert client_key(host_at(addr)) == key


def test_the_seventeenth_connection_from_one_address_is_denied() -> None:
    policy = AdmissionPolicy(AdmissionLimits())
    assert count_admitted(policy, "192.0.2.1", 20) == 16
    assert policy.denial_for(parse_host("192.0.2.1")) is TOO_MANY_FROM_ADDRESS
    assert count_admitted(policy, "192.0.2.2") == 1


def test_this_machine_and_trusted_networks_may_have_any_number_of_connections() -> None:
    policy = AdmissionPolicy(AdmissionLimits(trust=networks("10.0.0.0/8", "2001:db8::/32")))
    for text in ("127.0.0.1", "::1", "10.1.2.3", "::ffff:10.1.2.3", "2001:db8::1"):
        assert count_admitted(policy, text, 20) == 20
    assert count_admitted(policy, "11.1.2.3", 20) == 16


def test_nothing_is_kept_of_an_address_without_a_connection() -> None:
    policy = AdmissionPolicy(AdmissionLimits())
    key = client_key(parse_host("192.0.2.1"))
    policy.add(key)
    policy.add(key)
    policy.remove(key)
    assert (policy.connections, policy.addresses) == (1, 1)
    policy.remove(key)
    assert (policy.connections, policy.addresses) == (0, 0)


def test_a_denied_network_is_refused_and_with_allow_every_other_network_too() -> None:
    denied = AdmissionPolicy(AdmissionLimits(deny=networks("10.6.0.0/16")))
    assert denied.denial_for(parse_host("10.6.1.1")) is DENIED
    assert denied.denial_for(parse_host("::ffff:10.6.1.1")) is DENIED
    assert denied.denial_for(parse_host("10.7.1.1")) is None
    allowed = AdmissionPolicy(
        AdmissionLimits(allow=networks("10.0.0.0/8"), deny=networks("10.6.0.0/16"))
    )
    assert [
        allowed.denial_for(parse_host(text)) for text in ("10.1.1.1", "10.6.1.1", "11.1.1.1", "::2")
    ] == [None, DENIED, DENIED, DENIED]


def test_the_health_check_is_allowed_unless_this_machine_is_denied() -> None:
    assert (
        AdmissionPolicy(AdmissionLimits(allow=networks("10.0.0.0/8"))).denial_for(parse_host("::1"))
        is None
    )
    assert AdmissionPolicy(AdmissionLimits(deny=networks("127.0.0.0/8"))).denial_for(
        parse_host("127.0.0.1")
    )
    assert (
        AdmissionPolicy(AdmissionLimits(deny=networks("0.0.0.0/0", "::/0"))).denial_for(None)
        is None
    )


def test_a_client_from_an_address_with_too_many_connections_reads_why_and_is_closed() -> None:
    network = Network("--max-per-address", "2")
    guests = [network.join(f"Guest{n}", "203.0.113.9") for n in range(2)]
    refused = network.guest("203.0.113.9")
    assert refused.heard() == TOO_MANY_LINES
    assert not refused.online
    assert network.guest("203.0.113.10").online
    guests[0].hang_up()
    assert network.join("Late", "203.0.113.9").online


def test_a_client_from_a_denied_network_reads_why() -> None:
    network = Network("--deny", "203.0.113.0/24", "--deny", "2001:db8::/32")
    for host in ("203.0.113.9", "::ffff:203.0.113.9", "2001:db8::9"):
        assert network.guest(host).heard() == [
            "! This server takes no connections from your address."
        ]
    assert network.guest("203.0.114.9").online


def test_a_full_server_says_so_and_has_room_again_when_a_guest_leaves() -> None:
    network = Network("--max-guests", "1")
    alice = network.join("Alice")
    assert network.guest().heard() == FULL_LINES
    alice.say("exit")
    alice.hang_up()
    assert network.join("Bob").online


def test_limits_changed_while_the_server_runs_apply_to_the_next_connection() -> None:
    network = Network()
    network.service.factory.connections.policy.limits = AdmissionLimits(max_guests=1)
    network.join("Alice")
    assert not network.guest().online


def test_a_full_server_answers_a_health_check_from_its_own_machine() -> None:
    network = Network("--max-guests", "1")
    network.join("Alice")
    check = Program()
    check.network = network
    network.connect(check, "127.0.0.1")
    check.send(b'{"type":"ping"}\n{"type":"bye"}\n')
    assert [told["type"] for told in check.told()] == ["pong", "closing"]
    assert not check.online


def test_a_full_server_rejects_other_clients_from_its_own_machine() -> None:
    network = Network("--max-guests", "1")
    network.join("Alice")
    assert network.guest("127.0.0.1").heard() == FULL_LINES
    by_name = network.connect(_guest(network), "127.0.0.1")
    by_name.say("Bob")
    assert by_name.heard() == FULL_LINES
    program = Program()
    program.network = network
    network.connect(program, "127.0.0.1").ask("hello", name="ci")
    assert [(told["type"], told["reason"]) for told in program.told()] == [
        ("closing", "server-full")
    ]
    endless = network.connect(_guest(network), "127.0.0.1")
    endless.send(b"{" * 1000)
    assert b"server-full" in endless.received
    assert not endless.online


def _guest(network: Network) -> Guest:
    guest = Guest()
    guest.network = network
    return guest


def test_a_shutdown_drops_a_rejection_that_the_client_does_not_read() -> None:
    network = Network("--max-guests", "1")
    alice = network.join("Alice")
    check = network.connect(_guest(network), "127.0.0.1")
    assert len(network.service.factory.connections.rejections) == 1
    stopped = network.stop()
    network.advance(5)
    assert stopped.called
    assert [alice.online, check.online] == [False, False]
