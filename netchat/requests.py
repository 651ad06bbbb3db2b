"""What a guest can ask for: what a dialect's `parse` returns. It is about the room he is in."""

from __future__ import annotations

from dataclasses import dataclass


class Request:
    """Anything a guest can ask for."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Hello(Request):
    """Let me in under this name."""

    name: str


@dataclass(frozen=True, slots=True)
class Say(Request):
    """Say this in the room; `action` for what one does rather than says (/me)."""

    text: str
    action: bool = False


@dataclass(frozen=True, slots=True)
class Tell(Request):
    """Say this to one guest only."""

    to: str
    text: str


@dataclass(frozen=True, slots=True)
class Join(Request):
    """Bring me into this room."""

    room: str


@dataclass(frozen=True, slots=True)
class Rename(Request):
    """Call me this from now on."""

    name: str


@dataclass(frozen=True, slots=True)
class SetTopic(Request):
    """Make this the topic of the room."""

    text: str


@dataclass(frozen=True, slots=True)
class GetTopic(Request):
    """Tell me the topic of the room."""


@dataclass(frozen=True, slots=True)
class GetNames(Request):
    """Tell me who is in the room."""


@dataclass(frozen=True, slots=True)
class GetRooms(Request):
    """Tell me which rooms there are."""


@dataclass(frozen=True, slots=True)
class GetHistory(Request):
    """Show me what was said last in the room; `limit` None for as many lines as on entry."""

    limit: int | None = None


@dataclass(frozen=True, slots=True)
class GetHelp(Request):
    """Tell me what I can type."""


@dataclass(frozen=True, slots=True)
class Bye(Request):
    """I am leaving."""
