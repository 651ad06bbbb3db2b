"""SSH public keys: which texts and which bytes are one, and how a signature is verified.

Taken are Ed25519, RSA (signed with SHA-2), ECDSA on the NIST curves, and the keys of security
tokens ("sk"), which have to be touched.

Source: RFC 4253 section 6.6, RFC 5656, RFC 8332, RFC 8709; OpenSSH, PROTOCOL.u2f.
"""

from __future__ import annotations

import struct
from base64 import b64decode, b64encode
from binascii import Error as BadBase64Error
from functools import partial
from hashlib import sha256

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512, HashAlgorithm
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_ssh_public_key,
)

MIN_RSA_BITS = 2048
MAX_RSA_BITS = 8192
"""A longer one takes more than a millisecond to verify."""
MAX_BLOB = 2048
"""Bytes of a public key; one of RSA with 8192 bits has 1,047."""
_SK = b"@openssh.com"
_TOUCHED = 1
"""The flag of a signature for which the security token was touched."""
_WEAK = "That SSH key is too weak; make one with ssh-keygen -t ed25519."
_LONG = "That SSH key is too long; make one with ssh-keygen -t ed25519."
_OTHER_KIND = "Keys of that kind are not supported; make one with ssh-keygen -t ed25519."
_NONE = "That is no SSH public key; send the line of a file like id_ed25519.pub."

SIGNATURE_ALGORITHMS = (
    b"ssh-ed25519",
    b"sk-ssh-ed25519@openssh.com",
    b"ecdsa-sha2-nistp256",
    b"ecdsa-sha2-nistp384",
    b"ecdsa-sha2-nistp521",
    b"sk-ecdsa-sha2-nistp256@openssh.com",
    b"rsa-sha2-512",
    b"rsa-sha2-256",
)
"""What a server that verifies with `verify` can announce (RFC 8308, server-sig-algs)."""
_RSA_HASHES: dict[bytes, HashAlgorithm] = {b"rsa-sha2-512": SHA512(), b"rsa-sha2-256": SHA256()}
_EC_HASHES: dict[int, HashAlgorithm] = {256: SHA256(), 384: SHA384(), 521: SHA512()}

_Key = Ed25519PublicKey | RSAPublicKey | EllipticCurvePublicKey


def parse_ssh_key(text: str) -> tuple[str, str]:
    """Return an SSH public key, as in authorized_keys but without its comment, and the comment.

    ValueError, which is a sentence for the user, if `text` is none that is strong enough.
    """
    parts = text.split(maxsplit=2)
    if parts[:1] == ["ssh-dss"]:
        raise ValueError(_WEAK)
    try:
        blob = b64decode(parts[1], validate=True)
    except (IndexError, BadBase64Error, ValueError):
        raise ValueError(_NONE) from None
    line = ssh_key_line(blob)
    if line.split()[0] != parts[0]:
        raise ValueError(_NONE)
    return line, parts[2].strip() if len(parts) > 2 else ""


def ssh_key_line(blob: bytes) -> str:
    """Return the public key `blob`, as it is sent over the wire, as in authorized_keys.

    It is the same for all ways to write the key. ValueError, which is a sentence for the user, if
    it is none that is strong enough.
    """
    key = _load(blob)
    if blob_type(blob).startswith(b"sk-"):
        return _line(blob)
    return key.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


def blob_type(blob: bytes) -> bytes:
    """Return the type of the public key `blob`; b"" if it has none."""
    try:
        return _strings(blob)[0]
    except (ValueError, IndexError):
        return b""


def verify(blob: bytes, algorithm: bytes, signature: bytes, message: bytes) -> bool:
    """Return whether `signature`, as it is sent over the wire, is that of `message` by `blob`.

    `algorithm` is the one that the client has announced; the signature must be made with it.
    """
    try:
        key = _load(blob)
        kind, raw, *_ = _strings(signature, 2)
        if kind != algorithm or algorithm not in _algorithms(blob_type(blob)):
            return False
        if algorithm.endswith(_SK):
            message = _signed_by_token(blob, signature[8 + len(kind) + len(raw) :], message)
        _verify_raw(key, algorithm, raw, message)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError, IndexError):
        return False
    return True


def _signed_by_token(blob: bytes, flags_and_counter: bytes, message: bytes) -> bytes:
    """Return what a security token signs for `message`; ValueError if it was not touched."""
    if len(flags_and_counter) != 5 or not flags_and_counter[0] & _TOUCHED:
        raise ValueError("the token was not touched")
    application = _strings(blob)[-1]
    return sha256(application).digest() + flags_and_counter + sha256(message).digest()


def _verify_raw(key: _Key, algorithm: bytes, raw: bytes, message: bytes) -> None:
    if isinstance(key, RSAPublicKey):
        key.verify(raw, message, PKCS1v15(), _RSA_HASHES[algorithm])
    elif isinstance(key, Ed25519PublicKey):
        key.verify(raw, message)
    else:
        r, s = map(partial(int.from_bytes, byteorder="big"), _strings(raw))
        hashing = _EC_HASHES[key.curve.key_size]
        key.verify(encode_dss_signature(r, s), message, ECDSA(hashing))


def _algorithms(kind: bytes) -> tuple[bytes, ...]:
    """Return the algorithms with which a key of the type `kind` signs."""
    return tuple(_RSA_HASHES) if kind == b"ssh-rsa" else (kind,)


def _load(blob: bytes) -> _Key:
    """Return the key in `blob`; ValueError, which is a sentence for the user, if there is none."""
    kind = blob_type(blob)
    if kind == b"ssh-dss":
        raise ValueError(_WEAK)
    if len(blob) > MAX_BLOB:
        raise ValueError(_LONG)
    if kind != b"ssh-rsa" and kind not in SIGNATURE_ALGORITHMS:
        raise ValueError(_OTHER_KIND if kind.isalnum() else _NONE)
    try:
        key = load_ssh_public_key(_line(blob).encode())
    except (ValueError, UnsupportedAlgorithm):
        raise ValueError(_NONE) from None
    if isinstance(key, RSAPublicKey):
        if key.key_size < MIN_RSA_BITS:
            raise ValueError(_WEAK)
        if key.key_size > MAX_RSA_BITS:
            raise ValueError(_LONG)
        return key
    if isinstance(key, Ed25519PublicKey | EllipticCurvePublicKey):
        return key
    raise ValueError(_OTHER_KIND)


def _line(blob: bytes) -> str:
    return f"{blob_type(blob).decode(errors='replace')} {b64encode(blob).decode()}"


def _strings(data: bytes, count: int = 0) -> list[bytes]:
    """Return the strings of SSH in `data`, `count` of them or all; ValueError if one is cut off."""
    found: list[bytes] = []
    while data and (not count or len(found) < count):
        (length,) = struct.unpack_from(">L", data) if len(data) >= 4 else (len(data),)
        if length > len(data) - 4:
            raise ValueError("a string is cut off")
        found.append(data[4 : 4 + length])
        data = data[4 + length :]
    return found
