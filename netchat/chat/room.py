"""The state of the chat: rooms and participants as plain data, and the interfaces they refer to.

- A guest without a name has no Participant; only a Participant can say something.
- A Room changes only when the journal has settled what was requested (`netchat.chat.chat`), and
  its members receive the event at the same moment. So all of them see one order of events.
- What belongs to one participant alone (the name, the rooms requested) changes at once, so that
  their next request can use it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain, islice

from netchat.chat.clients import Connection, Dialect, Listener, Send
from netchat.chat.delivery.tail import Tail
from netchat.chat.slow_mode import SlowMode
from netchat.journal.interface import Found, P, UnreadableError
from netchat.model.events import Event

LookUp = Callable[[Found[P]], None]
"""Looks a page up in the journal, and calls the function with what it has found."""
Answer = Callable[[P | UnreadableError], Iterable[Event]]
"""Makes the events that answer a participant's question from the result of a lookup."""


class Room:
    """A name, a topic, and the members, in the order in which they joined, with their names.

    A member's name here is the one that the others have received; the participant's own may be
    newer.
    """

    __slots__ = ("backfilling", "devices", "founder", "founding_guest", "further_devices", "last",
                 "members", "name", "occupancy", "quiet", "recipients", "slow_mode", "spoken",
                 "tail", "topic", "topic_set")  # fmt: skip

    def __init__(self, name: str) -> None:
        self.name = name
        self.topic = ""
        self.topic_set: tuple[str, float] | None = None
        """Who has set the topic, and when (seconds since the epoch); None: that is not known."""
        self.last = 0
        """The id of the last line that was delivered here; 0: none yet."""
        self.spoken = False
        """Whether a line was ever submitted here, settled or not."""
        self.members: dict[Participant, str] = {}
        self.devices: dict[int, int] = {}
        """The number of members of each account that has any."""
        self.further_devices = 0
        """The number of members without whom each account would have one."""
        self.quiet: tuple[Participant, ...] = ()
        """The members who are quiet."""
        self.backfilling: dict[Participant, None] = {}
        """The members who get earlier lines from the journal, and what happens now from `tail`."""
        self.tail: Tail | None = None
        """What has happened here last, while there are members in `backfilling`."""
        self.recipients: tuple[Recipients, ...] | None = None
        """The other members, by how they are written to; None: to be computed."""
        self.occupancy = 0
        """The number of members, and of participants whose join or leave is not settled yet."""
        self.founder = 0
        """The account that has made the room and is its moderator for that alone; 0: none."""
        self.founding_guest: Participant | None = None
        """The guest who has made the room and moderates it while they are in it; None: nobody."""
        self.slow_mode: SlowMode | None = None
        """Who has said something lately, if the room is in slow mode."""

    @property
    def is_forgettable(self) -> bool:
        """Whether there is nobody and nothing in it."""
        return not (self.occupancy or self.topic or self.last)

    @property
    def names(self) -> tuple[str, ...]:
        """The members' names, each once, in the order in which they joined."""
        names = self.members.values()
        return tuple(dict.fromkeys(names)) if self.further_devices else tuple(names)

    @property
    def people(self) -> int:
        """The number of members, those of an account counted once."""
        return len(self.members) - self.further_devices

    def add_device(self, account: int) -> None:
        """Count one more member who is a device of `account`."""
        before = self.devices.get(account, 0)
        self.devices[account] = before + 1
        self.further_devices += before > 0

    def remove_device(self, account: int) -> None:
        """Count one member less who is a device of `account`."""
        self.devices[account] -= 1
        if self.devices[account]:
            self.further_devices -= 1
        else:
            del self.devices[account]


class Participant:
    """A guest with a name, made by `netchat.chat.actions.register`; `leave_chat` ends it.

    `client` identifies the program over reconnects; "" if it gave no identifier.
    """

    __slots__ = ("account", "client", "confirmed_rooms", "connection", "detached", "fast_send",
                 "in_flight", "listener", "name", "requested_rooms")  # fmt: skip
    is_remote = False
    """Whether they are on another server."""
    is_quiet = False
    """Whether people are not told of their joins and leaves (`netchat.chat.quiet`)."""

    def __init__(
        self, name: str, listener: Listener, connection: Connection, client: str = ""
    ) -> None:
        self.name = name
        self.listener = listener
        self.connection = connection
        self.client = client
        self.account = 0
        """The number of the account that they have proved to be theirs; 0: they are a guest."""
        self.fast_send: Send | None = connection.fast_send
        """The connection's `fast_send`, stored: a broadcast calls it for each member and turn."""
        self.in_flight = 0
        """The weight of the requests that are not settled, and lookups that are not answered."""
        self.detached = False
        """Whether nothing is delivered any more: the connection is lost or closing."""
        self.requested_rooms: tuple[Room, ...] = ()
        """The rooms that they have asked to be in: their next request is checked against these."""
        self.confirmed_rooms: tuple[Room, ...] = ()
        """The rooms in which the others see them: their joins and leaves are settled."""

    def refresh_fast_send(self) -> None:
        """Look up again how to write to this participant: the connection or `detached` changed."""
        self.fast_send = None if self.detached else self.connection.fast_send
        for room in self.confirmed_rooms:
            room.recipients = None


@dataclass(slots=True)
class Recipients:
    """The members of a room who read `dialect`: those with a `fast_send`, and the others.

    Kept from turn to turn. Nearly every member gets the same bytes, and nearly every connection
    takes them at once; for those a turn costs one call of `socket.send` each. In a large room
    reading each Participant object would add to that: it is no longer in the CPU's cache.
    """

    dialect: Dialect
    sends: list[Send]
    participants: list[Participant]
    _positions: dict[Participant, int] = field(default_factory=dict)
    """Positions in `sends` of participants excluded before: they are likely to speak again."""

    def sends_except(self, some: Collection[Participant]) -> Iterable[Send]:
        """Return `sends` without those of `some`.

        Where few are left out nothing is copied: in a large room that would take longer than the
        first send.
        """
        if len(some) > len(self.sends) // 8:
            excluded = {id(participant.fast_send) for participant in some}
            return [send for send in self.sends if id(send) not in excluded]
        return chain.from_iterable(_parts(self.sends, sorted({*map(self._position, some)})))

    def others_except(self, some: Collection[Participant]) -> Iterable[Participant]:
        """Return `participants` without `some` of them."""
        return [who for who in self.participants if who not in some] if self.participants else ()

    def _position(self, participant: Participant) -> int:
        """Return the position of `participant` in `sends`; behind its end if it is not there."""
        position = self._positions.get(participant)
        if position is None:
            send, sends = participant.fast_send, self.sends
            position = len(sends) if send is None or send not in sends else sends.index(send)
            self._positions[participant] = position
        return position


def without(rooms: tuple[Room, ...], room: Room) -> tuple[Room, ...]:
    """Return `rooms` without `room`, which is among them."""
    position = rooms.index(room)
    return rooms[:position] + rooms[position + 1 :]


def _parts(sends: list[Send], positions: list[int]) -> Iterator[Iterator[Send]]:
    """Yield the stretches of `sends` between the sorted `positions`."""
    items, start = iter(sends), 0
    for position in positions:
        yield islice(items, position - start)
        next(items, None)
        start = position + 1
    yield items
