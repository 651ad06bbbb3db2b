"""Who the client logs in as, and the requests that log it in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

import msgspec

from netchat import __version__
from netchat.client.conversation.interfaces import LastRead
from netchat.client.conversation.members import MAX_NAMES
from netchat.client.identity.interfaces import KeyStore
from netchat.dialects.text import dialect as text
from netchat.model.events import Refused
from netchat.model.requests import Hello, Join, Request

MAX_LOGIN_BYTES = 512
"""How many bytes the first line to the server may have."""


def _parse(line: bytes) -> Request | Refused | None:
    return text.parse(line, in_client=True)


@dataclass(frozen=True, slots=True)
class Target:
    """Who the client logs in as, where, and what it wants to see.

    `name` is the name to ask for, `room` the room to join ("" for the server's default). `rooms`
    are all rooms to open, in order (@ and a name is a talk), if there are more than that one. The
    talk with the participant `talk` is shown at first, unless that is "": then it is `room`. With
    `several_rooms` the user may be in several at once, of which one is shown. An earlier run has
    ended at `last_read` in each room, by the ids of the server's `journal`. After `away_after`
    seconds without anything typed, they are away; 0 means never.

    `client_id` distinguishes this run of the client from all others. `history` is how many earlier
    lines to show; with `after`, every line above that id is shown. `parse` turns a typed line into
    a request. `password` is the server's, `account_password` that of the name, and `invitation` a
    word that lets a new member in; "" if there is none.

    `keys` is where the user's key is kept, None if it cannot be kept; `device` is what a new key is
    called in the list of proofs. With `marks_read`, the server is told what the user has read. If
    `quiet`, people are not told where this client comes and goes. With `pings`, a user in several
    rooms is shown how long the server takes to answer. `ssh_key`: the connection has proved a key
    itself, or has not, or cannot (None). Of who is in a room, `max_names` are known by name.
    """

    name: str
    client_id: UUID
    room: str = ""
    history: int = 0
    after: int | None = None
    parse: Callable[[bytes], Request | Refused | None] = _parse
    password: str = field(default="", repr=False)
    account_password: str = field(default="", repr=False)
    invitation: str = field(default="", repr=False)
    keys: KeyStore | None = None
    device: str = ""
    marks_read: bool = False
    rooms: tuple[str, ...] = ()
    talk: str = ""
    last_read: Mapping[str, LastRead] = field(default_factory=dict)
    journal: str = ""
    several_rooms: bool = False
    away_after: float = 0.0
    quiet: bool = False
    pings: bool = True
    ssh_key: bool | None = None
    max_names: int = MAX_NAMES


@dataclass(frozen=True, slots=True)
class Position:
    """Where the client was when it had its last connection, or begins.

    `room` is the room to enter ("" for the server's default), where the id `after` is the last
    known; `journal` identifies the journal that this id belongs to. `private` is the number of the
    last private line. Each is None if it is not known.
    """

    room: str
    after: int | None = None
    journal: str | None = None
    private: int | None = None


def login_requests(target: Target, name: str, at: Position) -> list[Request]:
    """Return the requests that log `name` in, and let the client go on where it was."""
    rooms = (at.room,) if at.room else None
    known = {} if at.after is None else {at.room: at.after}
    word, client, agent = target.password or None, target.client_id, f"netchat/{__version__}"
    quiet = target.quiet or None
    short = Hello(name, rooms, known, client, agent, word, at.journal, at.private, quiet)
    if len(msgspec.json.encode(short)) <= MAX_LOGIN_BYTES:
        return [short]
    # A long name of four-byte characters leaves no place for the rest.
    bare = Hello(name, (), {}, client, password=word, quiet=quiet)
    return [bare, Join(at.room, at.after, at.journal)]
