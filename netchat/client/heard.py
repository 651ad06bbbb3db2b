"""What the client hears, and the seam between its two halves.

A `Front` is what a person or a script sits at: a terminal or a pipe. A `Talk` is the way to the
server, and back to it. Neither knows the other's inside; the dialect of the wire is behind `Talk`.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Heard:
    """Anything heard: `text` is the whole of it in one line that is safe to print."""

    text: str


@dataclass(frozen=True, slots=True)
class Said(Heard):
    """Somebody called `name` said something to the room."""

    name: str


@dataclass(frozen=True, slots=True)
class Whispered(Heard):
    """A private line: `name` is the other one, `mine` tells whether it is one's own."""

    name: str
    mine: bool


@dataclass(frozen=True, slots=True)
class Past(Heard):
    """What was said before, at `when` (HH:MM, the server's time), by `name`."""

    when: str
    what: str
    name: str


@dataclass(frozen=True, slots=True)
class Notice(Heard):
    """An answer of the server, or what happens around the talk."""


@dataclass(frozen=True, slots=True)
class Renamed(Notice):
    """`name` is called `to` from here on."""

    name: str
    to: str


@dataclass(frozen=True, slots=True)
class Moved(Notice):
    """We are in `room` now; what was said there before comes next."""

    room: str


@dataclass(frozen=True, slots=True)
class Present(Notice):
    """Who is in `room`; a long list comes in several of these."""

    room: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RoomList(Notice):
    """Which rooms there are."""

    rooms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Came(Notice):
    """These came in, as far as they are told by name."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Went(Notice):
    """These went out, as far as they are told by name."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Refusal(Heard):
    """The server did not do what was asked; the text says why."""


@dataclass(frozen=True, slots=True)
class Welcome(Heard):
    """The name is granted."""


@dataclass(frozen=True, slots=True)
class Goodbye(Heard):
    """The last thing heard on a connection that ends as it should."""


class Front(Protocol):
    """What a person or a script sits at."""

    def entered(self, *, again: bool, astray: bool) -> None:
        """Learn that we are in, `again` after a cut; `astray` if not in the room that is wanted."""

    def hear(self, heard: Heard) -> None:
        """Show what is heard now, or was missed during a cut."""

    def recall(self, heard: Heard) -> None:
        """Show, if wanted, what comes with entering a room: the motd, the topic, the past."""

    def refused(self, reason: str) -> None:
        """Learn that the name cannot be had, and that the talk is over before it began."""

    def cut(self, reason: str, unproven: int) -> None:
        """Learn that the connection is lost, and is being sought again.

        `unproven` is the number of lines that were sent, and that the server may not have taken.
        """

    def over(self, complaint: str, unproven: int) -> None:
        """Learn that the talk is over for good; an empty `complaint` means that it ended well."""

    def pause(self) -> None:
        """Say no more for now: the line is full, or gone."""

    def resume(self) -> None:
        """Go on saying."""


class Talk(Protocol):
    """What can be done with the conversation, whatever it is spoken in."""

    @property
    def name(self) -> str:
        """Our own name, after all renaming."""

    @property
    def people(self) -> Collection[str]:
        """The names in the room, as far as they are known."""

    @property
    def rooms(self) -> Collection[str]:
        """The rooms, as far as they are known."""

    @property
    def leaving(self) -> bool:
        """Whether the goodbye is said already."""

    def say(self, text: str) -> None:
        """Say `text`, or do what it commands; while there is no connection, keep it until then.

        Bytes that are no UTF-8 stand in `text` as surrogate escapes, and reach the server as such.
        """

    def leave(self, patience: float | None) -> None:
        """Say goodbye; `over` follows, after `patience` seconds at the latest (None: no haste)."""

    def pauseProducing(self) -> None:
        """Hear no more for now."""

    def resumeProducing(self) -> None:
        """Go on hearing."""
