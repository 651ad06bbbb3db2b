"""How participants come, go, and take names: at once, as no other server has a say in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Protocol

from msgspec import Struct

from netchat.chat.order import Context
from netchat.chat.participants import Participants
from netchat.chat.results import Entry
from netchat.chat.room import Participant, Room, without
from netchat.model.events import Closing, Event, Joined, Left, Refused, Renamed
from netchat.state.changes import Actor
from netchat.state.site_records import Server

SetAbsence = Callable[[str], Event]
Registered = Callable[[Refused | None], None]
"""Called once somebody has their name, or with the reason why they do not get it."""


class SiteFigures(Struct, frozen=True):
    """How a server follows the log of its site.

    `servers` are running; the server has heard the log up to `position`, and the last entry
    `silence` seconds ago. `trouble`: the log cannot be reached, or takes nothing.
    """

    servers: int
    position: int
    silence: float
    trouble: bool


class Site(Protocol):
    """What a server knows of its site."""

    incarnation: int
    """The number of this start of this server."""

    @property
    def servers(self) -> list[Server]:
        """The servers that are running, the one that has started first at the front."""

    @property
    def leads(self) -> bool:
        """Whether this server does what one of the site does for all."""

    @property
    def as_of(self) -> float:
        """The time of the last entry if the log is in trouble; 0: what is known is current."""

    @property
    def figures(self) -> SiteFigures:
        """How this server follows the log."""

    def guests(self, server: Server) -> int:
        """Return how many are on `server`; each device of an account counts."""

    def server_of(self, who: Participant) -> str:
        """Return the name of the server that `who` is on."""


class Presence(Protocol):
    """Puts into effect what participants ask for, which was checked as far as possible."""

    @property
    def site(self) -> Site | None:
        """The site; None: this server shares its order with no other."""

    @property
    def has_caught_up(self) -> bool:
        """Whether the order is read up to the start of this server.

        If not, only the order tells whether a name is free.
        """

    def register(
        self, who: Participant, agent: str, earlier: Iterable[Participant], then: Registered
    ) -> None:
        """Give `who` their name; they take the place of `earlier`, which are of the same client."""

    def depart(self, who: Participant, message: str = "") -> None:
        """Let `who` leave every room and give up their name; `message` is what they say to it."""

    def enter(self, who: Participant, room: Room, entry: Entry) -> None:
        """Let `who` into `room`, who has asked for it with `entry`."""

    def may_have_past(self, room: Room) -> bool:
        """Return whether lines may have been said in `room` before what is submitted now."""

    def exit(self, who: Participant, room: Room, nonce: str = "", message: str = "") -> None:
        """Let `who` leave `room`; a refusal has the `nonce`; `message` is what they say to it."""

    def rename(self, who: Participant, name: str, nonce: str = "") -> None:
        """Give the guest `who` another name; a refusal has the `nonce` of the request."""

    def set_away(self, who: Participant, text: str, answer: SetAbsence) -> None:
        """Let others read `text` while `who` is away; "": they are back.

        `answer` is called with the text when that is so, and returns what `who` reads.
        """

    def guest_key(self, who: Participant) -> str:
        """Return what identifies `who` on the servers of a site; "" on a server alone."""

    def find_guest(self, key: str) -> Participant | None:
        """Return who has this `guest_key`, or None."""

    def end_session(self, who: Participant, by: Actor, closing: Closing) -> None:
        """Let `who`, a device of an account, leave with `closing`, because `by` wants that."""

    def device_id(self, who: Participant) -> str:
        """Return what identifies the device `who` to its owner."""

    @property
    def other_servers(self) -> tuple[str, ...]:
        """The addresses at which guests of this server are taken by the others, as host:port."""


class AlonePresence:
    """The presence on a server that shares its order with no other: names are given at once.

    `submit` puts an event behind all that was submitted before; `ask` calls a function there.
    """

    site = None
    has_caught_up = True

    def __init__(
        self,
        participants: Participants,
        submit: Callable[[Event, Participant, Context], None],
        ask: Callable[[Participant, Callable[[], Event | None]], None],
    ) -> None:
        self._participants = participants
        self._submit = submit
        self._ask = ask

    def register(
        self, who: Participant, agent: str, earlier: Iterable[Participant], then: Registered
    ) -> None:
        """Give `who` their name, and call `then` at once."""
        for one in earlier:
            one.listener.replaced()
        add(self._participants, who, agent)
        then(None)

    def depart(self, who: Participant, message: str = "") -> None:
        """Submit a Left for every room, and free the name at once."""
        rooms, who.requested_rooms = who.requested_rooms, ()
        for room in rooms:
            left = Left(room.name, (who.name,), gone=True, message=message)
            self._submit(left, who, None)
        self._participants.remove(who)
        if who.account:
            self._ask(who, partial(self._participants.settled, who))

    def enter(self, who: Participant, room: Room, entry: Entry) -> None:
        """Submit a Joined."""
        self._submit(Joined(room.name, (who.name,)), who, entry)

    def may_have_past(self, room: Room) -> bool:
        """Return whether a line was ever submitted here."""
        return room.spoken

    def exit(self, who: Participant, room: Room, nonce: str = "", message: str = "") -> None:
        """Submit a Left."""
        who.requested_rooms = without(who.requested_rooms, room)
        self._submit(Left(room.name, (who.name,), message=message), who, None)

    def rename(self, who: Participant, name: str, nonce: str = "") -> None:
        """Rename `who` at once, and submit that."""
        before = who.name
        self._participants.rename(who, name)
        for room in who.requested_rooms:
            if room.slow_mode is not None:
                room.slow_mode.rename(before, name)
        self._submit(Renamed(before, name), who, None)

    def set_away(self, who: Participant, text: str, answer: SetAbsence) -> None:
        """Call `answer` in its place in the order."""
        self._ask(who, partial(answer, text))

    def guest_key(self, who: Participant) -> str:
        """Return "": nobody is on another server."""
        return ""

    def find_guest(self, key: str) -> Participant | None:
        """Return None: nobody has one."""
        return None

    def end_session(self, who: Participant, by: Actor, closing: Closing) -> None:
        """End it at once."""
        who.listener.ended(closing)

    def device_id(self, who: Participant) -> str:
        """Return the number of `who` among the devices of their account."""
        return self._participants.sessions(who.account)[who].id

    @property
    def other_servers(self) -> tuple[str, ...]:
        """Return none: there are no others."""
        return ()


def add(participants: Participants, who: Participant, agent: str) -> None:
    """Add `who` under their name, which they may have."""
    if who.account:
        participants.add_device(who, agent)
    else:
        participants.add_guest(who, agent)
