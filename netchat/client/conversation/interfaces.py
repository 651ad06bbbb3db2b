"""What the client hears, and the seam between its two halves.

A `Front` is what a person or a script sits at: a terminal, a pipe, `netchat say`, `netchat tail`. A
`Talk` is the way to the server, and back to it. Neither knows the other's inside; the dialect of
the wire is behind `Talk`.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class DisplayLine:
    """Anything heard: `text` is the whole of it in one line that is safe to print."""

    text: str


@dataclass(frozen=True, slots=True)
class SaidLine(DisplayLine):
    """Somebody called `name` said `what` ("Bob: hi", "* Bob waves") to the room.

    `when` is the local time of a line that was said before, or missed, and "" if it is said now;
    `seconds` is its time since the epoch, and `raw` the line of the wire, without a control.
    """

    name: str
    what: str
    when: str
    seconds: float
    raw: bytes


@dataclass(frozen=True, slots=True)
class PrivateLine(DisplayLine):
    """A private line: `name` is the other one, `mine` tells whether it is one's own."""

    name: str
    own: bool


@dataclass(frozen=True, slots=True)
class Notice(DisplayLine):
    """An answer of the server, or what happens around the talk."""


@dataclass(frozen=True, slots=True)
class MissingLines(Notice):
    """Lines that are not to be had; `raw` as in Said."""

    raw: bytes


@dataclass(frozen=True, slots=True)
class UnreadMarker(Notice):
    """Where one had left off: what comes next was said meanwhile."""


@dataclass(frozen=True, slots=True)
class Refusal(DisplayLine):
    """What was asked is not done; the text says why."""


@dataclass(frozen=True, slots=True)
class ServerProblem(DisplayLine):
    """Something is wrong with the server, and no line of ours is refused for it."""


@dataclass(frozen=True, slots=True)
class Greeting(DisplayLine):
    """The name is granted."""


class Connect(Protocol):
    """What opens a talk under a name; `password` stands in place of the one that was given."""

    def __call__(self, name: str, frontend: Frontend, password: str = "") -> ChatClient:
        """Return the talk, which tells `front` all that happens."""


class Frontend(Protocol):
    """What a person or a script sits at."""

    def entered(self, *, again: bool) -> None:
        """Learn that we are in, `again` after a cut."""

    def show(self, line: DisplayLine) -> None:
        """Show what is heard now, or was missed while we were away."""

    def show_on_entry(self, line: DisplayLine) -> None:
        """Show, if wanted, what comes with entering a room: the motd, the topic, the past."""

    def caught_up(self) -> None:
        """Learn that everything said before we came in has been told."""

    def unstored_changed(self, lines: int) -> None:
        """Learn how many of our lines are not stored yet, as far as is known."""

    def name_refused(self, reason: str) -> None:
        """Learn that the name cannot be had, and that the talk is over before it began."""

    def password_required(self, reason: str, unstored: int) -> None:
        """Learn that the server wants a password, or another one, at first or after a cut.

        The talk is over unless it is unlocked; if it is not, `unstored` of our lines are lost.
        """

    def reconnecting(self, reason: str) -> None:
        """Learn that there is no connection, that one is being sought, and why, in a sentence."""

    def closed(self, problem: str, unstored: int) -> None:
        """Learn that the talk is over for good; an empty `complaint` means that it ended well.

        `unstored` is the number of our lines that may not be stored.
        """


class ChatClient(Protocol):
    """What can be done with the conversation, whatever it is spoken in."""

    @property
    def name(self) -> str:
        """Our own name, after all renaming."""

    @property
    def participants(self) -> Collection[str]:
        """The names in the room, as far as they are known."""

    @property
    def rooms(self) -> Collection[str]:
        """The rooms, as far as they are known."""

    @property
    def leaving(self) -> bool:
        """Whether we are on the way out: what is said is not taken any more."""

    @property
    def line_limit(self) -> int:
        """How many bytes of text the server takes in a line, 0 for any number."""

    @property
    def can_send(self) -> bool:
        """Whether so few lines wait to be stored that another may be said."""

    def say(self, text: str) -> None:
        """Say `text`, or do what it commands, and again until it is stored, over any cut.

        Bytes that are no UTF-8 stand in `text` as surrogate escapes.
        """

    def retry_with_password(self, password: str) -> None:
        """Go on with another `password`, and with all that is not stored."""

    def leave(self, timeout: float | None) -> None:
        """Say goodbye once everything is stored; `over` follows, whatever it is.

        That is after `patience` seconds at the latest (None: no haste).
        """

    def pauseProducing(self) -> None:
        """Hear no more for now."""

    def resumeProducing(self) -> None:
        """Go on hearing."""
