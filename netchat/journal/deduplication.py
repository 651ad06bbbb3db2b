"""Deduplication: what happens to a line whose client has used its nonce before."""

from __future__ import annotations

from collections import deque
from collections.abc import Container, Sequence
from typing import TypeVar

from msgspec.structs import replace

from netchat.journal.interface import NONCE_REUSED
from netchat.model.events import Refused, Repeated, Said

T = TypeVar("T")


class RecentKeys(dict[int, T]):
    """Values for the newest `most` keys; a key is `fingerprint(client, nonce)` of a line."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most
        # Looking up the oldest key in the dictionary itself gets slower with every key that was
        # deleted.
        self._order: deque[int] = deque()

    def add(self, known: dict[int, T]) -> None:
        """Add the new entries in `known`, and drop the oldest beyond `most`."""
        self.update(known)
        self._order.extend(known)
        while len(self) > self._most:
            del self[self._order.popleft()]


def fingerprint(*parts: str | bool) -> int:
    """Return a 64-bit number that stands for `parts`, however long they are, in this process.

    It is Python's keyed hash (PYTHONHASHSEED), whose key no client knows: two lines collide once in
    2 ** 64 pairs. The journal on disk uses `rows.digest_of`, which takes seven times as long.
    """
    return hash(parts)


def resolve_repeat(stored: Said | None, said: Said) -> Repeated | Refused:
    """Return Repeated if `said` is the line that was `stored` under its nonce, else Refused.

    `stored` is None if the nonce belongs to another line, or to a record that can no longer be
    read. Of a deleted line nothing is known but its room.
    """
    if (
        stored is None
        or stored.room != said.room
        or not (stored.deleted or _says_the_same(stored, said))
    ):
        return Refused("nonce-reused", NONCE_REUSED, said.nonce)
    return Repeated(replace(stored, nonce=said.nonce, client=said.client))


def _says_the_same(one: Said, other: Said) -> bool:
    return (one.text, one.action, one.notice) == (other.text, other.action, other.notice)


def any_reused(nonces: Sequence[object], *before: Container[object]) -> bool:
    """Return whether any of `nonces` occurs twice, or in one of the containers in `before`."""
    return len(set(nonces)) < len(nonces) or any(
        nonce in some for some in before for nonce in nonces
    )
