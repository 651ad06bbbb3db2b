"""What becomes of a line whose client has used its nonce before."""

from __future__ import annotations

from collections.abc import Container, Sequence

from msgspec.structs import replace

from netchat.events import Refused, Repeated, Said
from netchat.journal import NONCE_REUSED


def answer_again(stored: Said | None, said: Said) -> Repeated | Refused:
    """Return the line as it was `stored` under the nonce of `said`, if it is the same line.

    None is stored if nobody can tell any more which line it was.
    """
    if stored is None or (stored.room, stored.text, stored.action) != (
        said.room,
        said.text,
        said.action,
    ):
        return Refused("nonce-reused", NONCE_REUSED, said.nonce)
    return Repeated(replace(stored, nonce=said.nonce, client=said.client))


def used_before(nonces: Sequence[object], *before: Container[object]) -> bool:
    """Return whether any of `nonces` is used twice, or was used `before`."""
    return len(set(nonces)) < len(nonces) or any(
        nonce in some for some in before for nonce in nonces
    )
