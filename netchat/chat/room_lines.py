"""What a settled line or topic does to its room."""

from __future__ import annotations

from collections.abc import Callable

from netchat.chat.delivery.broadcast import Broadcast
from netchat.chat.order import Context, Origin
from netchat.chat.pace import record_line
from netchat.chat.participants import Participants
from netchat.chat.results import Report
from netchat.chat.room import Participant, Room
from netchat.model.events import Said, SaidLines, TopicSet
from netchat.model.registry import NameRegistry
from netchat.state.state import ChatState


class RoomLines:
    """Applies what is said and the topics to `rooms`, and tells the members by `broadcast`.

    `state` returns the chat's state, `time` the time in seconds since the epoch.
    """

    def __init__(
        self,
        rooms: NameRegistry[Room],
        participants: Participants,
        state: Callable[[], ChatState],
        broadcast: Broadcast,
        time: Callable[[], float],
    ) -> None:
        self._rooms = rooms
        self._participants = participants
        self._state = state
        self._broadcast = broadcast
        self._time = time

    def apply(self, event: Said | SaidLines, by: Participant, context: Context) -> None:
        """Apply a line, which `by` has said; `context` is its room, or as in PendingEvent."""
        if isinstance(context, Room) and context.occupancy:
            room = context
        else:
            # On a site a client can come back elsewhere first, and its room be dropped with it.
            room = self.get_or_create(event.room)
        room.last = event.id if isinstance(event, Said) else event.last
        room.spoken = True
        if isinstance(context, Origin):
            record_line(self._state(), room, event, by)
        turn = self._broadcast.turn
        number = turn.publish(event, (room,), by)
        if room.further_devices and by.account:
            devices = self._participants.readers(by)
            others = [device for device in devices if device is not by and device in room.members]
            turn.add_devices(number, others)
        if isinstance(context, Report) and isinstance(event, Said):
            context.then(event)

    def set_topic(self, event: TopicSet, by: Participant) -> None:
        """Apply the topic that `by` has set; on a site all may have left its room before that."""
        room = self.get_or_create(event.room)
        room.topic = event.text
        room.topic_set = (event.by, self._time())
        self._broadcast.turn.publish(event, (room,), by)

    def get_or_create(self, name: str) -> Room:
        """Return the room with an equivalent name, or a new one called `name`."""
        room = self._rooms.find(name)
        if room is None:
            room = Room(name)
            self._rooms.register(name, room)
        return room
