"""The events that answer what one client asks, beside those with lines and lists."""

from __future__ import annotations

from netchat.model.events import Event, Gap, Said


class Pong(Event, frozen=True):
    """The answer to a ping; `trouble` is why nothing can be stored at present, or ""."""

    nonce: str = ""
    trouble: str = ""


class Help(Event, frozen=True):
    """The list of commands for `topic` ("": for everybody), or what a command does ("/join").

    The topics and the text belong to the dialect.
    """

    topic: str = ""


class Seen(Event, frozen=True):
    """When somebody was last seen; times are 0 if they are not known.

    They are `here`, or have `left`; `spoke` is when they last said something in a `room` that the
    reader is in.
    """

    name: str
    here: bool
    left: float = 0
    spoke: float = 0
    room: str = ""


class Found(Event, frozen=True):
    """The lines of a room that contain `words`, oldest first; `more` and `earlier` as in Past."""

    room: str
    words: str
    lines: tuple[Said | Gap, ...]
    more: bool = False
    earlier: bool = False


class Names(Event, frozen=True):
    """The names of those in a room; `as_of`: since when others are not heard (0: they are).

    Those who only listen are in `quiet`, too.
    """

    room: str
    names: tuple[str, ...]
    as_of: float = 0
    quiet: tuple[str, ...] = ()


class Rooms(Event, frozen=True):
    """The rooms that have participants, each with their number."""

    rooms: tuple[tuple[str, int], ...]


class Topic(Event, frozen=True):
    """The topic of a room, on request; an empty text means none."""

    room: str
    text: str
