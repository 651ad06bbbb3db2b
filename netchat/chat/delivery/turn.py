"""The deliveries of one reactor turn, by number, and the recipients of each.

Most members of a room are sent all that was published there in the turn, and nothing else. A
participant needs a personal view if they spoke, joined or left in this turn, received a private
event, or are in two rooms with events.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable
from itertools import chain, pairwise

from netchat.chat.delivery.deletions import without_texts
from netchat.chat.delivery.rendering import RenderedEvents
from netchat.chat.room import Participant, Room
from netchat.model.events import Closing, Event, Joined, Left


class Turn:
    """The deliveries of a turn, in `rendered`, and their recipients."""

    __slots__ = ("_moved", "_since", "by_room", "closings", "personal", "rendered")

    def __init__(self) -> None:
        self.rendered = RenderedEvents()
        self.by_room: dict[Room, list[int]] = {}
        """The numbers of what the members of a room are sent."""
        self.personal: dict[Participant, list[int]] = {}
        """The participants with a personal view; the numbers of what is not for their rooms."""
        self.closings: dict[Participant, int] = {}
        """Participants to be closed, and the number of the Closing, the last that they are sent."""
        self._moved: set[Participant] = set()
        self._since: dict[tuple[Participant, Room], int] = {}

    def publish(self, event: Event, rooms: Iterable[Room], by: Participant) -> int:
        """Send `event`, which `by` caused, to all members of `rooms`; return its number.

        Members with a backfill in progress get it from the room's tail.
        """
        if isinstance(event, Joined | Left):
            number = self.rendered.add_presence(event, by)
        else:
            number = self.rendered.add(event, by)
        for room in rooms:
            numbers = self.by_room.get(room)
            if numbers is None:
                self.by_room[room] = [number]
            else:
                numbers.append(number)
            if room.tail is not None:
                room.tail.add(event)
        if by not in self.personal:
            self.personal[by] = []
        return number

    def send_to_each(
        self, event: Event, recipients: Iterable[Participant], by: Participant
    ) -> None:
        """Send `event`, which `by` caused, to `recipients`, whatever rooms they are in."""
        number = self.rendered.add(event, by)
        self.personal.setdefault(by, [])
        for who in recipients:
            self.add_recipient(number, who)

    def delete(self, room: Room, ids: Collection[int]) -> None:
        """Take the texts of the lines `ids` of `room` out of what is still to be sent."""
        for delivery in self.rendered.deliveries:
            delivery.event = without_texts(delivery.event, room.name, ids)
        if room.tail is not None:
            room.tail.delete(room.name, ids)

    def add_recipient(self, number: int, who: Participant) -> None:
        """Send `who` what was published as `number` too, if their rooms do not bring it."""
        self.personal.setdefault(who, []).append(number)

    def add_devices(self, number: int, devices: Iterable[Participant]) -> None:
        """Send `devices` event `number` as one that another device of their account caused.

        Their rooms bring it, or `add_recipient`.
        """
        for device in devices:
            self.personal.setdefault(device, [])
            self.rendered.add_device(number, device)

    def send_to(self, event: Event, who: Participant, by: Participant | None = None) -> None:
        """Send `event` to `who` alone; `by` is `who` if they caused it."""
        self.personal.setdefault(who, []).append(self.rendered.add(event, by))

    def close(self, who: Participant, closing: Closing) -> None:
        """Send `who` `closing`, and nothing that is published from now on."""
        self.closings[who] = len(self.rendered)
        self.send_to(closing, who, who)

    def add_member(self, who: Participant, room: Room) -> None:
        """Send `who` what is published in `room` from now on."""
        self._since[who, room] = len(self.rendered)
        self._moved.add(who)
        self.personal.setdefault(who, [])

    def remove_member(self, who: Participant, room: Room) -> None:
        """Send `who`, still a member of `room`, only what was published there until now."""
        if room in self.by_room:
            self.personal.setdefault(who, []).extend(self._received(who, room))
            self._moved.add(who)

    def is_alike(self, who: Participant, rooms: Iterable[Room]) -> bool:
        """Return whether `who` is sent the same as others in `rooms` of whom this is true."""
        return not (
            self.personal[who]
            or who in self._moved
            or self.rendered.has_of(who)
            or any(who in room.backfilling for room in rooms)
        )

    def numbers_for_all(self) -> list[int] | None:
        """Return what all are sent who have nothing personal; None if they are to be looked at.

        That is so if everything was published in one room, and nobody moved or is backfilled.
        """
        if len(self.by_room) != 1 or self._moved or self.closings:
            return None
        ((room, numbers),) = self.by_room.items()
        return None if room.backfilling else numbers

    def rooms_of(self, who: Participant) -> list[Room]:
        """Return the rooms of `who` in which something was published."""
        if len(who.confirmed_rooms) <= len(self.by_room):
            return [room for room in who.confirmed_rooms if room in self.by_room]
        return [room for room in self.by_room if who in room.members]

    def numbers_for(self, who: Participant, rooms: Iterable[Room]) -> list[int]:
        """Return the numbers of all that `who`, a member of `rooms`, is sent, in order."""
        personal = self.personal[who]
        if who in self._moved:
            personal = sorted(set(personal))
        numbers = _merged([personal, *(self._received(who, room) for room in rooms)])
        if who in self.closings:
            return numbers[: bisect_right(numbers, self.closings[who])]
        return numbers

    def separate_members_of_several_rooms(self) -> None:
        """Give a personal view to who is in two rooms in which something was published."""
        seen: set[Participant] = set()
        for room in self.by_room:
            for who in room.members:
                if len(who.confirmed_rooms) > 1:
                    if who in seen:
                        self.personal.setdefault(who, [])
                    seen.add(who)

    def _received(self, who: Participant, room: Room) -> list[int]:
        if who in room.backfilling:
            return []
        numbers = self.by_room[room]
        since = self._since.get((who, room), 0)
        return numbers[bisect_left(numbers, since) :] if since else numbers


def _merged(stretches: Iterable[list[int]]) -> list[int]:
    """Return all numbers of the sorted `stretches`, each once, in order."""
    parts = [part for part in stretches if part]
    if len(parts) == 1:
        return parts[0]
    in_order = all(before[-1] < behind[0] for before, behind in pairwise(parts))
    return [*chain(*parts)] if in_order else sorted(set(chain(*parts)))
