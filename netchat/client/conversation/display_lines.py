"""What the client displays: each line by its kind, ready to print."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class DisplayLine:
    """Anything to display: `text` is the whole of it, in one line that is safe to print.

    `seconds` is its time since the epoch; 0 if the server gives it none, because it is of now.
    """

    text: str
    seconds: float = field(default=0.0, kw_only=True)


@dataclass(frozen=True, slots=True)
class SaidLine(DisplayLine):
    """A participant called `name` said `what` ("Bob: hi", "* Bob waves") to the room.

    `when` is the local time of a line from the history or missed while offline, "" for a live line;
    `raw` is the line as received, without control characters. `id` is its number in the room.
    `mentions` tells whether it is addressed to the user, or has a word that they watch.
    """

    name: str
    what: str
    when: str
    raw: bytes
    id: int = 0
    mentions: bool = False


@dataclass(frozen=True, slots=True)
class OwnLine(SaidLine):
    """A line that the user said on another device; its `text` calls the user "You"."""


@dataclass(frozen=True, slots=True)
class FoundLine(SaidLine):
    """A line that a search has found."""


@dataclass(frozen=True, slots=True)
class PrivateLine(DisplayLine):
    """A private message: `name` is the other participant, `own` tells whether the user sent it.

    `when` is as in SaidLine; `id` is its number among those of an owner, 0 if there is none.
    """

    name: str
    own: bool
    when: str = ""
    id: int = 0


@dataclass(frozen=True, slots=True)
class Notice(DisplayLine):
    """An answer of the server, or an event in the room, such as a join."""


@dataclass(frozen=True, slots=True)
class JoinLine(Notice):
    """These participants joined the room."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LeaveLine(Notice):
    """These participants left the room."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RoomLine(Notice):
    """What is said of a room, or a talk, when it is shown: its name, topic, and who is in it."""


@dataclass(frozen=True, slots=True)
class PageEdge(Notice):
    """The beginning, or the end, of earlier lines that the user has asked for."""


@dataclass(frozen=True, slots=True)
class NothingEarlier(Notice):
    """The user has asked for earlier lines, and there are none."""


@dataclass(frozen=True, slots=True)
class MissingLines(Notice):
    """Lines that the server cannot deliver; `raw` as in SaidLine."""

    raw: bytes


@dataclass(frozen=True, slots=True)
class DayLine(Notice):
    """The day of the lines after it, which is not that of the lines before it."""


@dataclass(frozen=True, slots=True)
class UnreadMarker(Notice):
    """The place where the user had stopped reading; the lines after it were said meanwhile."""


def no_room(room: str) -> Notice:
    """Return what is shown to a user who was removed from `room`."""
    return Notice(f"* You are not in {room} any more; /join goes into another room")


@dataclass(frozen=True, slots=True)
class Refusal(DisplayLine):
    """A request was refused; the text says why."""


@dataclass(frozen=True, slots=True)
class ServerProblem(DisplayLine):
    """The server has a problem, but refuses no line of the user for it.

    If `text` says what the client does about it, `sentence` is the server's own sentence.
    """

    sentence: str = ""


@dataclass(frozen=True, slots=True)
class Greeting(DisplayLine):
    """The name is granted."""
