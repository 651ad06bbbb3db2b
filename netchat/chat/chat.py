"""Rooms and participants, and what happens between them: everything is heard in one order
(`netchat.chat.sequencer`), and reaches every member in one write
(`netchat.chat.delivery.broadcast`).
"""

from __future__ import annotations

from collections.abc import Callable

from netchat.chat.delivery.backfill_reader import BackfillReader
from netchat.chat.delivery.broadcast import Broadcast
from netchat.chat.delivery.lookups import LookupScheduler
from netchat.chat.private_messages import PrivateMessageCache
from netchat.chat.room import Answer, Listener, LookUp, Participant, Room, grant, without
from netchat.chat.room_list import RoomList
from netchat.chat.sequencer import QUESTION, PendingEvent, Sequencer
from netchat.journal.interface import Journal, Page, Several, UnreadableError
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
    """An event that only its guest hears, and that is not worked out before its turn comes."""

    answer: Callable[[], Event | None]


class Chat:
    """Rooms and participants, and the sequencer that everything between them takes.

    `later` calls a function when the turn is over (on a reactor: `partial(callLater, 0)`), `now`
    is the wall clock, in seconds since the epoch.
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
        self.now = now
        self.private_messages = PrivateMessageCache()
        self.participants: NameRegistry[Participant] = NameRegistry()
        self.rooms: NameRegistry[Room] = NameRegistry()
        self.open_rooms = 0
        """How many of them somebody is in, or on his way into."""
        self._room_list = RoomList()
        self._broadcast = Broadcast()
        self._sequencer = Sequencer(journal, later=later, hear=self._hear, flush=self._flush)
        self._backfill_reader = BackfillReader(self._broadcast, self.lookups, self._sequencer.drain)

    def open(self) -> None:
        """Open the journal, and remember the rooms that it knows; JournalError if that fails."""
        for known in self.journal.open():
            if not (known.topic or known.last):
                continue  # It is as good as new, and may be there in several writings.
            room = Room(known.name)
            room.topic, room.last = known.topic, known.last
            self.rooms.register(known.name, room)

    def register(self, name: str, listener: Listener, client: str = "") -> Participant:
        """Return a participant called `name`, or raise RefusedError.

        Who comes back as the same `client` has his name at once, though he may not be heard to
        have left: his old participant is given up, unless somebody else has the name, too.
        """
        granted = grant(self, name, lambda holder: bool(client) and holder.client == client)
        for old in list(self.participants.holders(granted)):
            old.listener.replaced()
        participant = Participant(self, granted, listener, client)
        self.participants.register(participant.name, participant)
        return participant

    def rename(self, participant: Participant, name: str) -> None:
        """Enter `participant` under `name`, which it has been granted."""
        self.participants.unregister(participant.name)
        participant.name = name
        self.participants.register(name, participant)

    def release(self, participant: Participant) -> None:
        """Take `participant` out of the directory: its name is free."""
        self.participants.unregister(participant.name)

    def get_or_create_room(self, name: str) -> Room:
        """Return the room called `name`, or one whose name is the same, or a new one."""
        room = self.rooms.find(name)
        if room is None:
            room = Room(name)
            self.rooms.register(name, room)
        return room

    def enter(self, room: Room) -> None:
        """Learn that a guest is on his way into `room`."""
        self.open_rooms += not room.occupancy
        room.occupancy += 1

    def list_rooms(self) -> Rooms:
        """Return the rooms that somebody is in, by name."""
        return self._room_list.show()

    def time(self) -> float:
        """Return the time for what is said now, in whole milliseconds."""
        return round(self.now(), 3)

    def ask(
        self, participant: Participant, answer: Callable[[], Event | None], *, recall: bool = False
    ) -> None:
        """Let `participant` hear `answer()` when its turn comes, or `recall` what it hears then."""
        self._sequencer.submit(
            PendingEvent(_Question(answer), participant, None, QUESTION if recall else 1)
        )

    def answer(self, participant: Participant, event: Event) -> None:
        """Let `participant` hear `event` at this point of the order."""
        self._broadcast.send_to(event, participant)
        self._sequencer.drain()

    def recall(self, participant: Participant, look_up: LookUp, answer: Answer) -> None:
        """Let `participant` hear `answer(page)` with the page that `look_up` finds.

        What `participant` hears from now on comes behind it, however long the journal takes to
        find it.
        """
        place = self._broadcast.reserve(participant)
        self._sequencer.charge(participant, QUESTION)

        def found(page: Page | UnreadableError) -> None:
            self._sequencer.credit(participant, QUESTION)
            self._broadcast.fill(participant, place, answer(page))
            self._backfill_reader.found(participant)
            self._sequencer.drain()

        look_up(found)

    def backfill(self, participant: Participant, room: Room, after: int) -> None:
        """Let `participant`, which has just come into `room`, hear its lines after id `after`
        first.

        They are read as fast as it takes them. If they cannot be read, its listener is told so, and
        must give the participant up.
        """
        self._backfill_reader.begin(participant, room, after)

    def publish(self, event: Event, by: Participant, other: Participant | None = None) -> None:
        """Put `event`, which `by` caused, behind all that was published before."""
        weight = len(event.texts) if isinstance(event, SaidLines) else 1
        self._sequencer.submit(PendingEvent(event, by, other, weight))

    def _flush(self) -> None:
        self._broadcast.flush()
        while self._backfill_reader.go_on():
            self._broadcast.flush()

    def _hear(self, pending: PendingEvent) -> None:
        event, by = pending.event, pending.by
        match event:
            case Said() | SaidLines() | TopicSet():
                self._apply(event, self._room(event.room), by)
            case Joined():
                self._apply_join(self._room(event.room), by, event)
            case Left():
                self._apply_leave(self._room(event.room), by, event)
            case Renamed():
                self._apply_rename(by, event)
            case Several():
                for one in event.events:
                    self._hear(PendingEvent(one, by, None, 0))
            case _:
                self._tell(event, by, pending.other)

    def _apply(self, event: Said | SaidLines | TopicSet, room: Room, by: Participant) -> None:
        if isinstance(event, TopicSet):
            room.topic = event.text
        else:
            room.last = event.last
        self._broadcast.publish(event, (room,), by)

    def _tell(self, event: Event, by: Participant, other: Participant | None) -> None:
        """Let `by`, who caused `event`, hear it, and `other` if there is one."""
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
                if other is not None:
                    self._broadcast.send_to(event, other)
                self._broadcast.send_to(event, by, by)

    def _apply_join(self, room: Room, participant: Participant, event: Joined) -> None:
        self._broadcast.publish(event, (room,), participant)
        room.last = event.last
        (room.members[participant],) = event.names
        room.recipients = None
        self._room_list.update(room)
        participant.confirmed_rooms = _once(
            (*participant.confirmed_rooms, room), participant.requested_rooms
        )
        self._broadcast.add_member(participant, room)
        participant.listener.entered(room, event.last)

    def _apply_rename(self, participant: Participant, event: Renamed) -> None:
        for room in participant.confirmed_rooms:
            room.members[participant] = event.to
        self._broadcast.publish(event, participant.confirmed_rooms, participant)

    def _apply_leave(self, room: Room, participant: Participant, event: Left) -> None:
        following = self._broadcast.remove_member(event, participant, room)
        if following is not None:
            self._backfill_reader.read_on(following)
        del room.members[participant]
        room.recipients = None
        self._room_list.update(room)
        participant.confirmed_rooms = _once(
            without(participant.confirmed_rooms, room), participant.requested_rooms
        )
        self._broadcast.publish(event, (room,), participant)
        room.occupancy -= 1
        self.open_rooms -= not room.occupancy
        if not room.members:
            # An emptied dictionary keeps its size, and rooms that are remembered can be many.
            room.members = {}
        if not (room.occupancy or room.topic or room.last):
            self.rooms.unregister(room.name)

    def _room(self, name: str) -> Room:
        room = self.rooms.find(name)
        assert room is not None, "a room with members, or guests on their way, is never dropped"
        return room


def _once(present: tuple[Room, ...], rooms: tuple[Room, ...]) -> tuple[Room, ...]:
    """Return `present`, but `rooms` itself if they are equal, as they are when nothing is asked."""
    return rooms if present == rooms else present
