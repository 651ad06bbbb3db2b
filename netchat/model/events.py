"""What a guest can hear: typed, frozen, the same for every dialect and every door.

The first group is what happens in rooms; it has one order, the journal's. The second group answers
one guest. Times are seconds since the epoch, UTC; names and texts are clean
(`netchat.model.sanitize`).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import repeat

from msgspec import Struct


# Not dataclasses: these are made by the thousand, and a frozen dataclass takes ten times as long.
class Event(Struct, frozen=True):
    """Anything that can be heard."""


class Said(Event, frozen=True):
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


class SaidLines(Event, frozen=True):
    """Lines that a guest said in a room one right after the other; `first` is the first one's id.

    Each is a line like any other: this is what they are called as long as they are together. Either
    each has a nonce, or there are none.
    """

    room: str
    name: str
    texts: tuple[str, ...]
    time: float
    first: int = 0
    nonces: tuple[str, ...] = ()
    client: str = ""

    @property
    def last(self) -> int:
        """The id of the last line."""
        return self.first + len(self.texts) - 1

    def each(self) -> Iterator[Said]:
        """Yield them one by one."""
        room, name, time, client = self.room, self.name, self.time, self.client
        nonces = self.nonces or repeat("")
        for id, (text, nonce) in enumerate(zip(self.texts, nonces, strict=False), self.first):
            yield Said(room, name, text, time, False, id, nonce, client)


class Repeated(Event, frozen=True):
    """A line that was said again, with its nonce, by a program that did not know it was stored."""

    said: Said


class Gap(Event, frozen=True):
    """The lines of a room from id `first` to `last`, which are not to be had.

    `damaged` if they should be there, and cannot be read; else they are no longer kept.
    """

    room: str
    first: int
    last: int
    damaged: bool = False


class Joined(Event, frozen=True):
    """Guests came into a room, whose last line at that moment was `last` (0: none yet)."""

    room: str
    names: tuple[str, ...]
    last: int = 0


class Left(Event, frozen=True):
    """Guests went out of a room."""

    room: str
    names: tuple[str, ...]


class Renamed(Event, frozen=True):
    """A guest goes by another name from here on."""

    name: str
    to: str


class TopicSet(Event, frozen=True):
    """A room has another topic; an empty text means none; `nonce` is for who is refused it."""

    room: str
    text: str
    by: str
    nonce: str = ""


class Told(Event, frozen=True):
    """A private line; the two named hear it and nobody else; `nonce` as in Said."""

    name: str
    to: str
    text: str
    time: float
    nonce: str = ""


class Welcome(Event, frozen=True):
    """The name is granted; `motd` is the message of the day, a line each.

    `max_line` is the number of bytes of text that can be said in a line, `burst` the number of
    lines that can be said at once (0: any number).
    """

    name: str
    motd: tuple[str, ...] = ()
    max_line: int = 0
    burst: int = 0


class Entered(Event, frozen=True):
    """You are in a room now; `first` if you came in by the front door, with your name."""

    room: str
    topic: str
    names: tuple[str, ...]
    last: int
    first: bool


class Past(Event, frozen=True):
    """What was said in a room before, oldest first; `asked` if the guest asked for it.

    `more` tells whether there is more of it beyond: before the first line, or behind the last.
    """

    room: str
    lines: tuple[Said | Gap, ...]
    asked: bool
    more: bool = False


class Found(Event, frozen=True):
    """The lines of a room that have `words` in them, oldest first; `more`: there may be older."""

    room: str
    words: str
    lines: tuple[Said | Gap, ...]
    more: bool = False


class Names(Event, frozen=True):
    """Who is in a room."""

    room: str
    names: tuple[str, ...]


class Rooms(Event, frozen=True):
    """The rooms somebody is in, each with the number of its members."""

    rooms: tuple[tuple[str, int], ...]


class Topic(Event, frozen=True):
    """The topic of a room, on request; an empty text means none."""

    room: str
    text: str


class Pong(Event, frozen=True):
    """The server is there; `trouble` is why nothing can be stored at present, or ""."""

    nonce: str = ""
    trouble: str = ""


class Help(Event, frozen=True):
    """What one can type; the words are the dialect's."""


class Refused(Event, frozen=True):
    """A request was not met, and the conversation goes on.

    `code` is one of docs/protocol.md, `message` a sentence for a person that says what to do;
    `nonce` is that of the request, if it had one.
    """

    code: str
    message: str
    nonce: str = ""


class Closing(Event, frozen=True):
    """The last thing a guest hears: `reason` is one of docs/protocol.md, `message` a sentence.

    `retry` is the number of seconds after which it makes sense to come back; None: it makes none.
    """

    reason: str
    message: str = ""
    retry: float | None = None
