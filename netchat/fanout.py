"""The one write per member and turn: everything heard in a turn is joined to shared bytes once.

Most members of a room hear the same in a turn, and get the same bytes object. A view of its own has
who spoke (he gets no copy, or another one), who came or went in the middle of the turn, who was
answered or told something, and who sits in several rooms that were heard. Every view, shared or
not, is cut from one list, so nobody hears two things in another order than anybody else.

An answer that must be looked up first (what was said before) gets a place in the view of whoever
asked; what comes behind that place waits for it, and the others do not notice.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator
from functools import partial

from netchat.events import Event, Joined, Left
from netchat.room import Dialect, Room, Seat


class _Post:
    """One event of the turn, who caused it, and what it looks like in each dialect so far."""

    __slots__ = ("by", "event", "rendered")

    def __init__(self, event: Event, by: Seat | None) -> None:
        self.event = event
        self.by = by
        self.rendered: dict[Dialect, bytes] = {}

    def render(self, dialect: Dialect) -> bytes:
        data = self.rendered.get(dialect)
        if data is None:
            data = self.rendered[dialect] = _rendered(dialect.render, self.event, self.by)
        return data

    def echo(self, dialect: Dialect) -> bytes:
        return _rendered(dialect.echo, self.event, self.by)


class Place:
    """A stretch of a guest's view; `data` is None as long as it is being looked up."""

    __slots__ = ("data",)

    def __init__(self, data: bytes | None = None) -> None:
        self.data = data


class Fanout:
    """Collects what is heard in a turn (`post`, `whisper`); `flush` writes it out at its end."""

    def __init__(self) -> None:
        self._waiting: dict[Seat, deque[Place]] = {}
        self._parting: dict[Seat, int] = {}
        self._clear()

    def post(self, event: Event, rooms: Iterable[Room], by: Seat) -> None:
        """Let all members of `rooms` hear `event`, which `by` caused, once each."""
        number = len(self._posts)
        self._posts.append(_Post(event, by))
        for room in rooms:
            self._of_room[room].append(number)
        self._own.setdefault(by, [])

    def whisper(self, event: Event, seat: Seat, by: Seat | None = None) -> None:
        """Let `seat` alone hear `event`, which it caused itself if `by` is `seat`."""
        self._own.setdefault(seat, []).append(len(self._posts))
        self._posts.append(_Post(event, by))

    def enter(self, seat: Seat, room: Room) -> None:
        """Let `seat`, a new member of `room`, hear only what is posted there from now on."""
        self._since[seat, room] = len(self._posts)
        self._own.setdefault(seat, [])

    def leave(self, seat: Seat, room: Room) -> None:
        """Let `seat`, no member of `room` from now on, still hear what was posted there before."""
        self._own.setdefault(seat, []).extend(self._heard(seat, room))

    def part(self, seat: Seat) -> None:
        """Dismiss `seat` once it has heard what was posted until now; it hears nothing more."""
        self._parting[seat] = len(self._posts)

    def keep_place(self, seat: Seat) -> Place:
        """Return a place in what `seat` hears: behind what was posted until now."""
        place = Place()
        self._own.setdefault(seat, [])
        self._places[seat].append((len(self._posts), place))
        return place

    def fill(self, seat: Seat, place: Place, event: Event) -> None:
        """Put `event` in its `place`; the next flush writes it, and what waited, to `seat`."""
        place.data = _rendered(seat.listener.dialect.render, event, seat)
        self._own.setdefault(seat, [])

    def flush(self) -> None:
        """Write once to each who has something to hear; after that, a new turn begins."""
        deliveries = [*self._own_views(), *self._shared_views()]
        self._clear()
        for seat, data in deliveries:
            if data:
                _guarded(seat, partial(seat.listener.hear, data))
        for seat in list(self._parting):
            self._parting[seat] = 0
            if seat not in self._waiting:
                del self._parting[seat]
                seat.deaf = True
                _guarded(seat, seat.listener.dismiss)

    def _clear(self) -> None:
        self._posts: list[_Post] = []
        self._of_room: defaultdict[Room, list[int]] = defaultdict(list)
        self._own: dict[Seat, list[int]] = {}
        self._since: dict[tuple[Seat, Room], int] = {}
        self._places: defaultdict[Seat, list[tuple[int, Place]]] = defaultdict(list)

    def _own_views(self) -> Iterator[tuple[Seat, bytes]]:
        if len(self._of_room) > 1:
            self._part_those_in_several_rooms()
        for seat in self._waiting:
            self._own.setdefault(seat, [])
        for seat, numbers in self._own.items():
            if seat.deaf:
                self._waiting.pop(seat, None)
                continue
            heard = set(numbers).union(*(self._heard(seat, room) for room in seat.present))
            last = self._parting.get(seat, len(self._posts))
            yield seat, self._in_place(seat, sorted(n for n in heard if n < last))

    def _in_place(self, seat: Seat, numbers: list[int]) -> bytes:
        """Return what `seat` hears of posts `numbers`, up to the first place still empty."""
        dialect = seat.listener.dialect
        places = self._places.get(seat, [])
        waiting = self._waiting.pop(seat, None)
        if waiting is None and not places:
            return self._view(numbers, dialect, seat)
        waiting = deque() if waiting is None else waiting
        start = 0
        for position, place in places:
            stop = bisect_left(numbers, position)
            waiting += (Place(self._view(numbers[start:stop], dialect, seat)), place)
            start = stop
        waiting.append(Place(self._view(numbers[start:], dialect, seat)))
        ready = []
        while waiting and (data := waiting[0].data) is not None:
            ready.append(data)
            waiting.popleft()
        if waiting:
            self._waiting[seat] = waiting
        return b"".join(ready)

    def _shared_views(self) -> Iterator[tuple[Seat, bytes]]:
        own = self._own
        for room, numbers in self._of_room.items():
            views: dict[Dialect, bytes] = {}
            for seat in room.members:
                if seat in own or seat.deaf:
                    continue
                dialect = seat.listener.dialect
                data = views.get(dialect)
                if data is None:
                    data = views[dialect] = self._view(numbers, dialect, None)
                yield seat, data

    def _part_those_in_several_rooms(self) -> None:
        for room in self._of_room:
            for seat in room.members:
                if len(seat.present) > 1:
                    self._own.setdefault(seat, [])

    def _heard(self, seat: Seat, room: Room) -> Iterable[int]:
        since = self._since.get((seat, room), 0)
        numbers = self._of_room.get(room, ())
        return numbers if not since else [number for number in numbers if number >= since]

    def _view(self, numbers: Iterable[int], dialect: Dialect, seat: Seat | None) -> bytes:
        parts: list[bytes] = []
        presence: list[Joined | Left] = []
        for number in numbers:
            post = self._posts[number]
            if isinstance(post.event, Joined | Left):
                presence.append(post.event)
                continue
            if presence:
                parts += map(dialect.render, gathered(presence))
                presence.clear()
            own = post.by is seat and seat is not None
            parts.append(post.echo(dialect) if own else post.render(dialect))
        parts += map(dialect.render, gathered(presence))
        return b"".join(parts)


def _rendered(render: Callable[[Event], bytes], event: Event, by: Seat | None) -> bytes:
    """Return `event` in a dialect; if that meets a bug, it ends the guest who caused the event."""
    try:
        return render(event)
    except Exception:
        if by is not None:
            by.listener.crash()
        return b""


def _guarded(seat: Seat, act: Callable[[], None]) -> None:
    """Call `act`; if it meets a bug, that ends the guest on `seat` and nobody else."""
    try:
        act()
    except Exception:
        seat.listener.crash()


def gathered(presence: Iterable[Joined | Left]) -> Iterator[Joined | Left]:
    """Yield `presence` with a crowd that came, or went, joined into one event.

    Whoever comes and goes, or goes and comes back, ends the crowd, so that the order stays true.
    """
    crowds: dict[tuple[type[Joined | Left], str], dict[str, None]] = {}
    for event in presence:
        kind, other = (Joined, Left) if isinstance(event, Joined) else (Left, Joined)
        if not crowds.get((other, event.room), {}).keys().isdisjoint(event.names):
            yield from _told(crowds)
            crowds.clear()
        crowds.setdefault((kind, event.room), {}).update(dict.fromkeys(event.names))
    yield from _told(crowds)


def _told(
    crowds: dict[tuple[type[Joined | Left], str], dict[str, None]],
) -> Iterator[Joined | Left]:
    for (kind, room), names in crowds.items():
        yield kind(room, tuple(names))
