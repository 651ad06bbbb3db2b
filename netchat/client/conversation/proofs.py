"""The proofs that a name is the user's: a signature, or the two messages of SCRAM.

No secret crosses the wire in either. Source: docs/protocol.md; RFC 8032 (Ed25519), RFC 5802 and RFC
7677 (SCRAM-SHA-256).
"""

from __future__ import annotations

from secrets import token_hex

from scramp import ScramClient, ScramException

from netchat.client.identity.interfaces import Key
from netchat.dialects.jsonl.state_events import Challenge
from netchat.model.state_requests import Auth

CONTEXT = "netchat key proof 1"
SCRAM = "SCRAM-SHA-256"


class UnprovedServerError(Exception):
    """The server does not know the password's verifier, so it may be another server."""


def signed_text(challenge: Challenge, client: str, nonce: str, exporter: str) -> bytes:
    """Return what a key signs to answer `challenge`.

    `client` is the one in the hello, `nonce` the client's own, and `exporter` is in hexadecimal
    digits, "" if the signature is not bound to the TLS connection.
    """
    parts = (CONTEXT, challenge.journal, challenge.name, client, challenge.nonce, nonce)
    return "\n".join((*parts, exporter)).encode()


def key_proof(challenge: Challenge, key: Key, client: str, exporter: str) -> Auth:
    """Return the request that answers `challenge` with a signature of `key`."""
    nonce = token_hex(16)
    signature = key.sign(signed_text(challenge, client, nonce, exporter)).hex()
    return Auth(method="key", key=key.public, challenge=nonce, signature=signature)


class ScramProof:
    """One SCRAM exchange, which proves the password to the server, and the server to the user."""

    def __init__(self, name: str, password: str) -> None:
        """Raise ValueError if `password` has characters that no password can have (RFC 4013)."""
        try:
            self._client = ScramClient([SCRAM], name, password)
        except ScramException as error:
            raise ValueError(str(error)) from error
        self._steps = 0
        self.server_proved = False
        """Whether the server has proved that it knows the verifier of the password."""

    def begin(self) -> Auth:
        """Return the request that begins the exchange."""
        return Auth(method="scram", data=self._client.get_client_first())

    def answer(self, data: str) -> Auth | None:
        """Return the answer to the server's message `data`, None if it was the last.

        Raises UnprovedServerError if the message is not that of a server that knows the verifier.
        """
        self._steps += 1
        try:
            if self._steps == 1:
                self._client.set_server_first(data)
                return Auth(method="scram", data=self._client.get_client_final())
            self._client.set_server_final(data)
        except (ScramException, ValueError) as error:
            raise UnprovedServerError from error
        self.server_proved = True
        return None
