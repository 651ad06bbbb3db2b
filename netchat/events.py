"""What a guest can hear: typed, frozen, the same for every dialect and every door.

The first group is what happens in rooms; it has one order, the journal's. The second group answers
one guest. Times are seconds since the epoch, UTC; names and texts are clean (`netchat.printable`).
"""

from __future__ import annotations

from dataclasses import dataclass


class Event:
    """Anything that can be heard."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Said(Event):
    """A line said in a room; `id` counts them there: 1, 2, 3 (0: the journal has not seen it).

    `nonce` is the speaker's own mark for it, and `client` what tells his program from all others;
    nobody else hears them, and they are "" if he gave none.
    """

    room: str
    name: str
    text: str
    time: float
    action: bool = False
    id: int = 0
    nonce: str = ""
    client: str = ""

    @property
    def last(self) -> int:
        """The last id that this stands for: its own."""
        return self.id


@dataclass(frozen=True, slots=True)
class Repeated(Event):
    """A line that was said again, with its nonce, by a program that did not know it was stored."""

    said: Said


@dataclass(frozen=True, slots=True)
class Gap(Event):
    """The lines of a room from id `first` to `last`, which are not to be had.

    `damaged` if they should be there, and cannot be read; else they are no longer kept.
    """

    room: str
    first: int
    last: int
    damaged: bool = False


@dataclass(frozen=True, slots=True)
class Joined(Event):
    """Guests came into a room, whose last line at that moment was `last` (0: none yet)."""

    room: str
    names: tuple[str, ...]
    last: int = 0


@dataclass(frozen=True, slots=True)
class Left(Event):
    """Guests went out of a room."""

    room: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Renamed(Event):
    """A guest goes by another name from here on."""

    name: str
    to: str


@dataclass(frozen=True, slots=True)
class TopicSet(Event):
    """A room has another topic; an empty text means none."""

    room: str
    text: str
    by: str


@dataclass(frozen=True, slots=True)
class Told(Event):
    """A private line; the two named hear it and nobody else; `nonce` as in Said."""

    name: str
    to: str
    text: str
    time: float
    nonce: str = ""


@dataclass(frozen=True, slots=True)
class Welcome(Event):
    """The name is granted; `motd` is the message of the day, a line each.

    `max_line` is the number of bytes of text that can be said at once (0: any number).
    """

    name: str
    motd: tuple[str, ...] = ()
    max_line: int = 0


@dataclass(frozen=True, slots=True)
class Entered(Event):
    """You are in a room now; `first` if you came in by the front door, with your name."""

    room: str
    topic: str
    names: tuple[str, ...]
    last: int
    first: bool


@dataclass(frozen=True, slots=True)
class Past(Event):
    """What was said in a room before, oldest first; `asked` if the guest asked for it.

    `more` tells whether there is more of it beyond: before the first line, or behind the last.
    """

    room: str
    lines: tuple[Said | Gap, ...]
    asked: bool
    more: bool = False


@dataclass(frozen=True, slots=True)
class Found(Event):
    """The lines of a room that have `words` in them, oldest first; `more` if there are older."""

    room: str
    words: str
    lines: tuple[Said | Gap, ...]
    more: bool = False


@dataclass(frozen=True, slots=True)
class Names(Event):
    """Who is in a room."""

    room: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rooms(Event):
    """The rooms somebody is in, each with the number of its members."""

    rooms: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Topic(Event):
    """The topic of a room, on request; an empty text means none."""

    room: str
    text: str


@dataclass(frozen=True, slots=True)
class Pong(Event):
    """The server is there; `trouble` is why nothing can be stored at present, or ""."""

    nonce: str = ""
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Help(Event):
    """What one can type; the words are the dialect's."""


@dataclass(frozen=True, slots=True)
class Refused(Event):
    """A request was not met, and the conversation goes on.

    `code` is one of docs/protocol.md, `message` a sentence for a person that says what to do;
    `nonce` is that of the request, if it had one.
    """

    code: str
    message: str
    nonce: str = ""


@dataclass(frozen=True, slots=True)
class Closing(Event):
    """The last thing a guest hears: `reason` is one of docs/protocol.md, `message` a sentence.

    `retry` is the number of seconds after which it makes sense to come back; None: it makes none.
    """

    reason: str
    message: str = ""
    retry: float | None = None
