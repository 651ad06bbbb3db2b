"""What all clients have received, on whatever server, and what cannot be right of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from tests.torture.cluster.whispers import Whispers


@dataclass
class SiteLedger:
    """What all clients have received."""

    note: Callable[[str], None]
    """Called with what happens."""
    seen: dict[tuple[str, int], str] = field(default_factory=dict)
    acknowledged: dict[str, tuple[str, int]] = field(default_factory=dict)
    """Room and id of each acknowledged text; no two clients say the same text."""
    whispers: Whispers = field(default_factory=Whispers)
    faults: list[str] = field(default_factory=list)
    late: set[str] = field(default_factory=set)
    """Lines without an answer when their speaker lost the connection: they may be heard when the
    speaker has left the room, because the same client is on another server by then."""
    journals: set[str] = field(default_factory=set)
    logins: int = 0
    refused: int = 0
    replaced: int = 0

    def hear(self, room: str, id: int, text: str) -> str:
        """Record a line; return what is wrong with it."""
        first = self.seen.setdefault((room, id), text)
        return "" if first == text else f"received {text!r} as {id} of {room}, which is {first!r}"

    def acknowledge(self, room: str, id: int, text: str) -> str:
        """Record an answer; return what is wrong with it."""
        first = self.acknowledged.setdefault(text, (room, id))
        return "" if first == (room, id) else f"said {text!r}, and it is {first} and {(room, id)}"
