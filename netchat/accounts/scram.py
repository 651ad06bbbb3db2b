"""SCRAM-SHA-256: a password is proved without being sent, and the server proves that it knows it.

What is stored is a verifier like that of PostgreSQL: `SCRAM-SHA-256$ITERATIONS:SALT$STORED:SERVER`,
in base64. Source: RFC 5802, RFC 7677; the messages come from the scramp library.
"""

from __future__ import annotations

import hmac
import secrets
from base64 import b64decode, b64encode
from binascii import Error as BadBase64Error
from hashlib import sha256
from typing import Any

from scramp import ScramException, ScramMechanism

ITERATIONS = 600_000
"""Of PBKDF2, for new verifiers. Source: OWASP Password Storage Cheat Sheet."""
MECHANISM = "SCRAM-SHA-256"
_MECHANISM = ScramMechanism(MECHANISM)
_SALT_BYTES = 16

AuthInfo = tuple[bytes, bytes, bytes, int]
"""The salt, the stored key, the server key and the iterations."""


class ScramError(Exception):
    """A message of the client is not what the exchange wants, or its proof is wrong."""


def make_verifier(password: str, iterations: int = ITERATIONS) -> str:
    """Return the verifier of `password`; ValueError, a sentence for the user, if it cannot be one.

    With 600,000 iterations this takes about 0.2 s.
    """
    try:
        own_salt = secrets.token_bytes(_SALT_BYTES)
        salt, stored, server, count = _MECHANISM.make_auth_info(password, iterations, own_salt)
    except ScramException:
        raise ValueError(
            "A password has letters, digits and signs that can be typed; choose another one."
        ) from None
    texts = [b64encode(part).decode() for part in (salt, stored, server)]
    return f"{MECHANISM}${count}:{texts[0]}${texts[1]}:{texts[2]}"


def verify(verifier: str, password: str, iterations: int = ITERATIONS) -> bool:
    """Return whether `password` is the one of `verifier`.

    Without a verifier ("") the answer is False, after the same work.
    """
    info = _read(verifier)
    salt, stored, _, count = info or (bytes(_SALT_BYTES), b"", b"", iterations)
    try:
        _, found, _, _ = _MECHANISM.make_auth_info(password, count, salt)
    except ScramException:
        return False
    return hmac.compare_digest(found, stored) and info is not None


class ScramExchange:
    """One exchange, with the verifier of an account, or "" if it has none.

    `secret` and `whose`, which stay the same, make the salt of an account without a verifier: who
    asks several times is always told the same salt, as it would be with one.
    """

    __slots__ = ("_server",)

    def __init__(
        self, verifier: str, whose: str, secret: bytes, iterations: int = ITERATIONS
    ) -> None:
        info = _read(verifier) or _dummy(whose, secret, iterations)
        self._server: Any = _MECHANISM.make_server(lambda _: info)

    def start(self, client_first: str) -> str:
        """Return the answer to the first message of the client; ScramError if it is invalid."""
        try:
            self._server.set_client_first(client_first)
            first: str = self._server.get_server_first()
        except (ScramException, ValueError) as error:
            raise ScramError from error
        return first

    def finish(self, client_final: str) -> str:
        """Return the answer to a right proof; ScramError if it is wrong or invalid."""
        try:
            self._server.set_client_final(client_final)
            final: str = self._server.get_server_final()
        except (ScramException, ValueError) as error:
            raise ScramError from error
        return final


def _read(verifier: str) -> AuthInfo | None:
    try:
        mechanism, head, keys = verifier.split("$")
        count, salt = head.split(":")
        stored, server = keys.split(":")
        if mechanism != MECHANISM:
            return None
        return (b64decode(salt), b64decode(stored), b64decode(server), int(count))
    except (ValueError, BadBase64Error):
        return None


def _dummy(whose: str, secret: bytes, iterations: int) -> AuthInfo:
    salt, stored, server = (
        hmac.digest(secret, f"{part} {whose}".encode(), sha256)
        for part in ("salt", "key", "server")
    )
    return (salt[:_SALT_BYTES], stored, server, iterations)
