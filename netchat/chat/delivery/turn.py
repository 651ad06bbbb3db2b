"""The deliveries of one reactor turn, by number, and the recipients of each.

Most members of a room are sent all that was published there in the turn, and nothing else. A
participant needs a personal view if they spoke, joined or left in this turn, received a private
event, or are in two rooms with events.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable
from itertools import chain, pairwise

from netchat.chat.delivery.pending_answers import PendingAnswer
from netchat.chat.delivery.rendering import Delivery, RenderedEvents
from netchat.chat.room import Participant, Room
from netchat.model.events import Event, Renamed, Said, SaidLines


class Turn:
    """The deliveries of a turn and their recipients."""

    __slots__ = ("_moved", "_since", "answers", "by_room", "deliveries", "personal", "renames")

    def __init__(self) -> None:
        self.deliveries = RenderedEvents()
        self.by_room: defaultdict[Room, list[int]] = defaultdict(list)
        """The numbers of what all members of a room are sent."""
        self.personal: dict[Participant, list[int]] = {}
        """Participants with a personal view: the numbers of what is not for all in their rooms."""
        self.renames: set[int] = set()
        """The numbers of the deliveries that are renames."""
        self.answers: defaultdict[Participant, list[tuple[int, PendingAnswer]]] = defaultdict(list)
        """Answers that are being looked up, each with the number of the delivery it precedes."""
        self._since: dict[tuple[Participant, Room], int] = {}
        """The first delivery in a room that a participant who joined in this turn can receive."""
        self._moved: set[Participant] = set()
        """Participants who joined or left a room in this turn."""

    def __bool__(self) -> bool:
        return bool(self.personal or self.by_room)

    @property
    def plain(self) -> bool:
        """Whether no participant joined, left, or asked for a lookup."""
        return not (self._moved or self.answers)

    def publish(self, event: Event, rooms: Iterable[Room], by: Participant) -> int:
        """Send `event`, which `by` caused, to all members of `rooms`; return its number."""
        number = self.deliveries.publish(Delivery(event, by))
        if isinstance(event, Renamed):
            self.renames.add(number)
        for room in rooms:
            self.by_room[room].append(number)
        self.personal.setdefault(by, [])
        return number

    def send_to(self, event: Event, who: Participant, by: Participant | None) -> None:
        """Send `event` to `who` alone."""
        self.personal.setdefault(who, []).append(self.deliveries.add(Delivery(event, by)))

    def add_member(self, who: Participant, room: Room) -> None:
        """Send `who` what is published in `room` from now on."""
        self._since[who, room] = len(self.deliveries)
        self._moved.add(who)
        self.personal.setdefault(who, [])

    def remove_member(self, who: Participant, room: Room, end: int) -> None:
        """Send `who` only what was published in `room` until now, before delivery `end`."""
        self.personal.setdefault(who, []).extend(self.received(who, room, end))
        self._moved.add(who)

    def reserve(self, who: Participant) -> PendingAnswer:
        """Return the place of an answer to `who`: behind what was published until now."""
        answer = PendingAnswer()
        self.personal.setdefault(who, [])
        self.answers[who].append((len(self.deliveries), answer))
        return answer

    def has_unique_view(self, who: Participant) -> bool:
        """Return whether `who` is sent something else than the other members of their rooms."""
        return bool(
            self.personal.get(who)
            or self.deliveries.any_caused_by(who)
            or who in self._moved
            or who in self.answers
        )

    def personal_of(self, who: Participant) -> list[int]:
        """Return the numbers of what `who` is sent that is not for all in their rooms, in order."""
        numbers = self.personal[who]
        return sorted(set(numbers)) if who in self._moved else numbers

    def rooms_of(self, who: Participant) -> list[Room]:
        """Return the rooms of `who` in which something was published."""
        if len(who.confirmed_rooms) <= len(self.by_room):
            return [room for room in who.confirmed_rooms if room in self.by_room]
        return [room for room in self.by_room if who in room.members]

    def has_only_lines(self, room: Room) -> bool:
        """Return whether everything published in `room` is lines."""
        deliveries = self.deliveries.deliveries
        return all(isinstance(deliveries[n].event, Said | SaidLines) for n in self.by_room[room])

    def since(self, who: Participant, room: Room) -> int:
        """Return the number of the first delivery that `who` can have received in `room`."""
        return self._since.get((who, room), 0)

    def received(self, who: Participant, room: Room, end: int) -> list[int]:
        """Return the numbers that `who`, a member of `room`, receives there before `end`."""
        if room not in self.by_room:
            return []
        numbers = self.by_room[room]
        return numbers[bisect_left(numbers, self.since(who, room)) : bisect_left(numbers, end)]

    def separate_members_of_several_rooms(self) -> None:
        """Give a personal view to members of two rooms in which something was published."""
        if len(self.by_room) < 2:
            return
        seen: set[Participant] = set()
        for room in self.by_room:
            for who in room.members:
                if len(who.confirmed_rooms) > 1:
                    if who in seen:
                        self.personal.setdefault(who, [])
                    seen.add(who)


def merged(stretches: Iterable[list[int]], end: int) -> list[int]:
    """Return the numbers below `end` in `stretches`, which are sorted, in order and once each."""
    parts = [*filter(None, stretches)]
    in_order = all(before[-1] < behind[0] for before, behind in pairwise(parts))
    numbers = [*chain(*parts)] if in_order else sorted(set(chain(*parts)))
    return numbers[: bisect_left(numbers, end)]
