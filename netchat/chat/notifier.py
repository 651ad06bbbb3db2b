"""Tells those concerned by a change, and lets participants leave rooms.

What happens in a room is told to its members alone: a room, which anybody can make, has no voice
outside. What happens on the server is told to the operators, and in the rooms of those whom it
concerns.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from netchat.chat.delivery.broadcast import Broadcast
from netchat.chat.membership import Membership
from netchat.chat.participants import Participants
from netchat.chat.room import Participant, Room
from netchat.model.events import Closing, Event
from netchat.model.notices import Deleted, Moderated, RolesShown, RoomChanged
from netchat.model.registry import NameRegistry
from netchat.state.state import ChatState


class Notifier:
    """Sends what `participants` and the members of `rooms` are told, by `broadcast`.

    `membership` removes members. Who has caused an event (`by`) reads it wherever they are.
    """

    def __init__(
        self,
        participants: Participants,
        rooms: NameRegistry[Room],
        broadcast: Broadcast,
        membership: Membership,
    ) -> None:
        self._participants = participants
        self._rooms = rooms
        self._broadcast = broadcast
        self._membership = membership

    def tell_concerned(
        self,
        event: Moderated,
        concerned: Iterable[Participant],
        state: ChatState,
        by: Participant,
    ) -> None:
        """Tell the room of `event`; or if it has none, the operators and the rooms of `concerned`.

        Of what happens on the server those `concerned` read wherever they are.
        """
        if event.room:
            room = self._rooms.find(event.room)
            if room is not None:
                self.tell_room(event, room, by)
            return
        rooms = dict.fromkeys(room for who in concerned for room in who.confirmed_rooms)
        members = [member for room in rooms for member in room.members]
        self.tell_operators(event, state, by, [*members, *concerned])

    def tell_operators(
        self,
        event: Event,
        state: ChatState,
        by: Participant,
        others: Iterable[Participant] = (),
    ) -> None:
        """Send `event` to the devices of all operators, and to `others`."""
        of_account = self._participants.of_account
        operators = [who for number in state.members() for who in of_account(number)]
        self.send(event, [*others, *operators, by], by)

    def tell_room(
        self,
        event: Moderated | RolesShown | RoomChanged | Deleted,
        room: Room,
        by: Participant,
        others: Iterable[Participant] = (),
    ) -> None:
        """Send `event` to the members of `room`, and to `others` who are not there."""
        if event.room != room.name:
            event = replace(event, room=room.name)
        turn = self._broadcast.turn
        number = turn.publish(event, (room,), by)
        for who in dict.fromkeys((*others, by)):
            if who not in room.members:
                turn.add_recipient(number, who)

    def tell_all(self, event: Event, by: Participant) -> None:
        """Send `event` to everybody on the server."""
        self.send(event, self._participants, by)

    def send(self, event: Event, recipients: Iterable[Participant], by: Participant) -> None:
        """Send `event` to `recipients`, to each once."""
        self._broadcast.turn.send_to_each(event, dict.fromkeys(recipients), by)

    def remove(
        self, some: Iterable[Participant], name: str, by: str = "", reason: str = ""
    ) -> None:
        """Remove those of `some` from the room called `name` who are in it; `by` has done that.

        They read nothing more of it from here on, also nothing that is settled already.
        """
        room = self._rooms.find(name)
        for who in list(some):
            if room is not None:
                self._membership.remove(who, room, by=by, why=reason)

    def end(self, some: Iterable[Participant], closing: Closing) -> None:
        """Remove `some` from the server with `closing`; they read nothing more of their rooms."""
        for who in list(some):
            self._membership.remove_from_all(who)
            who.listener.ended(closing)
