"""The messages from the server to clients in JSON lines: a type for each `type`, with its fields.

The server uses them to write, the client to read. docs/protocol.md has the same table, and a test
compares the two.
"""

from __future__ import annotations

from msgspec import UNSET, Struct, UnsetType, field

from netchat.dialects.jsonl.message import Message
from netchat.dialects.jsonl.state_events import Challenge, StateEvent


class WelcomeLimits(Struct, frozen=True):
    """The server's limits: bytes of text in a line, characters of names, lines of history.

    `burst` is the number of lines that may be sent at once, `topic` the bytes of a topic. 0 means
    no limit.
    """

    line: int = 0
    name: int = 0
    room: int = 0
    nonce: int = 0
    history: int = 0
    burst: int = 0
    topic: int = 0


class Welcome(Message, frozen=True, tag="welcome"):
    """The login succeeded, under `name`; `journal` identifies the journal that gives the ids.

    `account`: the name is the client's own; `roles` are those by room, "" being the server. `names`
    is who may have a name here: "open", "owned" or "members". `servers` are the addresses of the
    site's other servers, as host:port: a client that loses its connection may come back there.
    """

    name: str
    server: str
    protocol: int
    limits: WelcomeLimits
    motd: tuple[str, ...] | UnsetType = UNSET
    journal: str | UnsetType = UNSET
    account: bool = False
    roles: dict[str, str] | UnsetType = UNSET
    names: str = "open"
    servers: tuple[str, ...] | UnsetType = UNSET


class Entered(Message, frozen=True, tag="entered"):
    """You are in a room now; its last line has the id `last`.

    Those of `names` who only listen are in `quiet`, too.
    """

    room: str
    topic: str
    names: tuple[str, ...]
    last: int
    quiet: tuple[str, ...] | UnsetType = UNSET


class Said(Message, frozen=True, tag="said"):
    """A line said in a room; `time` is RFC 3339, UTC, with milliseconds.

    A line that is `deleted` has no text any more. One with `all` mentions everybody in the room;
    false, to the speaker: it does not, because they are no moderator. No program answers a `notice`
    by itself.
    """

    room: str
    id: int
    time: str
    name: str = field(name="from")
    text: str
    action: bool = False
    nonce: str | UnsetType = UNSET
    deleted: bool | UnsetType = UNSET
    everybody: bool | UnsetType = field(default=UNSET, name="all")
    notice: bool | UnsetType = UNSET


class Told(Message, frozen=True, tag="told"):
    """A private line; `id` is its number among those of the owner who reads it.

    `notice` as in Said.
    """

    name: str = field(name="from")
    to: str
    time: str
    text: str
    nonce: str | UnsetType = UNSET
    id: int | UnsetType = UNSET
    notice: bool | UnsetType = UNSET


class Joined(Message, frozen=True, tag="joined"):
    """These participants joined a room, or are `quiet` from now on, or no longer.

    People are not told of those who are quiet.
    """

    room: str
    names: tuple[str, ...]
    quiet: bool | UnsetType = UNSET


class Left(Message, frozen=True, tag="left"):
    """These participants left a room; `quiet` as in Joined."""

    room: str
    names: tuple[str, ...]
    quiet: bool | UnsetType = UNSET


class Renamed(Message, frozen=True, tag="renamed"):
    """A participant has changed their name."""

    name: str
    to: str


class Topic(Message, frozen=True, tag="topic"):
    """The topic of a room; an empty text means none."""

    room: str
    text: str
    by: str


class Names(Message, frozen=True, tag="names"):
    """The names of the participants in a room.

    `as_of` is a time like that of a line: other servers have not been heard since then. `quiet` as
    in Entered.
    """

    room: str
    names: tuple[str, ...]
    as_of: str | UnsetType = UNSET
    quiet: tuple[str, ...] | UnsetType = UNSET


class Members(Struct, frozen=True):
    """A room and the number of its participants."""

    room: str
    members: int


class Rooms(Message, frozen=True, tag="rooms"):
    """The rooms that have participants."""

    rooms: tuple[Members, ...]


class History(Message, frozen=True, tag="history"):
    """Earlier lines, oldest first; missing ids come in a `gap` before.

    With `with`, they are the private lines (`told`) between this person and the client, of no room.
    """

    room: str
    lines: tuple[Said | Told, ...]
    more: bool
    peer: str | UnsetType = field(default=UNSET, name="with")


class Found(Message, frozen=True, tag="found"):
    """The lines that contain all the words, oldest first."""

    room: str
    words: str
    lines: tuple[Said, ...]
    more: bool


class Gap(Message, frozen=True, tag="gap"):
    """These ids were asked for and are no longer stored, or cannot be read if `damaged`.

    From 1 to the last id of the room (which may be 0): the ids asked for are of another journal.
    """

    room: str
    first: int = field(name="from")
    last: int = field(name="to")
    damaged: bool | UnsetType = UNSET


class Pong(Message, frozen=True, tag="pong"):
    """The answer to a ping; `trouble` is why nothing can be stored at present."""

    nonce: str | UnsetType = UNSET
    trouble: str | UnsetType = UNSET


class Error(Message, frozen=True, tag="error"):
    """A request was refused; the connection stays open.

    With the code `auth-required` there is a `challenge`.
    """

    code: str
    message: str
    nonce: str | UnsetType = UNSET
    challenge: Challenge | UnsetType = UNSET


class Closing(Message, frozen=True, tag="closing"):
    """The last message: come back after `retry` seconds; null means not at all."""

    reason: str
    message: str
    retry: float | None


AnyEvent = (
    Welcome | Entered | Said | Told | Joined | Left | Renamed | Topic | Names | Rooms
    | History | Found | Gap | Pong | Error | Closing | StateEvent
)  # fmt: skip
"""Any message that a client can receive."""
