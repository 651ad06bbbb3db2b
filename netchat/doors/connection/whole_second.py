"""Times that are kept for each of many clients: whole seconds, which they share."""

from __future__ import annotations

from functools import lru_cache


@lru_cache(maxsize=4)
def whole_second(second: int) -> int:
    """Return `second`: the same object for all clients that something happens to in it."""
    return second
