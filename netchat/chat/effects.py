"""What a settled change of the state does to those who are present, and what they are told.

What happens in a room is told to its members, and to those whom it concerns. What happens on the
server is told to the operators, and in the rooms of those whom it concerns. An address is told to
operators only: the others read the names of those who have come from there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from netchat.chat import people
from netchat.chat.delivery.backfill import Backfills
from netchat.chat.delivery.broadcast import Broadcast
from netchat.chat.delivery.lookups import LookupScheduler
from netchat.chat.enforcement import end_and_reason
from netchat.chat.membership import Membership
from netchat.chat.participants import Participants
from netchat.chat.room import Participant, Room, without
from netchat.model import disconnects
from netchat.model.events import Event, Left
from netchat.model.notices import (
    Announced,
    Deleted,
    Locked,
    Moderated,
    ModerationAction,
    RoomChanged,
)
from netchat.model.registry import NameRegistry
from netchat.state import changes
from netchat.state.changes import Change, Changed
from netchat.state.moderation_rules import may_enter
from netchat.state.records import Lock, Record, Removed, Restriction, Role, RoomSettings
from netchat.state.state import ChatState

_LIFTED: dict[str, ModerationAction] = {"ban": "unban", "mute": "unmute"}


class Effects:
    """Applies changes to `participants` and `rooms`, and tells those concerned by `broadcast`.

    `submit` puts an event, which a participant causes, behind all that was submitted before.
    """

    def __init__(  # noqa: PLR0913 - a change may reach all of them
        self,
        participants: Participants,
        rooms: NameRegistry[Room],
        membership: Membership,
        broadcast: Broadcast,
        backfills: Backfills,
        lookups: LookupScheduler,
        submit: Callable[[Event, Participant], None],
    ) -> None:
        self._participants = participants
        self._rooms = rooms
        self._membership = membership
        self._broadcast = broadcast
        self._backfills = backfills
        self._lookups = lookups
        self._submit = submit
        self.observers: list[Callable[[Changed], None]] = []
        """Called with each change that is settled, after it has been applied."""

    def apply(self, state: ChatState, changed: Changed, by: Participant) -> None:
        """Apply `changed` to `state` and to those who are present; `by` has caused it."""
        removed = [x for x in changed.updates if isinstance(x, Removed)]
        ended = [record for x in removed if (record := state.get(x.kind, x.key)) is not None]
        state.apply(changed.updates)
        put = [x for x in changed.updates if not isinstance(x, Removed)]
        for record in (*put, *ended):
            self._keep_or_drop(state, record)
        self._tell(state, changed.change, [*put, *ended], by)
        if changed.lines:
            self._delete(changed, by)
        for observe in self.observers:
            observe(changed)

    def _tell(
        self, state: ChatState, change: Change, records: list[Record], by: Participant
    ) -> None:
        match change.what:
            case changes.Kick() as kick:
                self._kick(state, change, kick, by)
            case changes.Restrict(what=action) | changes.Lift(what=action):
                lifted = isinstance(change.what, changes.Lift)
                for record in records:
                    if isinstance(record, Restriction):
                        self._restrict(
                            state, change, record, _LIFTED[action] if lifted else action, by
                        )
            case changes.SetRole() | changes.FoundRoom():
                for record in records:
                    if isinstance(record, Role):
                        self._set_role(state, change, record, by)
            case changes.SetRoom(settings):
                self._set_room(state, change, settings, by)
            case changes.Announce(text):
                self._tell_all(Announced(text, change.by.name, change.time), by)
            case changes.SetLock(until, reason):
                self._tell_all(Locked(True, change.by.name, until, reason), by)
            case changes.Unlock():
                self._tell_all(Locked(False, change.by.name), by)
            case changes.Expire():
                for record in records:
                    self._expire(state, change, record, by)

    def _kick(self, state: ChatState, change: Change, kick: changes.Kick, by: Participant) -> None:
        room, actor = kick.room, change.by.name
        concerned = people.named(self._participants, kick.name)
        if not concerned:
            return
        event = Moderated(
            room, "kick", concerned[0].name, actor, time=change.time, reason=kick.reason
        )
        self._tell_concerned(state, event, concerned, by)
        if room:
            self._remove(concerned, room)
        else:
            for who in concerned:
                who.listener.ended(disconnects.kicked(actor, kick.reason))

    def _restrict(
        self,
        state: ChatState,
        change: Change,
        restriction: Restriction,
        action: ModerationAction,
        by: Participant,
    ) -> None:
        concerned = people.restricted(self._participants, state, restriction)
        named = [(restriction.shown, concerned)]
        room, actor, time = restriction.room, change.by.name, change.time
        until, reason = restriction.until, restriction.reason
        if action in ("unban", "unmute"):
            until, reason = 0, ""
        if restriction.target_kind == "address":
            event = Moderated(room, action, restriction.shown, actor, time, until, reason)
            self._send(event, [*people.operators(self._participants, state), by], by)
            names = dict.fromkeys(who.name for who in concerned)
            named = [(name, [who for who in concerned if who.name == name]) for name in names]
        for name, some in named:
            event = Moderated(room, action, name, actor, time, until, reason)
            self._tell_concerned(state, event, some, by)
        if action == "ban" and room:
            self._remove(concerned, room)
        elif action == "ban":
            closing = disconnects.banned(end_and_reason(restriction))
            for who in concerned:
                who.listener.ended(closing)

    def _set_role(self, state: ChatState, change: Change, role: Role, by: Participant) -> None:
        account = state.account(role.account)
        if account is None:
            return
        concerned = self._participants.of_account(role.account)
        action: ModerationAction = state.role(role.account, role.room) or "none"
        event = Moderated(role.room, action, account.name, change.by.name, time=change.time)
        if role.room:
            self._tell_concerned(state, event, concerned, by)
        else:
            others = people.operators(self._participants, state)
            self._send(event, [*concerned, *others, by], by)
        for who in concerned:
            for room in who.requested_rooms:
                if not may_enter(state, role.account, room.name):
                    self._remove([who], room.name)

    def _set_room(
        self, state: ChatState, change: Change, settings: RoomSettings, by: Participant
    ) -> None:
        room = self._rooms.find(settings.room)
        if room is None:
            return
        if not settings.slow:
            room.slow_mode = None
        self._membership.room_list.update(room, settings)
        event = RoomChanged(
            room.name,
            change.by.name,
            settings.private,
            settings.readonly,
            settings.moderated,
            settings.slow,
            settings.quiet_joins,
        )
        self._tell_room(room, event, [by], by)
        if settings.private:
            present = [who for who in self._participants if room in who.requested_rooms]
            self._remove(
                [who for who in present if not may_enter(state, who.account, room.name)], room.name
            )

    def _expire(self, state: ChatState, change: Change, record: Record, by: Participant) -> None:
        """Tell those that something has ended by itself whom it has concerned."""
        if isinstance(record, Lock):
            self._tell_all(Locked(False, change.by.name), by)
        elif isinstance(record, Restriction):
            action = _LIFTED[record.what]
            for who in people.restricted(self._participants, state, record):
                event = Moderated(record.room, action, who.name, change.by.name, change.time)
                self._send(event, [who], by)

    def _delete(self, changed: Changed, by: Participant) -> None:
        for line in changed.lines:
            room = self._rooms.find(line.room)
            self._lookups.delete(line.room, (line.id,))
            if room is not None:
                self._backfills.delete(room, (line.id,))
                self._broadcast.turn.delete(room, (line.id,))
                event = Deleted(line.room, line.id, changed.change.by.name, line.name)
                self._tell_room(room, event, [by], by)

    def _remove(self, some: Iterable[Participant], name: str) -> None:
        """Let those of `some` leave the room called `name` who are in it, or about to enter it."""
        room = self._rooms.find(name)
        for who in some:
            if room is not None and room in who.requested_rooms:
                who.requested_rooms = without(who.requested_rooms, room)
                self._submit(Left(room.name, (who.name,)), who)

    def _tell_concerned(
        self,
        state: ChatState,
        event: Moderated,
        concerned: Iterable[Participant],
        by: Participant,
    ) -> None:
        """Tell the room of `event`; or if it has none, the operators and the rooms of `concerned`.

        Those `concerned` and `by` read it wherever they are.
        """
        if event.room:
            room = self._rooms.find(event.room)
            if room is not None:
                self._tell_room(room, event, [*concerned, by], by)
            return
        rooms = dict.fromkeys(room for who in concerned for room in who.confirmed_rooms)
        members = [member for room in rooms for member in room.members]
        operators = people.operators(self._participants, state)
        self._send(event, [*members, *operators, *concerned, by], by)

    def _tell_room(
        self, room: Room, event: Event, others: Iterable[Participant], by: Participant
    ) -> None:
        """Send `event` to the members of `room`, and to `others` who are not there."""
        turn = self._broadcast.turn
        number = turn.publish(event, (room,), by)
        for who in dict.fromkeys(others):
            if who not in room.members:
                turn.add_recipient(number, who)

    def _tell_all(self, event: Event, by: Participant) -> None:
        self._send(event, self._participants, by)

    def _send(self, event: Event, recipients: Iterable[Participant], by: Participant) -> None:
        self._broadcast.turn.send_to_each(event, dict.fromkeys(recipients), by)

    def _keep_or_drop(self, state: ChatState, record: Record) -> None:
        """Keep the room of `record` as long as something is remembered of it, and no longer."""
        name = getattr(record, "room", "")
        if not name:
            return
        room = self._rooms.find(name)
        if room is None and state.knows_room(name):
            self._rooms.register(name, Room(name))
        elif room is not None and room.is_forgettable and not state.knows_room(room.name):
            self._rooms.unregister(room.name)
