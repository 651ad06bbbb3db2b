"""Clients that do not speak SSH as they should: they harm nobody, and no bug is logged."""

from __future__ import annotations

import struct
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.conch.ssh.common import NS
from twisted.internet.protocol import Protocol

from netchat.doors.ssh.key_exchanges import FREE_REKEYS, PER_SECOND, TURN, KeyExchanges
from netchat.doors.ssh.packet_flow import PACKETS_PER_TURN
from netchat.doors.ssh.rejection import VERSION
from netchat.testing import Network
from tests.support.ssh_clients import SshClient, connect, make_key, ssh

KEXINIT, NEWKEYS, KEX_INIT, SERVICE_REQUEST, USERAUTH_REQUEST, CHANNEL_OPEN = 20, 21, 30, 5, 50, 90
GLOBAL_REQUEST, CHANNEL_DATA, IGNORE = 80, 94, 2


class Raw(Protocol):
    """A client that sends bytes."""

    transport: Any

    def __init__(self) -> None:
        self.received = b""
        self.online = True

    def dataReceived(self, data: bytes) -> None:
        self.received += data

    def connectionLost(self, reason: object = None) -> None:
        self.online = False


def raw(network: Network, *parts: bytes) -> Raw:
    """Return a client that has sent `parts`, each in a read of its own."""
    client = network.connect(Raw())
    for part in parts:
        client.transport.write(part)
        network.settle()
    return client


class Breaker(SshClient):
    """A client that sends packets of its own where a right one would follow."""

    after_keys: tuple[tuple[int, bytes], ...] = ()
    instead_of_keys: tuple[tuple[int, bytes], ...] = ()
    keys_seen = 0

    def ssh_SERVICE_ACCEPT(self, packet: bytes) -> None:  # noqa: N802
        """Go on as if it had been accepted."""

    def connectionSecure(self) -> None:
        self.keys_seen += 1
        for kind, payload in self.after_keys:
            self.sendPacket(kind, payload)

    def ssh_KEXINIT(self, packet: bytes) -> Any:  # noqa: N802
        if not self.instead_of_keys:
            return super().ssh_KEXINIT(packet)
        for kind, payload in self.instead_of_keys:
            self.sendPacket(kind, payload)
        return None


@pytest.mark.parametrize(
    "data",
    [
        b"\xff" * 200,
        bytes(64),
        struct.pack(">LB", 2**31, 4) + bytes(100),
        struct.pack(">LB", 12, 255) + bytes(100),
        struct.pack(">LB", 12, 0) + bytes(100),
        struct.pack(">LBB", 12, 10, KEX_INIT) + bytes(100),
        struct.pack(">LBB", 12, 10, NEWKEYS) + bytes(100),
        struct.pack(">LBB", 12, 10, KEXINIT) + bytes(100),
        struct.pack(">LBB", 12, 10, SERVICE_REQUEST) + bytes(100),
    ],
)
def test_whoever_sends_no_packets_is_told_and_closed(data: bytes) -> None:
    network = Network()
    client = raw(network, b"SSH-2.0-x\r\n", data)
    network.advance(5)
    assert client.received.startswith(VERSION)
    assert b"update your client" in client.received
    assert not client.online


@settings(max_examples=200)
@given(st.lists(st.binary(min_size=1, max_size=200), max_size=8))
def test_no_bytes_before_the_keys_are_a_bug(parts: list[bytes]) -> None:
    network = Network()
    client = raw(network, b"SSH-2.0-x\r\n", *parts)
    network.advance(200)
    assert not client.online


def test_a_version_without_an_end_is_closed() -> None:
    network = Network()
    client = raw(network, b"SSH-2.0-" + b"x" * 300)
    assert b"update your client" in client.received
    network.advance(5)
    assert not client.online


@pytest.mark.parametrize(
    "packets",
    [
        ((NEWKEYS, b""),),
        ((KEX_INIT, NS(bytes(32))),),
        ((USERAUTH_REQUEST, NS(b"root") + NS(b"ssh-connection") + NS(b"none")),),
        ((CHANNEL_OPEN, NS(b"session") + struct.pack(">3L", 0, 1000, 1000)),),
    ],
)
def test_nothing_happens_before_there_are_keys(packets: Any) -> None:
    network = Network()
    client = Breaker("Alice")
    client.instead_of_keys = packets
    connect(network, client)
    network.advance(20)
    assert not client.is_authenticated
    assert not list(network.service.factory.chat.participants)


@pytest.mark.parametrize(
    "packets",
    [
        ((CHANNEL_OPEN, NS(b"session") + struct.pack(">3L", 0, 1000, 1000)),),
        ((SERVICE_REQUEST, NS(b"ssh-connection")),),
        ((SERVICE_REQUEST, NS(b"ssh-userauth")), (CHANNEL_OPEN, NS(b"session") + bytes(12))),
        ((SERVICE_REQUEST, NS(b"ssh-userauth")), (SERVICE_REQUEST, NS(b"ssh-connection"))),
        ((SERVICE_REQUEST, NS(b"ssh-userauth")), (61, struct.pack(">L", 0))),
        ((SERVICE_REQUEST, NS(b"ssh-userauth")), (USERAUTH_REQUEST, b"\0\0\0\xff")),
        ((NEWKEYS, b""),),
        ((KEX_INIT, NS(bytes(32))),),
    ],
)
def test_nobody_opens_a_session_who_is_not_authenticated(packets: Any) -> None:
    network = Network()
    client = Breaker("Alice")
    client.after_keys = packets
    connect(network, client)
    network.advance(200)
    assert client.keys_seen == 1
    assert not client.is_authenticated
    assert not client.online
    assert not list(network.service.factory.chat.participants)


def test_whoever_asks_for_many_new_keys_is_closed_and_who_asks_seldom_is_not() -> None:
    network = Network()
    busy, patient = ssh(network, "Busy", make_key()), ssh(network, "Patient", make_key())
    for _ in range(FREE_REKEYS):
        busy.sendKexInit()
        network.settle()
    assert "RekeyLimit" in busy.ended
    for _ in range(20):
        network.advance(11)
        patient.sendKexInit()
        network.settle()
    patient.say("still here")
    assert patient.online


def test_lines_that_are_said_during_a_key_exchange_arrive_after_it() -> None:
    network = Network()
    bob = network.join("Bob")
    alice = ssh(network, "Alice", make_key())
    alice.sendKexInit()
    bob.say("hello")
    network.settle()
    bob.say("again")
    assert alice.heard[-2:] == ["Bob: hello", "Bob: again"]


def test_key_exchanges_are_made_at_a_limited_pace_and_addresses_take_turns() -> None:
    network = Network("--max-nameless", "0", "--max-per-address", "0")
    exchanges = KeyExchanges(network.clock)
    made: list[bytes] = []
    per_turn = int(PER_SECOND * TURN)
    for _ in range(100):
        exchanges.request(b"flood", lambda: made.append(b"flood"))
    exchanges.request(b"one", lambda: made.append(b"one"))
    assert len(made) == per_turn
    network.clock.advance(TURN)
    assert len(made) == 2 * per_turn
    assert b"one" in made
    exchanges.stop()
    network.clock.advance(TURN)
    assert len(made) == 2 * per_turn


def test_a_flood_of_packets_is_taken_a_few_in_a_turn() -> None:
    network = Network()
    client = ssh(network, "Alice", make_key())
    door = network.door(client)
    before = door.incomingPacketSequence
    for _ in range(PACKETS_PER_TURN * 3):
        client.sendPacket(IGNORE, NS(b""))
    data = b"".join(client.transport.stream)
    client.transport.stream.clear()
    door.dataReceived(data)
    assert door.incomingPacketSequence == before + PACKETS_PER_TURN
    network.settle()
    assert door.incomingPacketSequence == before + 3 * PACKETS_PER_TURN


def test_more_input_than_the_window_takes_closes_the_connection() -> None:
    network = Network("--rate", "1", "--burst", "1")
    client = ssh(network, "Alice", make_key())
    for _ in range(40):
        client.channel.conn.sendData(client.channel, b"x\n" * 500)
    network.settle()
    network.advance(10)
    assert not client.online


def test_data_for_a_channel_that_is_none_is_ignored() -> None:
    network = Network()
    client = ssh(network, "Alice", make_key())
    client.sendPacket(CHANNEL_DATA, struct.pack(">L", 7) + NS(b"x"))
    network.settle()
    client.say("hello")
    assert client.online
