"""Who in a room hears the same bytes in a turn; it is kept from turn to turn, as long as it holds.

Nearly everybody in a room hears the same, and nearly everybody's connection takes it at once. For
those all that a turn does is one call of `socket.send` each. In a large room even looking at a
member costs as much as a part of that call, because he has left the processor's cache since.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain, islice

from netchat.chat.room import Dialect, Room, Seat, Send


@dataclass(slots=True)
class Audience:
    """Those who read `dialect`: how to send to those who take it at once, and the other seats."""

    dialect: Dialect
    sends: list[Send]
    seats: list[Seat]
    _places: dict[Seat, int] = field(default_factory=dict)
    """Where in `sends` they are who have been left out before: who speaks speaks again."""

    def sends_but(self, some: Collection[Seat]) -> Iterator[Send]:
        """Return `sends` without those of `some`, by what they are sent to with at this moment.

        Nothing is copied: in a large room that would take longer than to send to the first one.
        """
        if len(some) > len(self.sends) // 8:
            theirs = {id(seat.send) for seat in some}
            return (send for send in self.sends if id(send) not in theirs)
        return chain.from_iterable(_parts(self.sends, sorted({*map(self._place, some)})))

    def seats_but(self, some: Collection[Seat]) -> Iterator[Seat]:
        """Yield `seats` without `some` of them."""
        return (seat for seat in self.seats if seat not in some)

    def _place(self, seat: Seat) -> int:
        """Return the place of `seat` in `sends`; behind its end if it is not there."""
        place = self._places.get(seat)
        if place is None:
            send, sends = seat.send, self.sends
            place = len(sends) if send is None or send not in sends else sends.index(send)
            self._places[seat] = place
        return place


def _parts(sends: list[Send], places: list[int]) -> Iterator[Iterator[Send]]:
    """Yield what lies between the items at `places`."""
    items, start = iter(sends), 0
    for place in places:
        yield islice(items, place - start)
        next(items, None)
        start = place + 1
    yield items


def audiences(room: Room) -> Iterator[Audience]:
    """Yield the members of `room`, those together who read alike; who is deaf is in none."""
    if room.audiences is None:
        room.audiences = _gather(room)
    yield from room.audiences


def tell_all(sends: Iterable[Send], seats: Iterable[Seat], data: bytes, room: Room) -> None:
    """Let some in `room` hear `data`, those with these `sends` and on these `seats`."""
    size = len(data)
    if not size:
        return
    for send in sends:
        try:
            sent = send(data)
        except OSError:
            sent = 0
        if sent != size:
            seat = _seat_of(room, send)
            if seat is not None:
                _hear(seat, data[sent:])
    for seat in seats:
        tell(seat, data)


def tell(seat: Seat, data: bytes) -> None:
    """Let `seat` hear `data`."""
    send = seat.send
    try:
        sent = send(data) if send is not None and data else 0
    except OSError:
        sent = 0
    if sent != len(data):
        _hear(seat, data[sent:])


def _hear(seat: Seat, data: bytes) -> None:
    """Let `seat` hear `data` through its listener; a bug met there ends the guest on the seat."""
    listener = seat.listener
    try:
        listener.hear(data)
    except Exception:
        listener.crash()


def _seat_of(room: Room, send: Send) -> Seat | None:
    """Return who in `room` is sent to with `send`, or None if he has gone."""
    return next((seat for seat in room.members if seat.send == send), None)


def _gather(room: Room) -> tuple[Audience, ...]:
    found: dict[Dialect, Audience] = {}
    for seat in room.members:
        if seat.deaf:
            continue
        dialect = seat.listener.dialect
        audience = found.get(dialect)
        if audience is None:
            audience = found[dialect] = Audience(dialect, [], [])
        if seat.send is None:
            audience.seats.append(seat)
        else:
            audience.sends.append(seat.send)
    return tuple(found.values())
