"""What a guest can ask for: what a dialect's `parse` returns.

These are the JSON lines dialect's own types as well: a request's tag is its `type` there, and its
fields are the fields. In the text dialect a guest is in one room at a time, and `room` is
CURRENT_ROOM.
"""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from netchat.model.events import Refused

CURRENT_ROOM = ""
MAX_HISTORY = 500
"""How many lines can be asked for at once."""
MAX_NONCE = 128
MAX_TOPIC = 512
"""In bytes: a topic stays in memory for as long as its room is known."""

Id = Annotated[int, Meta(ge=0, lt=2**53)]
Limit = Annotated[int, Meta(ge=1, lt=2**53)]
Nonce = Annotated[str, Meta(min_length=1, max_length=MAX_NONCE)]


class Request(Struct, frozen=True, tag_field="type", kw_only=True, omit_defaults=True):
    """Anything a guest can ask for; a refusal has its `nonce`, too."""

    nonce: Nonce | None = None

    def refuse(self, code: str, message: str) -> Refused:
        """Return that this is not done, with the `code` and `message` of a Refused."""
        return Refused(code, message, self.nonce or "")


class Hello(Request, frozen=True, tag="hello"):
    """Let me in under this name.

    `rooms` are those to go into (None: the lobby); `after` has, for some of them, the last id that
    is known of it; `client` stays the same when a program comes back; `agent` is what it is called;
    `password` is the word at the door.
    """

    name: str
    rooms: tuple[str, ...] | None = None
    after: dict[str, Id] | None = None
    client: UUID | None = None
    agent: str | None = None
    password: str | None = None


class Say(Request, frozen=True, tag="say"):
    """Say this in the room; `action` for what one does rather than says (/me)."""

    room: str
    text: str
    action: bool | None = False


class SayLines(Struct, frozen=True):
    """Say these lines in the room, one right after the other: what a dialect makes of many `say`.

    `nonces` are as many, or none at all.
    """

    room: str
    texts: tuple[str, ...]
    nonces: tuple[str, ...] = ()


class Tell(Request, frozen=True, tag="tell"):
    """Say this to one guest only."""

    to: str
    text: str


class Join(Request, frozen=True, tag="join"):
    """Bring me into this room; `after` is the last id that I know of it."""

    room: str
    after: Id | None = None


class Leave(Request, frozen=True, tag="leave"):
    """Take me out of this room."""

    room: str


class Rename(Request, frozen=True, tag="rename"):
    """Call me this from now on."""

    name: str


class SetTopic(Request, frozen=True, tag="topic"):
    """Make this the topic of the room; an empty text removes it."""

    room: str
    text: str


class GetNames(Request, frozen=True, tag="names"):
    """Tell me who is in the room."""

    room: str


class GetRooms(Request, frozen=True, tag="rooms"):
    """Tell me which rooms there are."""


class GetHistory(Request, frozen=True, tag="history"):
    """Show me what was said in the room: the first lines after an id, or the last ones before one.

    Without either the last ones; `limit` None for as many as on entry.
    """

    room: str
    before: Limit | None = None
    after: Id | None = None
    limit: Limit | None = None


class Search(Request, frozen=True, tag="search"):
    """Show me the last lines of the room with all these words in them, before an id if given."""

    room: str
    words: str
    before: Limit | None = None
    limit: Limit | None = None


class Ping(Request, frozen=True, tag="ping"):
    """Tell me that you are there."""


class Bye(Request, frozen=True, tag="bye"):
    """I am leaving."""


class GetTopic(Request, frozen=True):
    """Tell me the topic of the room; in the text dialect only."""


class GetHelp(Request, frozen=True):
    """Tell me what I can type; in the text dialect only."""


AnyRequest = (
    Hello | Say | Tell | Join | Leave | Rename | SetTopic
    | GetNames | GetRooms | GetHistory | Search | Ping | Bye
)  # fmt: skip
"""What can be asked for in JSON lines."""
