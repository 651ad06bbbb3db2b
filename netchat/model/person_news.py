"""What those in the rooms of somebody can learn of them, if their dialect has words for it.

These events are in no journal.
"""

from __future__ import annotations

from netchat.model.events import Event


class AwayChanged(Event, frozen=True):
    """Somebody is away, with this text, or is back if there is none."""

    name: str
    text: str


class AccountChanged(Event, frozen=True):
    """Somebody owns their name from now on."""

    name: str


class RealnameChanged(Event, frozen=True):
    """Somebody calls themselves otherwise from now on, beside their name."""

    name: str
    realname: str


class Appeared(Event, frozen=True):
    """Somebody is here from now on under a name that the reader watches; `name` is theirs."""

    name: str


class Disappeared(Event, frozen=True):
    """Nobody is here any more under a name that the reader watches."""

    name: str


class NewsOfWatched(Event, frozen=True):
    """`event` is about somebody whom the reader watches, and who is in none of their rooms."""

    event: Event


class OtherInvited(Event, frozen=True):
    """Somebody in a room called `name` has invited one called `to` to that `room`."""

    name: str
    to: str
    room: str


class InvitedTo(Event, frozen=True):
    """Somebody called `name` invites the reader, who is called `to`, to a room."""

    name: str
    to: str
    room: str
    time: float


NEWS = (
    AccountChanged,
    Appeared,
    AwayChanged,
    Disappeared,
    NewsOfWatched,
    OtherInvited,
    RealnameChanged,
)
"""Those that only some dialects have words for."""
