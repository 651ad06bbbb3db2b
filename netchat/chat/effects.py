"""What a settled change of the state does to those who are present, and what they are told.

An address is told to operators only: the others read the names of those who have come from there.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from netchat.chat import people
from netchat.chat.arrival import role_shown
from netchat.chat.enforcement import end_and_reason, may_reach
from netchat.chat.founders import may_enter
from netchat.chat.notifier import Notifier
from netchat.chat.participants import Participants
from netchat.chat.room import Participant, Room
from netchat.chat.room_list import RoomList
from netchat.model import disconnects
from netchat.model.notices import (
    Announced,
    Locked,
    Moderated,
    ModerationAction,
    RolesShown,
    RoomChanged,
)
from netchat.model.registry import NameRegistry
from netchat.state import changes
from netchat.state.changes import Changed, What
from netchat.state.record import Record, Removed
from netchat.state.records import Lock, Restriction, Role, RoomSettings
from netchat.state.state import ChatState

_SETTINGS = ("private", "readonly", "moderated", "slow", "quiet_joins")
_LIFTED: dict[str, ModerationAction] = {"ban": "unban", "mute": "unmute"}


def room_changed(
    settings: RoomSettings, room: str, by: str = "", given: tuple[str, ...] = ()
) -> RoomChanged:
    """Return what others are told of the `settings` of `room`; as in RoomChanged."""
    return RoomChanged(
        room,
        by,
        settings.private,
        settings.readonly,
        settings.moderated,
        settings.slow,
        settings.quiet_joins,
        given,
    )


class _Applied(Struct):
    """A change that `by` has caused and that is in `state`; `records` were stored or removed.

    `before` are those that were there, as they were, by kind and key.
    """

    state: ChatState
    changed: Changed
    records: list[Record]
    before: dict[tuple[str, str], Record]
    by: Participant

    @property
    def actor(self) -> str:
        """The name of who has asked for it."""
        return self.changed.change.by.shown

    @property
    def time(self) -> float:
        """The time of the change."""
        return self.changed.change.time


class Effects:
    """Applies changes to `participants` and `rooms`, and tells those concerned by `notifier`."""

    def __init__(
        self,
        participants: Participants,
        rooms: NameRegistry[Room],
        room_list: RoomList,
        notifier: Notifier,
    ) -> None:
        self._participants = participants
        self._rooms = rooms
        self._room_list = room_list
        self._notifier = notifier
        self.observers: list[Callable[[Changed], None]] = []
        """Called with each change that is settled, after it has been applied."""
        self._effects: dict[type[What], Callable[[_Applied], None]] = {
            changes.Kick: self._kick,
            changes.Restrict: self._restrict,
            changes.Lift: self._lift,
            changes.SetRole: self._set_role,
            changes.FoundRoom: self._set_role,
            changes.SetRoom: self._set_room,
            changes.EmptyRoom: self._set_room,
            changes.Announce: self._announce,
            changes.SetLock: self._lock,
            changes.Unlock: self._lock,
            changes.Expire: self._expire,
        }

    def apply(self, state: ChatState, changed: Changed, by: Participant) -> None:
        """Apply `changed` to `state` and to those who are present; `by` has caused it."""
        keys = [(x.kind, x.key) for x in changed.updates]
        before = {key: record for key in keys if (record := state.get(*key)) is not None}
        state.apply(changed.updates)
        stored = [x for x in changed.updates if not isinstance(x, Removed)]
        records = [*stored, *(before[key] for key in before if state.get(*key) is None)]
        for record in records:
            self._keep_or_drop(state, record)
        effect = self._effects.get(type(changed.change.what))
        if effect is not None:
            effect(_Applied(state, changed, records, before, by))
        for observe in self.observers:
            observe(changed)

    def _kick(self, applied: _Applied) -> None:
        kick = applied.changed.change.what
        assert isinstance(kick, changes.Kick)
        concerned = people.named(self._participants, kick.name)
        if not concerned:
            return
        name, reason = concerned[0].name, kick.reason
        event = Moderated(kick.room, "kick", name, applied.actor, applied.time, reason=reason)
        self._notifier.tell_concerned(event, concerned, applied.state, applied.by)
        if kick.room:
            self._notifier.remove(concerned, kick.room, applied.actor, reason)
        else:
            self._notifier.end(concerned, disconnects.kicked(applied.actor, reason))

    def _restrict(self, applied: _Applied) -> None:
        for restriction in applied.records:
            if isinstance(restriction, Restriction):
                self._tell_restriction(applied, restriction, restriction.what)
                if restriction.what == "ban":
                    self._remove_banned(applied, restriction)

    def _lift(self, applied: _Applied) -> None:
        for restriction in applied.records:
            if isinstance(restriction, Restriction):
                self._tell_restriction(applied, restriction, _LIFTED[restriction.what])

    def _tell_restriction(
        self, applied: _Applied, restriction: Restriction, action: ModerationAction
    ) -> None:
        room, state, by = restriction.room, applied.state, applied.by
        concerned = people.restricted(self._participants, state, restriction)
        lifted = action in _LIFTED.values()
        until, reason = (0.0, "") if lifted else (restriction.until, restriction.reason)

        def event(name: str) -> Moderated:
            return Moderated(room, action, name, applied.actor, applied.time, until, reason)

        if restriction.target_kind != "address":
            self._notifier.tell_concerned(event(restriction.shown), concerned, state, by)
            return
        self._notifier.tell_operators(event(restriction.shown), state, by)
        for name in dict.fromkeys(who.name for who in concerned):
            some = [who for who in concerned if who.name == name]
            self._notifier.tell_concerned(event(name), some, state, by)

    def _remove_banned(self, applied: _Applied, ban: Restriction) -> None:
        concerned = people.restricted(self._participants, applied.state, ban)
        if ban.room:
            self._notifier.remove(concerned, ban.room, applied.actor, ban.reason)
        else:
            self._notifier.end(concerned, disconnects.banned(end_and_reason(ban)))

    def _set_role(self, applied: _Applied) -> None:
        """Tell the role that an account has from now on; it may not enter some rooms any more."""
        state = applied.state
        for role in applied.records:
            account = state.account(role.account) if isinstance(role, Role) else None
            if not isinstance(role, Role) or account is None:
                continue
            room = self._rooms.find(role.room) if role.room else None
            if room is not None:
                has_made = isinstance(applied.changed.change.what, changes.FoundRoom)
                room.founder = role.account if has_made else 0
            self._tell_role(applied, role, account.name, room)
            for who in self._participants.of_account(role.account):
                for its in who.confirmed_rooms:
                    if not may_enter(state, who, its.name):
                        self._notifier.remove([who], its.name, applied.actor)

    def _tell_role(self, applied: _Applied, role: Role, name: str, room: Room | None) -> None:
        """Tell the role of the account called `name`, in `room` unless it is for the server.

        Its owner reads of it outside the room as well, unless no private line would reach them.
        """
        state, by = applied.state, applied.by
        devices = self._participants.of_account(role.account)
        action: ModerationAction = state.role(role.account, role.room) or "none"
        was = applied.before.get((role.kind, role.key))
        before = was.role if isinstance(was, Role) else ""
        event = Moderated(role.room, action, name, applied.actor, applied.time, before=before)
        if not role.room:
            self._notifier.tell_operators(event, state, by, devices)
        elif room is not None:
            reaches = may_reach(state, applied.time, by, role.account)
            self._notifier.tell_room(event, room, by, devices if reaches else ())
        for its in dict.fromkeys(some for who in devices for some in who.confirmed_rooms):
            if role.room in ("", state.spelling(its.name)):
                shown = role_shown(state, role.account, its)
                if shown or not role.room or before == "moderator":
                    roles = RolesShown(its.name, ((name, shown),), applied.actor)
                    self._notifier.tell_room(roles, its, by)

    def _set_room(self, applied: _Applied) -> None:
        what, state = applied.changed.change.what, applied.state
        assert isinstance(what, changes.SetRoom | changes.EmptyRoom)
        settings = state.room(what.room)
        before = applied.before.get((settings.kind, settings.key), RoomSettings(settings.room))
        given = tuple(x for x in _SETTINGS if getattr(settings, x) != getattr(before, x))
        for room in list(self._rooms.holders(what.room)):
            if not settings.slow:
                room.slow_mode = None
            self._room_list.update(room, settings)
            event = room_changed(settings, room.name, applied.actor, given)
            self._notifier.tell_room(event, room, applied.by)
            if settings.private:
                others = [x for x in room.members if not may_enter(state, x, room.name)]
                self._notifier.remove(others, room.name, applied.actor)

    def _announce(self, applied: _Applied) -> None:
        what = applied.changed.change.what
        assert isinstance(what, changes.Announce)
        self._notifier.tell_all(Announced(what.text, applied.actor, applied.time), applied.by)

    def _lock(self, applied: _Applied) -> None:
        lock = applied.state.lock
        until, reason = (lock.until, lock.reason) if lock else (0.0, "")
        event = Locked(lock is not None, applied.actor, until, reason)
        self._notifier.tell_all(event, applied.by)

    def _expire(self, applied: _Applied) -> None:
        """Tell those that something has ended by itself whom it has concerned."""
        for record in applied.records:
            if isinstance(record, Lock):
                self._lock(applied)
            elif isinstance(record, Restriction):
                action = _LIFTED[record.what]
                room = self._rooms.find(record.room) if record.room else None
                for who in people.restricted(self._participants, applied.state, record):
                    event = Moderated(record.room, action, who.name, applied.actor, applied.time)
                    if not record.room or (room is not None and who in room.members):
                        self._notifier.send(event, [who], applied.by)

    def _keep_or_drop(self, state: ChatState, record: Record) -> None:
        """Keep the room of `record` as long as something is remembered of it, and no longer."""
        name = getattr(record, "room", "")
        room = self._rooms.find(name) if name else None
        if name and room is None and state.knows_room(name):
            self._rooms.register(name, Room(name))
        elif room is not None and room.is_forgettable and not state.knows_room(room.name):
            self._rooms.unregister(room.name)
