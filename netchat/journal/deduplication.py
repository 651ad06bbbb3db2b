"""What becomes of a line whose client has used its nonce before."""

from __future__ import annotations

from collections import deque
from collections.abc import Container, Sequence
from typing import TypeVar

from msgspec.structs import replace

from netchat.journal.interface import NONCE_REUSED
from netchat.model.events import Refused, Repeated, Said

T = TypeVar("T")


class RecentKeys(dict[int, T]):
    """What is known of the newest `most` lines that had a nonce, by `fingerprint(client, nonce)`."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most
        # To look for the oldest key in the dictionary itself takes longer with each that is gone.
        self._order: deque[int] = deque()

    def add(self, known: dict[int, T]) -> None:
        """Keep what is `known` of some new lines, and forget the oldest for them."""
        self.update(known)
        self._order.extend(known)
        while len(self) > self._most:
            del self[self._order.popleft()]


def fingerprint(*parts: str | bool) -> int:
    """Return what stands for `parts` as long as this process runs, however long they are.

    It has 64 bits, and a key that nobody is told (PYTHONHASHSEED): two lines are taken for one
    another once in 2 ** 64 times. On disk it is `rows.digest_of`, which takes seven times as long.
    """
    return hash(parts)


def resolve_repeat(stored: Said | None, said: Said) -> Repeated | Refused:
    """Return the line as it was `stored` under the nonce of `said`, if it is the same line.

    None is stored if it was another line, or if nobody can tell any more which line it was.
    """
    if stored is None or (stored.room, stored.text, stored.action) != (
        said.room,
        said.text,
        said.action,
    ):
        return Refused("nonce-reused", NONCE_REUSED, said.nonce)
    return Repeated(replace(stored, nonce=said.nonce, client=said.client))


def any_reused(nonces: Sequence[object], *before: Container[object]) -> bool:
    """Return whether any of `nonces` is used twice, or was used `before`."""
    return len(set(nonces)) < len(nonces) or any(
        nonce in some for some in before for nonce in nonces
    )
