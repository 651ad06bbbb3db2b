"""Public keys: which texts are one, and how a signature is verified.

The key of the netchat client is Ed25519 (RFC 8032). It signs texts of the login, each on a line of
its own, of which the first says what is signed, so that no signature of another program, server,
name, client or login passes for this one. Over TLS the connection itself is among them (RFC 9266):
who is between client and server cannot pass the signature on.
"""

from __future__ import annotations

from typing import NamedTuple

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

CONTEXT = "netchat key proof 1"
"""The first line of what is signed."""
KEY_BYTES = 32
SIGNATURE_BYTES = 64


class Challenge(NamedTuple):
    """What a signature covers, in this order, after the CONTEXT.

    `client` is the identifier of the client's program as a UUID in lower case with dashes, or "";
    `server_nonce` and `client_nonce` are random texts of the two sides; `exporter` is the TLS
    connection (64 hexadecimal digits), or "".
    """

    journal: str
    name: str
    client: str
    server_nonce: str
    client_nonce: str
    exporter: str

    @property
    def message(self) -> bytes:
        """The bytes that are signed."""
        return "\n".join((CONTEXT, *self)).encode()


def check_key(text: str) -> str:
    """Return the Ed25519 public key `text` in lower case; ValueError, a sentence, if it is none."""
    key = _bytes(text, KEY_BYTES)
    if key is None:
        raise ValueError("A key is an Ed25519 public key of 64 hexadecimal digits; send it so.")
    return key.hex()


def verify(key: str, signature: str, challenge: Challenge) -> bool:
    """Return whether `signature`, in hexadecimal, is that of the `challenge` by `key`."""
    key_bytes, signed = _bytes(key, KEY_BYTES), _bytes(signature, SIGNATURE_BYTES)
    # A line end within a part would let one part pass for two.
    if key_bytes is None or signed is None or any("\n" in part for part in challenge):
        return False
    try:
        Ed25519PublicKey.from_public_bytes(key_bytes).verify(signed, challenge.message)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError):
        return False
    return True


def _bytes(text: str, length: int) -> bytes | None:
    """Return the bytes that `text` has in hexadecimal, without blanks; None if not `length`."""
    if len(text) != 2 * length or not text.isascii() or not text.isalnum():
        return None
    try:
        return bytes.fromhex(text)
    except ValueError:
        return None
