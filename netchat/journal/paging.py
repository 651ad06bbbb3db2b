"""The size of a page."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import TypeVar

from netchat.model.events import Gap, Said

Line = TypeVar("Line", bound=Said | Gap)

PAGE_BYTES = 128 << 10
"""A page ends when its texts have this many bytes, even if more lines were asked for."""


def take_page(lines: Iterable[Line], limit: int) -> list[Line]:
    """Return the first `limit` of `lines`, or fewer once they have PAGE_BYTES bytes of text."""
    taken: list[Line] = []
    size = 0
    for line in islice(lines, limit):
        taken.append(line)
        size += len(line.text.encode()) if isinstance(line, Said) else 0
        if size >= PAGE_BYTES:
            break
    return taken
