"""The one order of everything: what is asked in a turn goes to the journal as one batch, is heard
in the order in which it comes back, and reaches every member in one write.

Hearing may make the chat hear again (a connection dies inside a write, and its guest leaves). Only
the outermost call works through the queue, or others would hear `Left` before the `Said` that
caused it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from netchat.directory import Directory
from netchat.events import Closing, Event, Joined, Left, Renamed, Rooms, Said, Told, TopicSet
from netchat.fanout import Fanout
from netchat.journal import Journal
from netchat.room import Listener, Room, Seat, grant


@dataclass(frozen=True, slots=True)
class _Question(Event):
    """An event that only its guest hears, and that is not worked out before its turn comes."""

    answer: Callable[[], Event | None]


@dataclass(slots=True)
class _Draft:
    """An event on its way through the journal, with the seats that it concerns."""

    event: Event
    by: Seat
    other: Seat | None


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
        self.now = now
        self.seats: Directory[Seat] = Directory()
        self.rooms: Directory[Room] = Directory()
        self._later = later
        self._fanout = Fanout()
        self._drafts: list[_Draft] = []
        self._settled: deque[_Draft] = deque()
        self._hearing = False

    def take_seat(self, name: str, listener: Listener) -> Seat:
        """Return a seat called `name`, or raise RefusedError."""
        seat = Seat(self, grant(self, name), listener)
        self.seats.claim(seat.name, seat)
        return seat

    def rename(self, seat: Seat, name: str) -> None:
        """Enter `seat` under `name`, which it has been granted."""
        self.seats.release(seat.name)
        seat.name = name
        self.seats.claim(name, seat)

    def release(self, seat: Seat) -> None:
        """Take `seat` out of the directory: its name is free."""
        self.seats.release(seat.name)

    def enter_room(self, name: str) -> Room:
        """Return the room called `name`, or one whose name is the same, or a new one."""
        room = self.rooms.find(name)
        if room is None:
            room = Room(name)
            self.rooms.claim(name, room)
        return room

    def list_rooms(self) -> Rooms:
        """Return the rooms that somebody is in, by name."""
        rooms = ((room.name, len(room.members)) for room in self.rooms if room.members)
        return Rooms(tuple(sorted(rooms)))

    def ask(self, seat: Seat, answer: Callable[[], Event | None]) -> None:
        """Let `seat` hear `answer()` when its turn comes."""
        self.publish(_Question(answer), seat)

    def answer(self, seat: Seat, event: Event) -> None:
        """Let `seat` hear `event` at this point of the order."""
        self._fanout.whisper(event, seat)
        self._hear_all()

    def recall(
        self,
        seat: Seat,
        room: Room,
        up_to: int,
        limit: int,
        answer: Callable[[Sequence[Said]], Event],
    ) -> None:
        """Let `seat` hear `answer(lines)`: the last `limit` lines of `room` up to id `up_to`.

        What `seat` hears from now on comes behind it, however long the journal takes to find them.
        """
        place = self._fanout.keep_place(seat)

        def found(lines: Sequence[Said]) -> None:
            self._fanout.fill(seat, place, answer(lines))
            self._hear_all()

        self.journal.read(room.name, up_to, limit, found)

    def publish(self, event: Event, by: Seat, other: Seat | None = None) -> None:
        """Put `event`, which `by` caused, behind all that was published before."""
        self._drafts.append(_Draft(event, by, other))
        if len(self._drafts) == 1:
            self._later(self._end_turn)

    def _end_turn(self) -> None:
        drafts, self._drafts = self._drafts, []

        def settled(events: Sequence[Event]) -> None:
            for draft, event in zip(drafts, events, strict=True):
                draft.event = event
            self._settled.extend(drafts)
            self._hear_all()

        self.journal.append([draft.event for draft in drafts], settled)

    def _hear_all(self) -> None:
        if self._hearing:
            return
        self._hearing = True
        try:
            self._fanout.flush()
            while self._settled:
                while self._settled:
                    self._hear(self._settled.popleft())
                self._fanout.flush()
        finally:
            self._hearing = False

    def _hear(self, draft: _Draft) -> None:
        try:
            self._apply(draft.event, draft)
        except Exception:
            draft.by.listener.crash()

    def _apply(self, event: Event, draft: _Draft) -> None:
        by = draft.by
        match event:
            case Said():
                room = self._room(event.room)
                room.last = event.id
                self._fanout.post(event, (room,), by)
            case Joined():
                self._let_in(self._room(event.room), by, event)
            case Left():
                self._let_out(self._room(event.room), by, event)
            case Renamed():
                self._call_anew(by, event)
            case TopicSet():
                room = self._room(event.room)
                room.topic = event.text
                self._fanout.post(event, (room,), by)
            case Told() if draft.other is not None:
                self._fanout.whisper(event, draft.other)
                self._fanout.whisper(event, by, by)
            case _Question():
                answer = event.answer()
                if answer is not None:
                    self._fanout.whisper(answer, by)
            case Closing():
                self._fanout.whisper(event, by, by)
                self._fanout.part(by)

    def _let_in(self, room: Room, seat: Seat, event: Joined) -> None:
        self._fanout.post(event, (room,), seat)
        room.last = event.last
        (room.members[seat],) = event.names
        seat.present[room] = None
        self._fanout.enter(seat, room)
        seat.listener.entered(room, event.last)

    def _call_anew(self, seat: Seat, event: Renamed) -> None:
        for room in seat.present:
            room.members[seat] = event.to
        self._fanout.post(event, tuple(seat.present), seat)

    def _let_out(self, room: Room, seat: Seat, event: Left) -> None:
        self._fanout.leave(seat, room)
        del room.members[seat], seat.present[room]
        self._fanout.post(event, (room,), seat)
        room.bound -= 1
        if not (room.bound or room.topic or room.last):
            self.rooms.release(room.name)

    def _room(self, name: str) -> Room:
        room = self.rooms.find(name)
        assert room is not None, (
            "a room with members, or with guests on their way, is never dropped"
        )
        return room
