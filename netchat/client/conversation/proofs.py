"""The proofs that a name is the user's: a signature, or the two messages of SCRAM.

No secret crosses the wire in either. Source: docs/protocol.md; RFC 8032 (Ed25519), RFC 5802 and RFC
7677 (SCRAM-SHA-256).
"""

from __future__ import annotations

from secrets import token_hex

from scramp import ScramClient, ScramException

from netchat.accounts import keys
from netchat.client.identity.interfaces import Key
from netchat.dialects.jsonl.state_events import Challenge
from netchat.model.state_requests import Auth

SCRAM = "SCRAM-SHA-256"
MIN_ITERATIONS = 600_000
MAX_ITERATIONS = 10_000_000
"""These take about three seconds."""


class UnprovedServerError(Exception):
    """The server does not know the password's verifier, so it may be another server."""


def key_proof(challenge: Challenge, key: Key, client: str, exporter: str) -> Auth:
    """Return the request that answers `challenge` with a signature of `key`.

    `client` is the one in the hello; `exporter` is in hexadecimal digits, "" if the signature is
    not bound to the TLS connection.
    """
    nonce = token_hex(16)
    signed = keys.Challenge(
        challenge.journal, challenge.name, client, challenge.nonce, nonce, exporter
    )
    signature = key.sign(signed.message).hex()
    return Auth(method="key", key=key.public, challenge=nonce, signature=signature)


class ScramProof:
    """One SCRAM exchange, which proves the password to the server, and the server to the user."""

    __slots__ = ("_client", "_steps", "server_proved")

    def __init__(self, name: str, password: str) -> None:
        """Raise ValueError if `password` has characters that no password can have (RFC 4013)."""
        try:
            self._client = ScramClient([SCRAM], _scram_name(name), password)
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
                _check_iterations(data)
                self._client.set_server_first(data)
                return Auth(method="scram", data=self._client.get_client_final())
            self._client.set_server_final(data)
        except (ScramException, ValueError) as error:
            raise UnprovedServerError from error
        self.server_proved = True
        return None


def _check_iterations(server_first: str) -> None:
    """Raise ValueError if the server wants fewer rounds than ours do, or far more.

    With few of them who is in between could try passwords fast against the answer.
    """
    wanted = [part[2:] for part in server_first.split(",") if part.startswith("i=")]
    if len(wanted) != 1 or not MIN_ITERATIONS <= int(wanted[0]) <= MAX_ITERATIONS:
        raise ValueError("the count of iterations is no server's")


def _scram_name(name: str) -> str:
    """Return `name` as a name of SCRAM, which knows only the letters of Unicode 3.2 (RFC 4013).

    The server goes by the name of the challenge.
    """
    try:
        ScramClient([SCRAM], name, "")
    except ScramException:
        return name.encode().hex()
    return name
