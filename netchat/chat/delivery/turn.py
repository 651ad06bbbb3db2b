"""What happens in a turn, and who hears what of it: posts, by their numbers.

Most of who is in a room hears what is posted there in the turn, and nothing else. Somebody of his
own is who spoke, came or went in it, was told something that nobody else hears, or is in several of
the rooms in which something was posted.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable
from itertools import chain, pairwise

from netchat.chat.delivery.pending_answers import Place
from netchat.chat.delivery.rendering import Post, Stretch
from netchat.chat.room import Room, Seat
from netchat.model.events import Event, Renamed, Said, SaidLines


class Turn:
    """The posts of a turn, in `posts`, and whose they are."""

    __slots__ = ("_moved", "_since", "of_room", "own", "places", "posts", "renames")

    def __init__(self) -> None:
        self.posts = Stretch()
        self.of_room: defaultdict[Room, list[int]] = defaultdict(list)
        """What all in a room hear."""
        self.own: dict[Seat, list[int]] = {}
        """Who is somebody of his own, and what he hears that is not for his rooms."""
        self.renames: set[int] = set()
        """Which posts are new names."""
        self.places: defaultdict[Seat, list[tuple[int, Place]]] = defaultdict(list)
        """What somebody hears that is still looked up, each before the post of that number."""
        self._since: dict[tuple[Seat, Room], int] = {}
        self._moved: set[Seat] = set()

    def __bool__(self) -> bool:
        return bool(self.own or self.of_room)

    @property
    def plain(self) -> bool:
        """Whether nobody came or went, or waits for anything."""
        return not (self._moved or self.places)

    def share(self, event: Event, rooms: Iterable[Room], by: Seat) -> int:
        """Let all in `rooms` hear `event`, which `by` caused; return its number."""
        number = self.posts.share(Post(event, by))
        if isinstance(event, Renamed):
            self.renames.add(number)
        for room in rooms:
            self.of_room[room].append(number)
        self.own.setdefault(by, [])
        return number

    def whisper(self, event: Event, seat: Seat, by: Seat | None) -> None:
        """Let `seat` alone hear `event`."""
        self.own.setdefault(seat, []).append(self.posts.add(Post(event, by)))

    def enter(self, seat: Seat, room: Room) -> None:
        """Let `seat` hear what is posted in `room` from now on."""
        self._since[seat, room] = len(self.posts)
        self._moved.add(seat)
        self.own.setdefault(seat, [])

    def leave(self, seat: Seat, room: Room, end: int) -> None:
        """Let `seat` hear what was posted in `room` until now, if it is before post `end`."""
        self.own.setdefault(seat, []).extend(self.heard(seat, room, end))
        self._moved.add(seat)

    def keep(self, seat: Seat) -> Place:
        """Return a place in what `seat` hears: behind what was posted until now."""
        place = Place()
        self.own.setdefault(seat, [])
        self.places[seat].append((len(self.posts), place))
        return place

    def is_apart(self, seat: Seat) -> bool:
        """Whether `seat` hears something else than others in the same rooms do."""
        return bool(
            self.own.get(seat)
            or self.posts.has_of(seat)
            or seat in self._moved
            or seat in self.places
        )

    def own_of(self, seat: Seat) -> list[int]:
        """Return what `seat` hears that is not, or no longer, for all in his rooms, in order."""
        numbers = self.own[seat]
        return sorted(set(numbers)) if seat in self._moved else numbers

    def rooms_of(self, seat: Seat) -> list[Room]:
        """Return the rooms in which `seat` is and something was posted."""
        if len(seat.present) <= len(self.of_room):
            return [room for room in seat.present if room in self.of_room]
        return [room for room in self.of_room if seat in room.members]

    def has_only_lines(self, room: Room) -> bool:
        """Whether all that is posted in `room` was said there."""
        posts = self.posts.posts
        return all(isinstance(posts[n].event, Said | SaidLines) for n in self.of_room[room])

    def since(self, seat: Seat, room: Room) -> int:
        """Return the number of the first post that `seat` can have heard in `room`."""
        return self._since.get((seat, room), 0)

    def heard(self, seat: Seat, room: Room, end: int) -> list[int]:
        """Return which posts in `room`, where it is, `seat` hears before post `end`, in order."""
        if room not in self.of_room:
            return []
        numbers = self.of_room[room]
        return numbers[bisect_left(numbers, self.since(seat, room)) : bisect_left(numbers, end)]

    def part_those_in_several_rooms(self) -> None:
        """Make somebody of his own of who is in several rooms in which something was posted."""
        if len(self.of_room) < 2:
            return
        seen: set[Seat] = set()
        for room in self.of_room:
            for seat in room.members:
                if len(seat.present) > 1:
                    if seat in seen:
                        self.own.setdefault(seat, [])
                    seen.add(seat)


def merged(stretches: Iterable[list[int]], end: int) -> list[int]:
    """Return the numbers in `stretches`, each in order, that are below `end`, each once."""
    parts = [*filter(None, stretches)]
    in_order = all(before[-1] < behind[0] for before, behind in pairwise(parts))
    numbers = [*chain(*parts)] if in_order else sorted(set(chain(*parts)))
    return numbers[: bisect_left(numbers, end)]
