"""The backfills in progress: of which participants and rooms, and in which order."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from netchat.chat.delivery.backfill import Backfill
from netchat.chat.delivery.rendering import Delivery
from netchat.chat.delivery.turn import Turn
from netchat.chat.room import Participant, Room
from netchat.model.events import Names

MAX_BUFFERED = 4096
"""Disconnect a participant for whom more deliveries than this are buffered."""

_NOBODY: Mapping[Participant, Backfill] = MappingProxyType({})


class BackfillTable:
    """The backfills of each participant who has any, one room after the other.

    A rename belongs to several rooms, but is delivered once: in a room whose backfill is sent at
    another time it is out of place. A participant to whom that happens (`mark_stale`) is sent the
    names in their rooms when the last backfill ends.
    """

    def __init__(self) -> None:
        self._of: dict[Participant, deque[Backfill]] = {}
        self._in: dict[Room, dict[Participant, Backfill]] = {}
        """The backfills of current members of a room."""
        self._cut_off: dict[Participant, frozenset[Room]] = {}
        """Participants who are disconnecting, and the rooms of which they are sent nothing more."""
        self._stale: set[Participant] = set()

    def __len__(self) -> int:
        return len(self._of) + len(self._cut_off)

    def __contains__(self, who: Participant) -> bool:
        """Whether `who` has a backfill in progress."""
        return who in self._of

    def by_room(self, room: Room) -> Mapping[Participant, Backfill]:
        """Return the backfills of `room`, by participant."""
        return self._in.get(room, _NOBODY)

    def affected(self, turn: Turn) -> Iterator[Participant]:
        """Yield participants with a backfill who need a personal view of `turn`.

        For the others `follow` is enough. When a thousand clients reconnect at once, and every line
        made work for each of them, their pages would never be read.
        """
        yield from self._cut_off
        if turn.renames:
            yield from self._of
        for room in turn.by_room:
            backfills = self.by_room(room)
            if backfills and turn.has_only_lines(room):
                yield from (who for who, backfill in backfills.items() if backfill.is_reading)
            else:
                yield from backfills

    def follow(self, turn: Turn) -> None:
        """Record for participants without a personal view in `turn` that there is more to send."""
        for room in turn.by_room:
            for who, backfill in self.by_room(room).items():
                if who not in turn.personal:
                    backfill.until = room.last

    def add(self, backfill: Backfill) -> bool:
        """Append `backfill` to those of its participant; return whether it is the first."""
        backfills = self._of.setdefault(backfill.participant, deque())
        backfills.append(backfill)
        self._in.setdefault(backfill.room, {})[backfill.participant] = backfill
        return len(backfills) == 1

    def freeze(self, backfill: Backfill) -> None:
        """Keep what happens in the room from now on out of `backfill`."""
        some = self._in.get(backfill.room)
        if some is not None and some.get(backfill.participant) is backfill:
            del some[backfill.participant]
            if not some:
                del self._in[backfill.room]

    def next(self, who: Participant) -> Backfill | None:
        """Return the backfill of `who` that is read next; None: they receive everything live."""
        backfills = self._of.get(who)
        return backfills[0] if backfills else None

    def find(self, who: Participant, room: Room) -> Backfill | None:
        """Return the backfill of `room` for `who`, a member of it."""
        return self.by_room(room).get(who)

    def holds_back(self, who: Participant, room: Room) -> bool:
        """Return whether `who` is not to receive live what happens in `room`."""
        return room in self._cut_off.get(who, ()) or who in self.by_room(room)

    def is_cut_off(self, who: Participant) -> bool:
        """Return whether `who` is disconnecting without the rest of a backfill."""
        return who in self._cut_off

    def mark_stale(self, who: Participant) -> None:
        """Record that `who` receives a rename out of its place in one of their rooms."""
        if who in self._of:
            self._stale.add(who)

    def is_stale(self, who: Participant) -> bool:
        """Return whether `who` is to be sent the names in their rooms."""
        return who in self._stale

    def in_progress(self, who: Participant) -> list[Backfill]:
        """Return the backfills of the rooms that `who` is a member of."""
        return [some for some in self._of.get(who, ()) if self.find(who, some.room) is some]

    def overflows(self, who: Participant) -> bool:
        """Return whether more than MAX_BUFFERED deliveries are buffered for `who`."""
        return sum(backfill.buffered for backfill in self._of.get(who, ())) > MAX_BUFFERED

    def forget(self, who: Participant) -> None:
        """Drop all backfills of `who`."""
        for backfill in self._of.pop(who, ()):
            self.freeze(backfill)
        self._cut_off.pop(who, None)
        self._stale.discard(who)

    def cut_off(self, who: Participant) -> None:
        """Send `who`, who is disconnecting, nothing more of rooms with a backfill in progress.

        The client returns with the last id that it was sent, and gets the rest then.
        """
        before = self._cut_off.get(who, frozenset())
        rooms = before.union(backfill.room for backfill in self.in_progress(who))
        self.forget(who)
        if rooms:
            self._cut_off[who] = rooms

    def drop(self, backfill: Backfill) -> Backfill | None:
        """Drop `backfill`; return the one to be read next, if that has changed."""
        backfills = self._of[backfill.participant]
        was_first = backfills[0] is backfill
        backfills.remove(backfill)
        self.freeze(backfill)
        if not backfills:
            self.forget(backfill.participant)
        return backfills[0] if backfills and was_first else None

    def take(self, who: Participant) -> list[Delivery]:
        """Return what can be sent to `who` now, in order."""
        backfills, deliveries = self._of[who], list[Delivery]()
        while backfills:
            deliveries += backfills[0].take()
            if not backfills[0].done:
                return deliveries
            self.freeze(backfills.popleft())
        if who in self._stale:
            deliveries += (
                Delivery(Names(room.name, room.names), None) for room in who.confirmed_rooms
            )
        self.forget(who)
        return deliveries
