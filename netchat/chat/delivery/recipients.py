"""Who in a room hears the same bytes in a turn; it is kept from turn to turn, as long as it holds.

Nearly everybody in a room hears the same, and nearly everybody's connection takes it at once. For
those all that a turn does is one call of `socket.send` each. In a large room even looking at a
member costs as much as a part of that call, because he has left the processor's cache since.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain, islice

from netchat.chat.room import Dialect, Participant, Room, Send


@dataclass(slots=True)
class Recipients:
    """Those who read `dialect`: how to send to those who take it at once, and the other
    participants."""

    dialect: Dialect
    sends: list[Send]
    participants: list[Participant]
    _places: dict[Participant, int] = field(default_factory=dict)
    """Where in `sends` they are who have been left out before: who speaks speaks again."""

    def sends_except(self, some: Collection[Participant]) -> Iterator[Send]:
        """Return `sends` without those of `some`, by what they are sent to with at this moment.

        Nothing is copied: in a large room that would take longer than to send to the first one.
        """
        if len(some) > len(self.sends) // 8:
            theirs = {id(participant.fast_send) for participant in some}
            return (send for send in self.sends if id(send) not in theirs)
        return chain.from_iterable(_parts(self.sends, sorted({*map(self._place, some)})))

    def participants_except(self, some: Collection[Participant]) -> Iterator[Participant]:
        """Yield `participants` without `some` of them."""
        return (participant for participant in self.participants if participant not in some)

    def _place(self, participant: Participant) -> int:
        """Return the place of `participant` in `sends`; behind its end if it is not there."""
        place = self._places.get(participant)
        if place is None:
            send, sends = participant.fast_send, self.sends
            place = len(sends) if send is None or send not in sends else sends.index(send)
            self._places[participant] = place
        return place


def _parts(sends: list[Send], places: list[int]) -> Iterator[Iterator[Send]]:
    """Yield what lies between the items at `places`."""
    items, start = iter(sends), 0
    for place in places:
        yield islice(items, place - start)
        next(items, None)
        start = place + 1
    yield items


def recipients(room: Room) -> Iterator[Recipients]:
    """Yield the members of `room`, those together who read alike; who is detached is in none."""
    if room.recipients is None:
        room.recipients = _gather(room)
    yield from room.recipients


def send_all(
    sends: Iterable[Send], participants: Iterable[Participant], data: bytes, room: Room
) -> None:
    """Let some in `room` hear `data`, those with these `sends` and on these `participants`."""
    size = len(data)
    if not size:
        return
    for fast_send in sends:
        try:
            sent = fast_send(data)
        except OSError:
            sent = 0
        if sent != size:
            participant = _participant_of(room, fast_send)
            if participant is not None:
                _hear(participant, data[sent:])
    for participant in participants:
        send(participant, data)


def send(participant: Participant, data: bytes) -> None:
    """Let `participant` hear `data`."""
    fast_send = participant.fast_send
    try:
        sent = fast_send(data) if fast_send is not None and data else 0
    except OSError:
        sent = 0
    if sent != len(data):
        _hear(participant, data[sent:])


def _hear(participant: Participant, data: bytes) -> None:
    """Let `participant` hear `data` through its listener; a bug met there ends the guest on the
    participant."""
    listener = participant.listener
    try:
        listener.deliver(data)
    except Exception:
        listener.fail()


def _participant_of(room: Room, send: Send) -> Participant | None:
    """Return who in `room` is sent to with `send`, or None if he has gone."""
    return next(
        (participant for participant in room.members if participant.fast_send == send), None
    )


def _gather(room: Room) -> tuple[Recipients, ...]:
    found: dict[Dialect, Recipients] = {}
    for participant in room.members:
        if participant.detached:
            continue
        dialect = participant.listener.dialect
        group = found.get(dialect)
        if group is None:
            group = found[dialect] = Recipients(dialect, [], [])
        if participant.fast_send is None:
            group.participants.append(participant)
        else:
            group.sends.append(participant.fast_send)
    return tuple(found.values())
