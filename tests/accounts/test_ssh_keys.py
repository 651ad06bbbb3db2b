"""SSH public keys and their signatures, of every kind that clients have."""

from __future__ import annotations

import struct
from hashlib import sha256
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, SHA384, SHA512
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from netchat.accounts.ssh_keys import parse_ssh_key, ssh_key_line, verify

MESSAGE = b"what is signed"
APPLICATION = b"ssh:"
COUNTER = struct.pack(">L", 7)


def string(data: bytes) -> bytes:
    """Return `data` as a string of SSH."""
    return struct.pack(">L", len(data)) + data


def number(value: int) -> bytes:
    """Return `value` as a number of SSH."""
    return string(value.to_bytes(value.bit_length() // 8 + 1, "big"))


def blob_of(public: Any) -> bytes:
    """Return the public key as it is sent over the wire."""
    from base64 import b64decode

    line: bytes = public.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    return b64decode(line.split()[1])


def ec_signature(key: ec.EllipticCurvePrivateKey, message: bytes, hashing: Any) -> bytes:
    """Return the two numbers of a signature."""
    r, s = decode_dss_signature(key.sign(message, ec.ECDSA(hashing)))
    return number(r) + number(s)


def touched(message: bytes, flags: int = 1) -> bytes:
    """Return what a security token signs."""
    return sha256(APPLICATION).digest() + bytes((flags,)) + COUNTER + sha256(message).digest()


def test_a_signature_of_ed25519_is_right_for_its_message_only() -> None:
    key = Ed25519PrivateKey.generate()
    blob = blob_of(key.public_key())
    signature = string(b"ssh-ed25519") + string(key.sign(MESSAGE))
    assert verify(blob, b"ssh-ed25519", signature, MESSAGE)
    assert not verify(blob, b"ssh-ed25519", signature, b"another")
    assert not verify(blob, b"rsa-sha2-256", signature, MESSAGE)
    other = blob_of(Ed25519PrivateKey.generate().public_key())
    assert not verify(other, b"ssh-ed25519", signature, MESSAGE)


@pytest.mark.parametrize(
    ("algorithm", "hashing", "right"),
    [
        (b"rsa-sha2-512", SHA512(), True),
        (b"rsa-sha2-256", SHA256(), True),
        (b"ssh-rsa", SHA1(), False),
    ],
)
def test_rsa_signs_with_sha_2_only(algorithm: bytes, hashing: Any, right: bool) -> None:
    key = rsa.generate_private_key(65537, 2048)
    signature = string(algorithm) + string(key.sign(MESSAGE, PKCS1v15(), hashing))
    assert verify(blob_of(key.public_key()), algorithm, signature, MESSAGE) is right


@pytest.mark.parametrize(
    ("curve", "hashing"),
    [(ec.SECP256R1(), SHA256()), (ec.SECP384R1(), SHA384()), (ec.SECP521R1(), SHA512())],
)
def test_ecdsa_signs_on_each_curve_with_the_hash_of_its_own(curve: Any, hashing: Any) -> None:
    key = ec.generate_private_key(curve)
    algorithm = f"ecdsa-sha2-nistp{curve.key_size}".encode()
    signature = string(algorithm) + string(ec_signature(key, MESSAGE, hashing))
    assert verify(blob_of(key.public_key()), algorithm, signature, MESSAGE)
    assert not verify(blob_of(key.public_key()), algorithm, signature, MESSAGE + b"x")


def test_a_security_token_has_to_be_touched() -> None:
    kind = b"sk-ssh-ed25519@openssh.com"
    key = Ed25519PrivateKey.generate()
    raw = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    blob = string(kind) + string(raw) + string(APPLICATION)
    signed = string(kind) + string(key.sign(touched(MESSAGE)))
    assert verify(blob, kind, signed + bytes((1,)) + COUNTER, MESSAGE)
    assert not verify(blob, kind, signed + bytes((5,)) + COUNTER, MESSAGE)
    assert not verify(blob, kind, signed + bytes((1,)) + COUNTER + b"x", MESSAGE)
    untouched = string(kind) + string(key.sign(touched(MESSAGE, 0)))
    assert not verify(blob, kind, untouched + bytes((0,)) + COUNTER, MESSAGE)
    line = ssh_key_line(blob)
    assert line.startswith("sk-ssh-ed25519@openssh.com AAAA")
    assert parse_ssh_key(f"{line} token") == (line, "token")


def test_a_security_token_with_ecdsa_has_to_be_touched() -> None:
    kind = b"sk-ecdsa-sha2-nistp256@openssh.com"
    key = ec.generate_private_key(ec.SECP256R1())
    point = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    blob = string(kind) + string(b"nistp256") + string(point) + string(APPLICATION)
    numbers = ec_signature(key, touched(MESSAGE), SHA256())
    signature = string(kind) + string(numbers) + bytes((1,)) + COUNTER
    assert verify(blob, kind, signature, MESSAGE)
    assert not verify(blob, kind, signature, b"another")


def test_weak_keys_and_keys_of_other_kinds_are_refused() -> None:
    weak = blob_of(rsa.generate_private_key(65537, 1024).public_key())
    for blob in (weak, string(b"ssh-dss") + string(b"x")):
        with pytest.raises(ValueError, match="too weak"):
            ssh_key_line(blob)
    with pytest.raises(ValueError, match="not supported"):
        ssh_key_line(string(b"unknown") + string(b"x"))
    with pytest.raises(ValueError, match="too long"):
        ssh_key_line(string(b"ssh-rsa") + string(b"x" * 5000))


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_any_bytes_are_no_key_and_no_signature(blob: bytes, signature: bytes) -> None:
    assert not verify(blob, b"ssh-ed25519", signature, MESSAGE)
    with pytest.raises(ValueError, match=r"SSH|kind"):
        ssh_key_line(blob)
