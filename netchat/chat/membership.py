"""Who is in which room: what a settled join, leave or rename does to rooms, and who is told.

Who may not enter a room by the state as it is at the place of their join in the order is refused,
whatever was known when they asked. So the members follow from the order alone.

The devices of an account are one person: the others are told of the first device that joins a room,
and of the last one that leaves it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec.structs import replace

from netchat.chat.arrival import greetings, role_shown
from netchat.chat.delivery.backfill import Backfills
from netchat.chat.delivery.broadcast import Broadcast
from netchat.chat.enforcement import entry_refusal
from netchat.chat.participants import OTHER_NAME
from netchat.chat.quiet import has_only_quiet, quiet_names
from netchat.chat.results import Entry
from netchat.chat.room import Participant, Room, without
from netchat.chat.room_list import RoomList
from netchat.model.events import Entered, Event, Joined, Left, Refused, Renamed
from netchat.model.notices import Quieted, RolesShown
from netchat.model.person_news import AwayChanged
from netchat.model.registry import NameRegistry
from netchat.state.state import ChatState

PresenceEvent = AwayChanged | Joined | Left | Quieted | RolesShown


class Membership:
    """Changes the members of `rooms`, and tells those concerned by `broadcast`.

    `state` returns what the chat remembers of rooms.
    `end_lookup` is called for who gets no earlier lines although they have asked for them.
    `let_exit` lets a participant leave a room behind all that was submitted before.
    `absence_of` returns the text of who is away, or "".
    """

    def __init__(  # noqa: PLR0913 - what it changes, and whom it calls
        self,
        rooms: NameRegistry[Room],
        state: Callable[[], ChatState],
        broadcast: Broadcast,
        backfills: Backfills,
        *,
        end_lookup: Callable[[Participant], None],
        let_exit: Callable[[Participant, Room], None],
        absence_of: Callable[[Participant], str],
    ) -> None:
        self.room_list = RoomList()
        self.occupied_rooms = 0
        """The number of rooms with an occupancy above 0."""
        self._rooms = rooms
        self._state = state
        self._broadcast = broadcast
        self._backfills = backfills
        self._end_lookup = end_lookup
        self._let_exit = let_exit
        self._absence_of = absence_of
        self.has_news: Callable[[Participant, Event], None] = lambda _, __: None
        """Called when those in the rooms of somebody are told what has become of them."""

    def occupy(self, room: Room) -> None:
        """Count one more participant who has asked to join `room`; a settled Left counts down.

        Every join has a Left in the end, also one that is refused.
        """
        self.occupied_rooms += not room.occupancy
        room.occupancy += 1

    def join(self, who: Participant, event: Joined, entry: Entry) -> None:
        """Make `who` a member, with the earlier lines that `entry` asks for, or refuse it."""
        room, turn, start = self.find(event.room), self._broadcast.turn, entry.start
        (name,) = event.names
        refused = entry_refusal(
            self._state(), entry.time, who, room.name, name, written=entry.written
        )
        if refused is not None:
            self._refuse(who, room, entry, refused)
            return
        if who.account:
            # A respelling changes the name when it is settled, not when it is asked for.
            name = who.name
            room.add_device(who.account)
        self._tell_joined(who, room, name)
        first = not who.confirmed_rooms
        room.members[who] = name
        if entry.founds:
            room.founding_guest = who
        if who.is_quiet:
            room.quiet += (who,)
        room.recipients = None
        self.room_list.update(room, self._state().settings(room.name))
        who.confirmed_rooms = _shared((*who.confirmed_rooms, room), who.requested_rooms)
        turn.add_member(who, room)
        quiet = quiet_names(room)
        turn.send_to(Entered(room.name, room.topic, room.names, room.last, first, quiet), who)
        for greeting in greetings(self._state(), entry.time, who, room, first=first):
            turn.send_to(greeting, who)
        if start is not None:
            if start.after < room.last:
                self._backfills.begin(who, room, start)
            else:
                self._end_lookup(who)

    def _tell_joined(self, who: Participant, room: Room, name: str) -> None:
        """Tell the members of `room` that `who`, whom they know by `name`, is about to be one."""
        if not who.account or room.devices[who.account] == 1:
            self._publish(Joined(room.name, (name,), who.is_quiet), room, who)
            if role := role_shown(self._state(), who.account, room):
                self._publish(RolesShown(room.name, ((name, role),)), room, who)
            if text := self._absence_of(who):
                self._publish(AwayChanged(name, text), room, who)
        elif not who.is_quiet and has_only_quiet(room, who.account, besides=1):
            self._publish(Quieted(room.name, name, quiet=False), room, who)

    def rename_guest(self, event: Renamed, who: Participant) -> None:
        """Show the guest `who` under the new name that they have asked for."""
        if who.account:
            # They have become the owner of their name meanwhile.
            refused = Refused("not-allowed", OTHER_NAME.format(who.name))
            self._broadcast.turn.send_to(refused, who)
        else:
            self.rename(event, (who,), who)

    def rename(self, event: Renamed, devices: Sequence[Participant], by: Participant) -> None:
        """Show `devices`, the guest or all those of an account, under their new name.

        `by` caused it.
        """
        rooms = dict.fromkeys(room for device in devices for room in device.confirmed_rooms)
        for room in rooms:
            room.members.update((device, event.to) for device in devices if device in room.members)
        turn = self._broadcast.turn
        number = turn.publish(event, rooms, by)
        for recipient in self._backfills.overtaken_by_rename(rooms):
            turn.add_recipient(number, recipient)
        for device in devices:
            if not device.confirmed_rooms:
                turn.add_recipient(number, device)

    def tell_company(
        self, who: Participant, event: Event, rooms: Sequence[Room] | None = None
    ) -> None:
        """Tell the members of `rooms`, or of all in which `who` is, what `who` has caused."""
        self._broadcast.turn.publish(event, who.confirmed_rooms if rooms is None else rooms, who)
        self.has_news(who, event)

    def _refuse(self, who: Participant, room: Room, entry: Entry, refused: Refused) -> None:
        self._broadcast.turn.send_to(replace(refused, nonce=entry.nonce), who, who)
        if entry.start is not None:
            self._end_lookup(who)
        self._withdraw(who, room)

    def leave(self, who: Participant, event: Left) -> None:
        """Make `who` a member no more."""
        room = self.find(event.room)
        if who in room.members:
            self._end_membership(who, room, event)
        self.vacate(room)

    def vacate(self, room: Room) -> None:
        """Count one participant less in `room`; drop it if nothing is left to remember of it."""
        room.occupancy -= 1
        self.occupied_rooms -= not room.occupancy
        if room.is_forgettable and not self._state().knows_room(room.name):
            self._rooms.unregister(room.name)

    def remove(
        self, who: Participant, room: Room, *, silently: bool = False, by: str = "", why: str = ""
    ) -> None:
        """Make `who` a member no more, if they are one: nothing that follows is for them.

        They are not told if this is done `silently`. A join that is not settled is still judged.
        `by` and `why` are who has removed them, and the reason.
        """
        if who in room.members:
            left = Left(room.name, (), gone=silently, by=by, message=why)
            self._end_membership(who, room, left, silently=silently)
            self._withdraw(who, room)

    def remove_from_all(self, who: Participant) -> None:
        """Make `who` a member of no room, and do not tell them: their connection is closed."""
        for room in who.confirmed_rooms:
            self.remove(who, room, silently=True)

    def _withdraw(self, who: Participant, room: Room) -> None:
        """Ask to leave `room` for `who`, unless they have done so after each of their joins."""
        if room in who.requested_rooms:
            self._let_exit(who, room)

    def _end_membership(
        self, who: Participant, room: Room, left: Left, *, silently: bool = False
    ) -> None:
        """Let `who` be in `room` no more, and tell it as `left`, apart from the name."""
        turn = self._broadcast.turn
        turn.remove_member(who, room)
        name = room.members.pop(who)
        if room.founding_guest is who:
            room.founding_guest = None
        event = replace(left, room=room.name, names=(name,), quiet=who.is_quiet)
        if who.is_quiet:
            room.quiet = tuple(other for other in room.quiet if other is not who)
        if not silently:
            turn.send_to(event, who, who)
        if who.account:
            room.remove_device(who.account)
        room.recipients = None
        self.room_list.update(room, self._state().settings(room.name))
        who.confirmed_rooms = _shared(without(who.confirmed_rooms, room), who.requested_rooms)
        for names in self._backfills.end(who, room):
            turn.send_to(names, who)
        if who.account not in room.devices:
            self._publish(event, room, who)
        elif not who.is_quiet and has_only_quiet(room, who.account):
            self._publish(Quieted(room.name, name, quiet=True), room, who)
        if not room.members:
            # An emptied dictionary keeps its size, and there may be many known rooms.
            room.members, room.devices = {}, {}

    def _publish(self, event: PresenceEvent, room: Room, who: Participant) -> None:
        """Tell the members of `room`, unless joins and leaves are not told there."""
        settings = self._state().settings(room.name)
        if settings is None or not settings.quiet_joins:
            self._broadcast.turn.publish(event, (room,), who)

    def find(self, name: str) -> Room:
        """Return the room called `name`, in which somebody is or asked to be."""
        room = self._rooms.find(name)
        assert room is not None, "a room with an occupancy is never dropped"
        return room


def _shared(confirmed: tuple[Room, ...], requested: tuple[Room, ...]) -> tuple[Room, ...]:
    """Return `confirmed`; if it equals `requested`, that tuple, so that only one is kept."""
    return requested if confirmed == requested else confirmed
