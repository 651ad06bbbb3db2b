"""Rooms and seats, and what happens between them: everything is heard in one order
(`netchat.chat.sequencer`), and reaches every member in one write
(`netchat.chat.delivery.broadcast`).
"""

from __future__ import annotations

from collections.abc import Callable

from netchat.chat.delivery.backfill_reader import CatchingUp
from netchat.chat.delivery.broadcast import Fanout
from netchat.chat.delivery.lookups import Desk
from netchat.chat.private_messages import ToldLately
from netchat.chat.room import Answer, Listener, LookUp, Room, Seat, grant, without
from netchat.chat.room_list import Listing
from netchat.chat.sequencer import QUESTION, Draft, Road
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
    """Rooms and seats, and the road that everything between them takes.

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
        self.desk = Desk(journal)
        self.now = now
        self.told = ToldLately()
        self.seats: NameRegistry[Seat] = NameRegistry()
        self.rooms: NameRegistry[Room] = NameRegistry()
        self.open_rooms = 0
        """How many of them somebody is in, or on his way into."""
        self._listing = Listing()
        self._fanout = Fanout()
        self._road = Road(journal, later=later, hear=self._hear, flush=self._flush)
        self._catching_up = CatchingUp(self._fanout, self.desk, self._road.work)

    def open(self) -> None:
        """Open the journal, and remember the rooms that it knows; JournalError if that fails."""
        for known in self.journal.open():
            if not (known.topic or known.last):
                continue  # It is as good as new, and may be there in several writings.
            room = Room(known.name)
            room.topic, room.last = known.topic, known.last
            self.rooms.register(known.name, room)

    def take_seat(self, name: str, listener: Listener, client: str = "") -> Seat:
        """Return a seat called `name`, or raise RefusedError.

        Who comes back as the same `client` has his name at once, though he may not be heard to
        have left: his old seat is given up, unless somebody else has the name, too.
        """
        granted = grant(self, name, lambda holder: bool(client) and holder.client == client)
        for old in list(self.seats.holders(granted)):
            old.listener.replaced()
        seat = Seat(self, granted, listener, client)
        self.seats.register(seat.name, seat)
        return seat

    def rename(self, seat: Seat, name: str) -> None:
        """Enter `seat` under `name`, which it has been granted."""
        self.seats.unregister(seat.name)
        seat.name = name
        self.seats.register(name, seat)

    def release(self, seat: Seat) -> None:
        """Take `seat` out of the directory: its name is free."""
        self.seats.unregister(seat.name)

    def enter_room(self, name: str) -> Room:
        """Return the room called `name`, or one whose name is the same, or a new one."""
        room = self.rooms.find(name)
        if room is None:
            room = Room(name)
            self.rooms.register(name, room)
        return room

    def bind(self, room: Room) -> None:
        """Learn that a guest is on his way into `room`."""
        self.open_rooms += not room.bound
        room.bound += 1

    def list_rooms(self) -> Rooms:
        """Return the rooms that somebody is in, by name."""
        return self._listing.show()

    def time(self) -> float:
        """Return the time for what is said now, in whole milliseconds."""
        return round(self.now(), 3)

    def ask(self, seat: Seat, answer: Callable[[], Event | None], *, recall: bool = False) -> None:
        """Let `seat` hear `answer()` when its turn comes, or `recall` what it hears then."""
        self._road.send(Draft(_Question(answer), seat, None, QUESTION if recall else 1))

    def answer(self, seat: Seat, event: Event) -> None:
        """Let `seat` hear `event` at this point of the order."""
        self._fanout.whisper(event, seat)
        self._road.work()

    def recall(self, seat: Seat, look_up: LookUp, answer: Answer) -> None:
        """Let `seat` hear `answer(page)` with the page that `look_up` finds.

        What `seat` hears from now on comes behind it, however long the journal takes to find it.
        """
        place = self._fanout.keep_place(seat)
        self._road.burden(seat, QUESTION)

        def found(page: Page | UnreadableError) -> None:
            self._road.relieve(seat, QUESTION)
            self._fanout.fill(seat, place, answer(page))
            self._catching_up.found(seat)
            self._road.work()

        look_up(found)

    def replay(self, seat: Seat, room: Room, after: int) -> None:
        """Let `seat`, which has just come into `room`, hear its lines after id `after` first.

        They are read as fast as it takes them. If they cannot be read, its listener is told so, and
        must give the seat up.
        """
        self._catching_up.begin(seat, room, after)

    def publish(self, event: Event, by: Seat, other: Seat | None = None) -> None:
        """Put `event`, which `by` caused, behind all that was published before."""
        weight = len(event.texts) if isinstance(event, SaidLines) else 1
        self._road.send(Draft(event, by, other, weight))

    def _flush(self) -> None:
        self._fanout.flush()
        while self._catching_up.go_on():
            self._fanout.flush()

    def _hear(self, draft: Draft) -> None:
        event, by = draft.event, draft.by
        match event:
            case Said() | SaidLines() | TopicSet():
                self._happen(event, self._room(event.room), by)
            case Joined():
                self._let_in(self._room(event.room), by, event)
            case Left():
                self._let_out(self._room(event.room), by, event)
            case Renamed():
                self._call_anew(by, event)
            case Several():
                for one in event.events:
                    self._hear(Draft(one, by, None, 0))
            case _:
                self._tell(event, by, draft.other)

    def _happen(self, event: Said | SaidLines | TopicSet, room: Room, by: Seat) -> None:
        if isinstance(event, TopicSet):
            room.topic = event.text
        else:
            room.last = event.last
        self._fanout.post(event, (room,), by)

    def _tell(self, event: Event, by: Seat, other: Seat | None) -> None:
        """Let `by`, who caused `event`, hear it, and `other` if there is one."""
        match event:
            case _Question():
                answer = event.answer()
                if answer is not None:
                    self._fanout.whisper(answer, by)
            case Closing():
                self._fanout.part(by, event)
                if event.reason != "bye":
                    self.desk.drop(by)
            case Repeated():
                self._fanout.acknowledge(event, by, self._room(event.said.room))
            case _:
                if other is not None:
                    self._fanout.whisper(event, other)
                self._fanout.whisper(event, by, by)

    def _let_in(self, room: Room, seat: Seat, event: Joined) -> None:
        self._fanout.post(event, (room,), seat)
        room.last = event.last
        (room.members[seat],) = event.names
        room.audiences = None
        self._listing.note(room)
        seat.present = _once((*seat.present, room), seat.rooms)
        self._fanout.enter(seat, room)
        seat.listener.entered(room, event.last)

    def _call_anew(self, seat: Seat, event: Renamed) -> None:
        for room in seat.present:
            room.members[seat] = event.to
        self._fanout.post(event, seat.present, seat)

    def _let_out(self, room: Room, seat: Seat, event: Left) -> None:
        following = self._fanout.leave(event, seat, room)
        if following is not None:
            self._catching_up.read_on(following)
        del room.members[seat]
        room.audiences = None
        self._listing.note(room)
        seat.present = _once(without(seat.present, room), seat.rooms)
        self._fanout.post(event, (room,), seat)
        room.bound -= 1
        self.open_rooms -= not room.bound
        if not room.members:
            # An emptied dictionary keeps its size, and rooms that are remembered can be many.
            room.members = {}
        if not (room.bound or room.topic or room.last):
            self.rooms.unregister(room.name)

    def _room(self, name: str) -> Room:
        room = self.rooms.find(name)
        assert room is not None, "a room with members, or guests on their way, is never dropped"
        return room


def _once(present: tuple[Room, ...], rooms: tuple[Room, ...]) -> tuple[Room, ...]:
    """Return `present`, but `rooms` itself if they are equal, as they are when nothing is asked."""
    return rooms if present == rooms else present
