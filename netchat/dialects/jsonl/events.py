"""What the server says in JSON lines: a type for each `type`, with its fields.

Both ends use these: the server to write them, the client to read them. docs/protocol.md has the
same table, and a test holds the two against each other.
"""

from __future__ import annotations

from msgspec import UNSET, Struct, UnsetType, field


class Message(Struct, frozen=True, tag_field="type"):
    """Anything that the server says."""


class WelcomeLimits(Struct, frozen=True):
    """What the server takes: bytes of text in a line, characters of names, lines of history.

    `burst` is how many lines may be on their way at once, `topic` the bytes of a topic.

    A limit that is off is 0.
    """

    line: int = 0
    name: int = 0
    room: int = 0
    nonce: int = 0
    history: int = 0
    burst: int = 0
    topic: int = 0


class Welcome(Message, frozen=True, tag="welcome"):
    """The name is granted."""

    name: str
    server: str
    protocol: int
    limits: WelcomeLimits
    motd: tuple[str, ...] | UnsetType = UNSET


class Entered(Message, frozen=True, tag="entered"):
    """You are in a room now, whose last line has the id `last`."""

    room: str
    topic: str
    names: tuple[str, ...]
    last: int


class Said(Message, frozen=True, tag="said"):
    """A line said in a room; `time` is RFC 3339, UTC, with milliseconds."""

    room: str
    id: int
    time: str
    name: str = field(name="from")
    text: str
    action: bool = False
    nonce: str | UnsetType = UNSET


class Told(Message, frozen=True, tag="told"):
    """A private line."""

    name: str = field(name="from")
    to: str
    time: str
    text: str
    nonce: str | UnsetType = UNSET


class Joined(Message, frozen=True, tag="joined"):
    """These came into a room."""

    room: str
    names: tuple[str, ...]


class Left(Message, frozen=True, tag="left"):
    """These went out of a room."""

    room: str
    names: tuple[str, ...]


class Renamed(Message, frozen=True, tag="renamed"):
    """A guest goes by another name from here on."""

    name: str
    to: str


class Topic(Message, frozen=True, tag="topic"):
    """A room has another topic; an empty text means none."""

    room: str
    text: str
    by: str


class Names(Message, frozen=True, tag="names"):
    """Who is in a room."""

    room: str
    names: tuple[str, ...]


class Members(Struct, frozen=True):
    """A room and how many are in it."""

    room: str
    members: int


class Rooms(Message, frozen=True, tag="rooms"):
    """The rooms that somebody is in."""

    rooms: tuple[Members, ...]


class History(Message, frozen=True, tag="history"):
    """What was said before, oldest first; ids not in it came in a `gap` before it."""

    room: str
    lines: tuple[Said, ...]
    more: bool


class Found(Message, frozen=True, tag="found"):
    """The lines with all the words in them, oldest first."""

    room: str
    words: str
    lines: tuple[Said, ...]
    more: bool


class Gap(Message, frozen=True, tag="gap"):
    """These ids were asked for and are no longer to be had; `damaged` if they cannot be read."""

    room: str
    first: int = field(name="from")
    last: int = field(name="to")
    damaged: bool | UnsetType = UNSET


class Pong(Message, frozen=True, tag="pong"):
    """The server is there; `trouble` says why nothing can be stored at present."""

    nonce: str | UnsetType = UNSET
    trouble: str | UnsetType = UNSET


class Error(Message, frozen=True, tag="error"):
    """A request was not met, and the conversation goes on."""

    code: str
    message: str
    nonce: str | UnsetType = UNSET


class Closing(Message, frozen=True, tag="closing"):
    """The last thing; come back after `retry` seconds, or not at all."""

    reason: str
    message: str
    retry: float | None


AnyEvent = (
    Welcome | Entered | Said | Told | Joined | Left | Renamed | Topic | Names | Rooms
    | History | Found | Gap | Pong | Error | Closing
)  # fmt: skip
"""What a program can hear."""
