"""A client's side of proving a name: keys, signatures and SCRAM."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

if TYPE_CHECKING:
    from netchat.testing import Network, Program

CLIENT = str(UUID(int=1))
PASSWORD = "correct horse battery"


class Key:
    """A key that is the same whenever it is made with the same `seed`."""

    def __init__(self, seed: str = "alice") -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(sha256(seed.encode()).digest())
        self.public = self._key.public_key().public_bytes_raw().hex()

    def proof(
        self,
        challenge: dict[str, Any],
        client: str = "",
        exporter: str = "",
        context: str = "netchat key proof 1",
    ) -> dict[str, str]:
        """Return the fields of the `auth` that answers `challenge`."""
        own = "ab" * 16
        parts = (context, challenge["journal"], challenge["name"], client, challenge["nonce"], own)
        signature = self._key.sign("\n".join((*parts, exporter)).encode()).hex()
        return {"method": "key", "key": self.public, "challenge": own, "signature": signature}


def own(network: Network, name: str, **proof: str) -> None:
    """Have `name` owned with this `proof`, such as a password; the owner leaves."""
    owner = network.program(name)
    owner.ask("own", **proof)
    assert [line["type"] for line in owner.told()][-1] == "owned"
    owner.ask("bye")


def challenged(program: Program) -> dict[str, Any]:
    """Return the challenge that `program` has been sent."""
    (refused,) = program.told()
    assert refused["code"] == "auth-required"
    challenge: dict[str, Any] = refused["challenge"]
    return challenge


def is_in(program: Program) -> bool:
    """Return whether `program` has read its welcome, as the owner of the name."""
    return any(line["type"] == "welcome" and line["account"] for line in program.told())


def code(program: Program) -> str:
    """Return the code of the refusal that `program` has read; "" if there was none."""
    return next((line["code"] for line in program.told() if line["type"] == "error"), "")
