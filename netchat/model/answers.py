"""The events that answer what one client asks, beside those with lines and lists."""

from __future__ import annotations

from netchat.model.events import Event


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
