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

LONGEST_HELLO = 512
"""How many bytes the first line may have."""


@dataclass(frozen=True, slots=True)
class Aim:
    """What a conversation is for.

    `name` is the name to ask for, `room` the room to be in ("" for the one the server puts us in).
    `client` tells this run of ours from all others. `past` is how many lines to show of what was
    said before; with `after`, everything above that id is shown. `parse` tells what is meant by
    what is typed. `password` is "" if there is none to give.
    """

    name: str
    client: UUID
    room: str = ""
    past: int = 0
    after: int | None = None
    parse: Callable[[bytes], Request | Refused | None] = text.parse
    password: str = field(default="", repr=False)


def hello(aim: Aim, name: str, room: str, after: int | None) -> list[Request]:
    """Return what to say first: let `name` into `room`, of which the id `after` is known."""
    rooms = (room,) if room else None
    known = {} if after is None else {room: after}
    word = aim.password or None
    short = Hello(name, rooms, known, aim.client, f"netchat/{__version__}", word)
    if len(msgspec.json.encode(short)) <= LONGEST_HELLO:
        return [short]
    # Names may be long, and of letters that take four bytes.
    return [Hello(name, (), {}, aim.client, password=word), Join(room, after)]
