"""Who in a room hears the same bytes in a turn; it is kept from turn to turn, as long as it holds.

Nearly everybody in a room hears the same, and nearly everybody's connection takes it at once. For
those all that a turn does is one call of `socket.send` each. In a large room even looking at a
member costs as much as a part of that call, because he has left the processor's cache since.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from netchat.room import Dialect, Room, Seat, Send


@dataclass(slots=True)
class Audience:
    """Those who read `dialect`: how to send to those who take it at once, and the other seats."""

    dialect: Dialect
    sends: list[Send]
    seats: list[Seat]
    _places: dict[Seat, int] = field(default_factory=dict)
    """Where in `sends` they are who have been left out before: who speaks speaks again."""

    def without(self, some: Collection[Seat]) -> Audience:
        """Return it without `some` of them."""
        if len(some) < len(self.sends) // 8:
            sends = self.sends.copy()
            for place in sorted(filter(None, map(self._place, some)), reverse=True):
                del sends[place - 1]
        else:
            theirs = {id(seat.send) for seat in some}
            sends = [send for send in self.sends if id(send) not in theirs]
        return Audience(self.dialect, sends, [seat for seat in self.seats if seat not in some])

    def _place(self, seat: Seat) -> int:
        """Return the place of `seat` in `sends`, from 1 on, or 0 if it is not there."""
        place = self._places.get(seat)
        if place is None:
            place = self.sends.index(seat.send) + 1 if seat.send in self.sends else 0
            self._places[seat] = place
        return place


def audiences(room: Room) -> Iterator[Audience]:
    """Yield the members of `room`, those together who read alike; who is deaf is in none."""
    if room.audiences is None:
        room.audiences = _gather(room)
    yield from room.audiences


def tell_all(audience: Audience, data: bytes, room: Room) -> None:
    """Let an `audience` of `room` hear `data`."""
    size = len(data)
    for send in audience.sends if size else ():
        try:
            sent = send(data)
        except OSError:
            sent = 0
        if sent != size:
            seat = _seat_of(room, send)
            if seat is not None:
                _hear(seat, data[sent:])
    for seat in audience.seats:
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


def _gather(room: Room) -> list[Audience]:
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
    return list(found.values())
