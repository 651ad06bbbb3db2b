"""Groups the members of a room by dialect, and writes a turn's bytes to them."""

from __future__ import annotations

from collections.abc import Iterable

from netchat.chat.clients import Dialect, Send
from netchat.chat.room import Participant, Recipients, Room


def recipients_of(room: Room) -> tuple[Recipients, ...]:
    """Return the members of `room` that receive everything live, grouped by dialect."""
    if room.recipients is None:
        room.recipients = _gather(room)
    return room.recipients


def send_all(
    sends: Iterable[Send], participants: Iterable[Participant], data: bytes, room: Room
) -> None:
    """Send `data` to members of `room`: through each of `sends`, and to each of `participants`."""
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
                _deliver(participant, data[sent:])
    for participant in participants:
        send(participant, data)


def send(participant: Participant, data: bytes) -> None:
    """Send `data` to `participant`."""
    fast_send = participant.fast_send
    try:
        sent = fast_send(data) if fast_send is not None and data else 0
    except OSError:
        sent = 0
    if sent != len(data):
        _deliver(participant, data[sent:])


def _deliver(participant: Participant, data: bytes) -> None:
    """Write `data`; if that raises, this participant fails, and no other."""
    connection = participant.connection
    try:
        connection.write(data)
    except Exception:
        connection.fail()


def _participant_of(room: Room, fast_send: Send) -> Participant | None:
    """Return the member of `room` with this `fast_send`, or None if they have gone."""
    return next((member for member in room.members if member.fast_send == fast_send), None)


def _gather(room: Room) -> tuple[Recipients, ...]:
    by_dialect: dict[Dialect, Recipients] = {}
    for member in room.members:
        if member.detached or member in room.backfilling:
            continue
        dialect = member.listener.dialect
        group = by_dialect.get(dialect)
        if group is None:
            group = by_dialect[dialect] = Recipients(dialect, [], [])
        if member.fast_send is None:
            group.participants.append(member)
        else:
            group.sends.append(member.fast_send)
    return tuple(by_dialect.values())
