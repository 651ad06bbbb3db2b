"""How we introduce ourselves to the server."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

import msgspec

from netchat import __version__
from netchat.dialects.text import dialect as text
from netchat.model.events import Refused
from netchat.model.requests import Hello, Join, Request

MAX_LOGIN_BYTES = 512
"""How many bytes the first line may have."""


@dataclass(frozen=True, slots=True)
class Target:
    """What a conversation is for.

    `name` is the name to ask for, `room` the room to be in ("" for the one the server puts us in).
    `client` tells this run of ours from all others. `past` is how many lines to show of what was
    said before; with `after`, everything above that id is shown. `parse` tells what is meant by
    what is typed. `password` is "" if there is none to give.
    """

    name: str
    client_id: UUID
    room: str = ""
    history: int = 0
    after: int | None = None
    parse: Callable[[bytes], Request | Refused | None] = text.parse
    password: str = field(default="", repr=False)


def login_requests(target: Target, name: str, room: str, after: int | None) -> list[Request]:
    """Return what to say first: let `name` into `room`, of which the id `after` is known."""
    rooms = (room,) if room else None
    known = {} if after is None else {room: after}
    word = target.password or None
    short = Hello(name, rooms, known, target.client_id, f"netchat/{__version__}", word)
    if len(msgspec.json.encode(short)) <= MAX_LOGIN_BYTES:
        return [short]
    # Names may be long, and of letters that take four bytes.
    return [Hello(name, (), {}, target.client_id, password=word), Join(room, after)]
