"""How much goes on a page."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from netchat.events import Gap, Said

LARGE = 128 << 10
"""A page ends when its texts have so many bytes, however many lines were asked for."""


def take_page(lines: Iterable[Said | Gap], limit: int) -> list[Said | Gap]:
    """Return the first `limit` of `lines`, or as many as make a page."""
    taken: list[Said | Gap] = []
    size = 0
    for line in islice(lines, limit):
        taken.append(line)
        size += len(line.text.encode()) if isinstance(line, Said) else 0
        if size >= LARGE:
            break
    return taken
