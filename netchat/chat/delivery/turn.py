"""What happens in a turn, and who hears what of it: deliveries, by their numbers.

Most of who is in a room hears what is posted there in the turn, and nothing else. Somebody of his
own is who spoke, came or went in it, was told something that nobody else hears, or is in several of
the rooms in which something was posted.
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
    """The deliveries of a turn, in `deliveries`, and whose they are."""

    __slots__ = ("_moved", "_since", "answers", "by_room", "deliveries", "personal", "renames")

    def __init__(self) -> None:
        self.deliveries = RenderedEvents()
        self.by_room: defaultdict[Room, list[int]] = defaultdict(list)
        """What all in a room hear."""
        self.personal: dict[Participant, list[int]] = {}
        """Who is somebody of his own, and what he hears that is not for his rooms."""
        self.renames: set[int] = set()
        """Which deliveries are new names."""
        self.answers: defaultdict[Participant, list[tuple[int, PendingAnswer]]] = defaultdict(list)
        """What somebody hears that is still looked up, each before the delivery of that number."""
        self._since: dict[tuple[Participant, Room], int] = {}
        self._moved: set[Participant] = set()

    def __bool__(self) -> bool:
        return bool(self.personal or self.by_room)

    @property
    def plain(self) -> bool:
        """Whether nobody came or went, or waits for anything."""
        return not (self._moved or self.answers)

    def share(self, event: Event, rooms: Iterable[Room], by: Participant) -> int:
        """Let all in `rooms` hear `event`, which `by` caused; return its number."""
        number = self.deliveries.share(Delivery(event, by))
        if isinstance(event, Renamed):
            self.renames.add(number)
        for room in rooms:
            self.by_room[room].append(number)
        self.personal.setdefault(by, [])
        return number

    def send_to(self, event: Event, participant: Participant, by: Participant | None) -> None:
        """Let `participant` alone hear `event`."""
        self.personal.setdefault(participant, []).append(self.deliveries.add(Delivery(event, by)))

    def add_member(self, participant: Participant, room: Room) -> None:
        """Let `participant` hear what is posted in `room` from now on."""
        self._since[participant, room] = len(self.deliveries)
        self._moved.add(participant)
        self.personal.setdefault(participant, [])

    def remove_member(self, participant: Participant, room: Room, end: int) -> None:
        """Let `participant` hear what was posted in `room` until now, if it is before delivery
        `end`."""
        self.personal.setdefault(participant, []).extend(self.heard(participant, room, end))
        self._moved.add(participant)

    def reserve(self, participant: Participant) -> PendingAnswer:
        """Return a pending in what `participant` hears: behind what was posted until now."""
        pending = PendingAnswer()
        self.personal.setdefault(participant, [])
        self.answers[participant].append((len(self.deliveries), pending))
        return pending

    def is_apart(self, participant: Participant) -> bool:
        """Whether `participant` hears something else than others in the same rooms do."""
        return bool(
            self.personal.get(participant)
            or self.deliveries.has_of(participant)
            or participant in self._moved
            or participant in self.answers
        )

    def personal_of(self, participant: Participant) -> list[int]:
        """Return what `participant` hears that is not, or no longer, for all in his rooms, in
        order."""
        numbers = self.personal[participant]
        return sorted(set(numbers)) if participant in self._moved else numbers

    def rooms_of(self, participant: Participant) -> list[Room]:
        """Return the rooms in which `participant` is and something was posted."""
        if len(participant.confirmed_rooms) <= len(self.by_room):
            return [room for room in participant.confirmed_rooms if room in self.by_room]
        return [room for room in self.by_room if participant in room.members]

    def has_only_lines(self, room: Room) -> bool:
        """Whether all that is posted in `room` was said there."""
        deliveries = self.deliveries.deliveries
        return all(isinstance(deliveries[n].event, Said | SaidLines) for n in self.by_room[room])

    def since(self, participant: Participant, room: Room) -> int:
        """Return the number of the first delivery that `participant` can have heard in `room`."""
        return self._since.get((participant, room), 0)

    def heard(self, participant: Participant, room: Room, end: int) -> list[int]:
        """Return which deliveries in `room`, where it is, `participant` hears before delivery
        `end`, in order."""
        if room not in self.by_room:
            return []
        numbers = self.by_room[room]
        return numbers[
            bisect_left(numbers, self.since(participant, room)) : bisect_left(numbers, end)
        ]

    def part_those_in_several_rooms(self) -> None:
        """Make somebody of his own of who is in several rooms in which something was posted."""
        if len(self.by_room) < 2:
            return
        seen: set[Participant] = set()
        for room in self.by_room:
            for participant in room.members:
                if len(participant.confirmed_rooms) > 1:
                    if participant in seen:
                        self.personal.setdefault(participant, [])
                    seen.add(participant)


def merged(stretches: Iterable[list[int]], end: int) -> list[int]:
    """Return the numbers in `stretches`, each in order, that are below `end`, each once."""
    parts = [*filter(None, stretches)]
    in_order = all(before[-1] < behind[0] for before, behind in pairwise(parts))
    numbers = [*chain(*parts)] if in_order else sorted(set(chain(*parts)))
    return numbers[: bisect_left(numbers, end)]
