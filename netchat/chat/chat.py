"""The chat: all rooms and participants, and what an event does to them when it is settled.

All events take one order (`netchat.chat.sequencer`), and each member receives those of a turn in
one write (`netchat.chat.delivery`).
"""

from __future__ import annotations

from collections.abc import Callable

from netchat.chat.delivery.backfill_reader import BackfillReader
from netchat.chat.delivery.broadcast import Broadcast
from netchat.chat.delivery.lookups import LookupScheduler
from netchat.chat.private_messages import PrivateMessageCache
from netchat.chat.room import Answer, LookUp, Participant, Room, without
from netchat.chat.room_list import RoomList
from netchat.chat.sequencer import LOOKUP_WEIGHT, PendingEvent, Sequencer
from netchat.journal.interface import EventGroup, Journal, Page, UnreadableError
from netchat.model.events import (
    Closing,
    Event,
    Joined,
    Left,
    Renamed,
    Repeated,
    Rooms,
    Said,
    SaidLines,
    TopicSet,
)
from netchat.model.registry import NameRegistry


class _Question(Event, frozen=True):
    """An event for one participant; `answer` is called when its place in the order is reached."""

    answer: Callable[[], Event | None]


class Chat:
    """The rooms and participants of a server; `netchat.chat.actions` has what a participant can do.

    `journal` stores what happens. `later` calls a function when the turn is over (on a reactor:
    `partial(callLater, 0)`), `now` returns the wall clock's time in seconds since the epoch.
    """

    def __init__(
        self,
        journal: Journal,
        *,
        later: Callable[[Callable[[], None]], object],
        now: Callable[[], float],
    ) -> None:
        self.journal = journal
        self.lookups = LookupScheduler(journal)
        self.private_messages = PrivateMessageCache()
        self.participants: NameRegistry[Participant] = NameRegistry()
        self.rooms: NameRegistry[Room] = NameRegistry()
        self.occupied_rooms = 0
        """The number of rooms with an occupancy above 0."""
        self._now = now
        self._room_list = RoomList()
        self._broadcast = Broadcast()
        self._sequencer = Sequencer(journal, later=later, apply=self._apply, flush=self._flush)
        self._backfill_reader = BackfillReader(self._broadcast, self.lookups, self._sequencer.drain)

    def open(self) -> None:
        """Open the journal, and load the rooms that it knows; raises JournalError if that fails."""
        for known in self.journal.open():
            if not (known.topic or known.last):
                continue  # Nothing to restore; and the journal may have it under equivalent names.
            room = Room(known.name)
            room.topic, room.last = known.topic, known.last
            self.rooms.register(known.name, room)

    def get_or_create_room(self, name: str) -> Room:
        """Return the room with an equivalent name, or a new one called `name`."""
        room = self.rooms.find(name)
        if room is None:
            room = Room(name)
            self.rooms.register(name, room)
        return room

    def occupy(self, room: Room) -> None:
        """Count one more participant who has asked to join `room`; a settled Left counts down."""
        self.occupied_rooms += not room.occupancy
        room.occupancy += 1

    def list_rooms(self) -> Rooms:
        """Return the rooms with members, sorted by name."""
        return self._room_list.show()

    def time(self) -> float:
        """Return the time of what is said now, in seconds since the epoch, to the millisecond."""
        return round(self._now(), 3)

    def submit(self, event: Event, by: Participant, recipient: Participant | None = None) -> None:
        """Queue `event`, which `by` caused, behind all that was submitted before.

        A private event is delivered to `by` and `recipient`.
        """
        weight = len(event.texts) if isinstance(event, SaidLines) else 1
        self._sequencer.submit(PendingEvent(event, by, recipient, weight))

    def ask(
        self, who: Participant, answer: Callable[[], Event | None], *, recall: bool = False
    ) -> None:
        """Deliver `answer()` to `who`; it is called when its place in the order is reached.

        `recall` if `answer` starts a lookup, which weighs more.
        """
        weight = LOOKUP_WEIGHT if recall else 1
        self._sequencer.submit(PendingEvent(_Question(answer), who, None, weight))

    def send_to(self, who: Participant, event: Event) -> None:
        """Deliver `event` to `who` alone, at this point of the order."""
        self._broadcast.send_to(event, who)
        self._sequencer.drain()

    def recall(self, who: Participant, look_up: LookUp, answer: Answer) -> None:
        """Deliver `answer(page)` to `who` at this point, with the page that `look_up` finds.

        What is delivered to `who` from now on waits behind it, however long the lookup takes.
        """
        pending = self._broadcast.reserve(who)
        self._sequencer.charge(who, LOOKUP_WEIGHT)

        def found(page: Page | UnreadableError) -> None:
            self._sequencer.credit(who, LOOKUP_WEIGHT)
            self._broadcast.fill(who, pending, answer(page))
            self._backfill_reader.answered(who)
            self._sequencer.drain()

        look_up(found)

    def backfill(self, who: Participant, room: Room, after: int) -> None:
        """Deliver the lines of `room` after id `after` to `who`, who has just joined, then live.

        Pages are read as fast as the client takes them. If one cannot be read, `unreadable` of the
        listener is called.
        """
        self._backfill_reader.begin(who, room, after)

    def _flush(self) -> None:
        self._broadcast.flush()
        while self._backfill_reader.schedule_pages():
            self._broadcast.flush()

    def _apply(self, pending: PendingEvent) -> None:
        """Change the rooms as a settled event says, and deliver it."""
        event, by = pending.event, pending.by
        match event:
            case Said() | SaidLines() | TopicSet():
                self._apply_to_room(event, self._room(event.room), by)
            case Joined():
                self._apply_join(self._room(event.room), by, event)
            case Left():
                self._apply_leave(self._room(event.room), by, event)
            case Renamed():
                self._apply_rename(by, event)
            case EventGroup():
                for one in event.events:
                    self._apply(PendingEvent(one, by, None, 0))
            case _:
                self._deliver_privately(event, by, pending.recipient)

    def _apply_to_room(
        self, event: Said | SaidLines | TopicSet, room: Room, by: Participant
    ) -> None:
        if isinstance(event, TopicSet):
            room.topic = event.text
        else:
            room.last = event.last
        self._broadcast.publish(event, (room,), by)

    def _deliver_privately(
        self, event: Event, by: Participant, recipient: Participant | None
    ) -> None:
        match event:
            case _Question():
                answer = event.answer()
                if answer is not None:
                    self._broadcast.send_to(answer, by)
            case Closing():
                self._broadcast.disconnect(by, event)
                if event.reason != "bye":
                    self.lookups.cancel(by)
            case Repeated():
                self._broadcast.acknowledge(event, by, self._room(event.said.room))
            case _:
                if recipient is not None:
                    self._broadcast.send_to(event, recipient)
                self._broadcast.send_to(event, by, by)

    def _apply_join(self, room: Room, who: Participant, event: Joined) -> None:
        self._broadcast.publish(event, (room,), who)
        room.last = event.last
        (room.members[who],) = event.names
        room.recipients = None
        self._room_list.update(room)
        who.confirmed_rooms = _shared((*who.confirmed_rooms, room), who.requested_rooms)
        self._broadcast.add_member(who, room)
        who.listener.entered(room, event.last)

    def _apply_rename(self, who: Participant, event: Renamed) -> None:
        for room in who.confirmed_rooms:
            room.members[who] = event.to
        self._broadcast.publish(event, who.confirmed_rooms, who)

    def _apply_leave(self, room: Room, who: Participant, event: Left) -> None:
        next_backfill = self._broadcast.remove_member(event, who, room)
        if next_backfill is not None:
            self._backfill_reader.read_on(next_backfill)
        del room.members[who]
        room.recipients = None
        self._room_list.update(room)
        who.confirmed_rooms = _shared(without(who.confirmed_rooms, room), who.requested_rooms)
        self._broadcast.publish(event, (room,), who)
        room.occupancy -= 1
        self.occupied_rooms -= not room.occupancy
        if not room.members:
            # An emptied dictionary keeps its size, and there may be many known rooms.
            room.members = {}
        if not (room.occupancy or room.topic or room.last):
            self.rooms.unregister(room.name)

    def _room(self, name: str) -> Room:
        room = self.rooms.find(name)
        assert room is not None, "a room with an occupancy is never dropped"
        return room


def _shared(confirmed: tuple[Room, ...], requested: tuple[Room, ...]) -> tuple[Room, ...]:
    """Return `confirmed`; if it equals `requested`, that tuple, so that only one is kept."""
    return requested if confirmed == requested else confirmed
