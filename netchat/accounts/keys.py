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
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_ssh_public_key,
)

CONTEXT = "netchat key proof 1"
"""The first line of what is signed."""
KEY_BYTES = 32
SIGNATURE_BYTES = 64
MIN_RSA_BITS = 2048
_WEAK = "That SSH key is too weak; make one with ssh-keygen -t ed25519."
_OTHER_KIND = "SSH keys of that kind are not supported; make one with ssh-keygen -t ed25519."


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


def parse_ssh_key(text: str) -> tuple[str, str]:
    """Return an SSH public key, as in authorized_keys but without its comment, and the comment.

    ValueError, which is a sentence for the user, if `text` is none that is strong enough.
    """
    parts = text.split(maxsplit=2)
    if parts[:1] == ["ssh-dss"]:
        raise ValueError(_WEAK)
    try:
        if len(parts) < 2 or not parts[1].isascii():
            raise ValueError(text)
        key = load_ssh_public_key(" ".join(parts[:2]).encode())
    except (ValueError, UnsupportedAlgorithm):
        raise ValueError(
            "That is no SSH public key; send the line of a file like id_ed25519.pub."
        ) from None
    if isinstance(key, RSAPublicKey) and key.key_size < MIN_RSA_BITS:
        raise ValueError(_WEAK)
    line = key.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
    if line.split()[0] != parts[0]:
        raise ValueError(
            "Keys of that kind are not supported; make one with ssh-keygen -t ed25519."
        )
    return line, parts[2].strip() if len(parts) > 2 else ""


def _bytes(text: str, length: int) -> bytes | None:
    """Return the bytes that `text` has in hexadecimal, without blanks; None if not `length`."""
    if len(text) != 2 * length or not text.isascii() or not text.isalnum():
        return None
    try:
        return bytes.fromhex(text)
    except ValueError:
        return None
