"""What a client of IRC has said of itself."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class User:
    """A client before and after its registration; nothing is judged yet."""

    nick: str = ""
    user: str = ""
    realname: str = ""
    password: str | None = None
    account: int = 0
    """The account that the client has proved to be theirs; 0: none."""
    account_name: str = ""
    active: frozenset[str] = frozenset()
    """The capabilities that the client has asked for."""
    capabilities: frozenset[str] = frozenset()
    """Those of them that have what they need."""
    version: int = 0
    """The version of capability negotiation: 0, 301 or 302."""
    negotiating: bool = False
    """Whether the client has begun to negotiate, and is to say when it has finished."""
