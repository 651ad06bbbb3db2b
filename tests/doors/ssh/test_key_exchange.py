"""The key exchange that withstands quantum computers, with a client that is written out here.

Source: draft-ietf-sshm-mlkem-hybrid-kex; conch's own client has none.
"""

from __future__ import annotations

import os
import struct
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from twisted.conch.ssh.common import NS, getNS

from netchat.accounts.ssh_keys import verify
from netchat.doors.ssh.rejection import VERSION
from netchat.testing import Network
from tests.doors.ssh.test_hostile_clients import raw

CLIENT = b"SSH-2.0-x"
CIPHERTEXT = 1088
KEX = b"mlkem768x25519-sha256"


def packet(payload: bytes) -> bytes:
    """Return `payload` as a packet without keys."""
    padding = 8 - (5 + len(payload)) % 8
    padding += 8 * (padding < 4)
    return struct.pack(">LB", 1 + len(payload) + padding, padding) + payload + bytes(padding)


def payloads(data: bytes) -> list[bytes]:
    """Return the payloads of packets without keys."""
    found = []
    while data:
        length, padding = struct.unpack_from(">LB", data)
        found.append(data[5 : 4 + length - padding])
        data = data[4 + length :]
    return found


def test_a_client_and_the_server_agree_on_a_secret_that_nobody_can_record_and_break_later() -> None:
    curve, lattice = X25519PrivateKey.generate(), MLKEM768PrivateKey.generate()
    lists = [KEX, b"ssh-ed25519", *[b"aes256-ctr"] * 2, *[b"hmac-sha2-256"] * 2]
    lists += [b"none", b"none", b"", b""]
    ours = bytes((20,)) + os.urandom(16) + b"".join(map(NS, lists)) + bytes(5)
    sent = lattice.public_key().public_bytes_raw() + curve.public_key().public_bytes_raw()
    network = Network()
    client = raw(network, CLIENT + b"\r\n" + packet(ours), packet(bytes((30,)) + NS(sent)))
    network.advance(0.2)
    theirs, reply, new_keys = payloads(client.received.partition(b"\r\n")[2])[:3]
    assert new_keys == bytes((21,))
    host_key, answer, signature = getNS(reply[1:], 3)[:3]
    point = X25519PublicKey.from_public_bytes(answer[CIPHERTEXT:])
    secrets = lattice.decapsulate(answer[:CIPHERTEXT]) + curve.exchange(point)
    parts = (CLIENT, VERSION, ours, theirs, host_key, sent, answer, sha256(secrets).digest())
    exchange = sha256(b"".join(map(NS, parts))).digest()
    assert verify(host_key, b"ssh-ed25519", signature, exchange)
