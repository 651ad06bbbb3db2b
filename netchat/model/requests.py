"""The requests that a client can make: the results of a dialect's `parse`.

They are also the types of the JSON lines dialect: the tag of a request is its `type` there, and its
fields are the fields. In the text dialect a user is in one room at a time, and `room` is
CURRENT_ROOM.
"""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct, field

from netchat.model.events import Refused

CURRENT_ROOM = ""
MAX_HISTORY = 500
"""The most lines that one request returns."""
MAX_NONCE = 128
MAX_TOPIC = 512
"""In bytes: a topic stays in memory as long as the journal has its room."""

Id = Annotated[int, Meta(ge=0, lt=2**53)]
Limit = Annotated[int, Meta(ge=1, lt=2**53)]
Nonce = Annotated[str, Meta(min_length=1, max_length=MAX_NONCE)]


SECRETS = frozenset({"data", "invitation", "password", "signature"})
"""Fields of requests that no log may have."""


class Request(Struct, frozen=True, tag_field="type", kw_only=True, omit_defaults=True):
    """Any request; a refusal of it has its `nonce`, too."""

    nonce: Nonce | None = None

    def __repr__(self) -> str:
        """Return a text without the secrets in it."""
        fields = ((name, getattr(self, name)) for name in self.__struct_fields__)
        shown = (f"{name}={'...' if name in SECRETS and x else repr(x)}" for name, x in fields)
        return f"{type(self).__name__}({', '.join(shown)})"

    def refuse(self, code: str, message: str) -> Refused:
        """Return the refusal of this request, with `code` and `message` as in Refused."""
        return Refused(code, message, self.nonce or "")


class Hello(Request, frozen=True, tag="hello"):
    """Log in under this name.

    `rooms` are the rooms to join (None: the lobby); `after` has, for some of them, the last id that
    the client has; `client` identifies the client over reconnects; `agent` names its program;
    `password` is the server's password; `journal` identifies the journal that the ids in `after`
    belong to (None: the server's). `private` is the number of the last private line that the client
    has; it sends `read` for them itself then.
    """

    name: str
    rooms: tuple[str, ...] | None = None
    after: dict[str, Id] | None = None
    client: UUID | None = None
    agent: str | None = None
    password: str | None = None
    journal: str | None = None
    private: Id | None = None
    quiet: bool | None = None


class Say(Request, frozen=True, tag="say"):
    """Say this in the room; with `action`, as an action in the third person (/me).

    `notice` as in `netchat.model.events.Said`.
    """

    room: str
    text: str
    action: bool | None = False
    notice: bool | None = False


class SayLines(Struct, frozen=True):
    """Say these lines in the room together: a dialect makes it of several `say` in one read.

    There are as many `nonces` as lines, or none.
    """

    room: str
    texts: tuple[str, ...]
    nonces: tuple[str, ...] = ()


class Tell(Request, frozen=True, tag="tell"):
    """Say this to one participant only; `notice` as in Say."""

    to: str
    text: str
    notice: bool | None = False


class Join(Request, frozen=True, tag="join"):
    """Join this room; `after` is the last id of it that the client has.

    `journal` identifies the journal that this id belongs to (None: that of the hello).
    """

    room: str
    after: Id | None = None
    journal: str | None = None


class Leave(Request, frozen=True, tag="leave"):
    """Leave this room."""

    room: str


class Rename(Request, frozen=True, tag="rename"):
    """Change the participant's name to this."""

    name: str


class SetTopic(Request, frozen=True, tag="topic"):
    """Change the topic of the room; an empty text removes it."""

    room: str
    text: str


class GetNames(Request, frozen=True, tag="names"):
    """List the participants in the room."""

    room: str


class GetRooms(Request, frozen=True, tag="rooms"):
    """List the rooms."""


class GetHistory(Request, frozen=True, tag="history"):
    """Return earlier lines of the room: the first ones after an id, or the last ones before one.

    Without either, the last ones; without `limit`, as many as on joining. With the name of somebody
    in `peer`: the private lines between them and the participant instead.
    """

    room: str = ""
    peer: str | None = field(default=None, name="with")
    before: Limit | None = None
    after: Id | None = None
    limit: Limit | None = None


class Search(Request, frozen=True, tag="search"):
    """Return the last lines of the room that contain all these words; `before` an id if given."""

    room: str
    words: str
    before: Limit | None = None
    limit: Limit | None = None


class Ping(Request, frozen=True, tag="ping"):
    """Ask for an answer."""


class Bye(Request, frozen=True, tag="bye"):
    """Log out."""


class MoreHistory(Request, frozen=True):
    """Return the lines before those that were sent last; in the text dialect only."""


class MoreMatches(Request, frozen=True):
    """Go on with the search before its last page; in the text dialect only."""


class GetTopic(Request, frozen=True):
    """Return the topic of the room; in the text dialect only."""


class GetHelp(Request, frozen=True):
    """List the commands for a topic, or explain one, such as "/join"; in the text dialect only."""

    topic: str = ""


class ClientCommand(Request, frozen=True):
    """A command that only the netchat client executes, with what was typed behind its word.

    A server that is sent one says so; in the text dialect only.
    """

    word: str
    arguments: str = ""


AnyRequest = (
    Hello | Say | Tell | Join | Leave | Rename | SetTopic
    | GetNames | GetRooms | GetHistory | Search | Ping | Bye
)  # fmt: skip
"""Any request of the JSON lines dialect."""
