"""What all messages from the server have in common."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache

from msgspec import Struct


class Message(Struct, frozen=True, tag_field="type"):
    """Any message from the server."""


@lru_cache(maxsize=64)  # the lines of one turn have the same time
def rfc3339(time: float) -> str:
    """Return `time` (seconds since the epoch) as RFC 3339 in UTC with milliseconds."""
    when = datetime.fromtimestamp(time, UTC)
    return f"{when.replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"
