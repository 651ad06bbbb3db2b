"""What the operator decides about conversations."""

from __future__ import annotations

from dataclasses import dataclass

from netchat.model.password import Password


@dataclass(frozen=True, slots=True)
class Rules:
    """What the operator decides about a conversation; 0 turns a limit off."""

    lobby: str = "lobby"
    motd: tuple[str, ...] = ()
    history: int = 50
    login_tries: int = 5
    max_line: int = 4096
    max_backlog: int = 256 * 1024
    password: Password | None = None
    burst: int = 20
    """How many lines may be said at once; what holds a guest to it is his connection."""
    max_rooms: int = 10_000
    max_rooms_per_guest: int = 100
    max_renames: int = 5
