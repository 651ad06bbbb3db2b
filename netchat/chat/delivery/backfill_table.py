"""Who has still to hear what of which room's past, before he hears the room live."""

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
"""How much of what happens meanwhile is held for a guest; who is slower than that is cut off."""

_NOBODY: Mapping[Participant, Backfill] = MappingProxyType({})


class BackfillTable:
    """What each guest has still to hear, a room after the other; only who has any is in here.

    A new name is heard once, though its bearer may come and go in several rooms before and after:
    for a room whose past is told at another time, it comes out of its place. Whoever was told one
    like that is told at the end who is in his rooms.
    """

    def __init__(self) -> None:
        self._of: dict[Participant, deque[Backfill]] = {}
        self._in: dict[Room, dict[Participant, Backfill]] = {}
        """Those of who is in the room."""
        self._cut_off: dict[Participant, frozenset[Room]] = {}
        """Who is leaving, and in which of his rooms he will be told neither the rest nor more."""
        self._muddled: set[Participant] = set()

    def __len__(self) -> int:
        return len(self._of) + len(self._cut_off)

    def __contains__(self, participant: Participant) -> bool:
        """Whether `participant` will be told more of a past."""
        return participant in self._of

    def by_room(self, room: Room) -> Mapping[Participant, Backfill]:
        """Return who is in `room` and has still to hear its past, and what of it."""
        return self._in.get(room, _NOBODY)

    def apart(self, turn: Turn) -> Iterator[Participant]:
        """Yield who hears what is posted in `turn` in another way than the others in his rooms.

        Others, who are catching up, hear nothing of it (`follow`): if a thousand come back at once,
        and each line made work for each of them, nobody would ever have caught up.
        """
        yield from self._cut_off
        if turn.renames:
            yield from self._of
        for room in turn.by_room:
            backfills = self.by_room(room)
            if backfills and turn.has_only_lines(room):
                yield from (
                    participant
                    for participant, backfill in backfills.items()
                    if backfill.is_looked_up
                )
            else:
                yield from backfills

    def follow(self, turn: Turn) -> None:
        """Learn that there is more to be told to all those for whom `turn` does nothing else."""
        for room in turn.by_room:
            for participant, backfill in self.by_room(room).items():
                if participant not in turn.personal:
                    backfill.until = room.last

    def add(self, backfill: Backfill) -> bool:
        """Take `backfill` behind the others of its guest; return whether it is his first."""
        backfills = self._of.setdefault(backfill.participant, deque())
        backfills.append(backfill)
        self._in.setdefault(backfill.room, {})[backfill.participant] = backfill
        return len(backfills) == 1

    def freeze(self, backfill: Backfill) -> None:
        """Let what happens in the room of `backfill` from now on be no part of it."""
        some = self._in.get(backfill.room)
        if some is not None and some.get(backfill.participant) is backfill:
            del some[backfill.participant]
            if not some:
                del self._in[backfill.room]

    def next(self, participant: Participant) -> Backfill | None:
        """Return whose page is to be read next for `participant`, or None if it hears everything
        live."""
        backfills = self._of.get(participant)
        return backfills[0] if backfills else None

    def find(self, participant: Participant, room: Room) -> Backfill | None:
        """Return what `participant` has still to hear of `room`, in which it is."""
        return self.by_room(room).get(participant)

    def holds_back(self, participant: Participant, room: Room) -> bool:
        """Return whether what happens in `room` now is not for `participant`, which is in it, to
        hear."""
        return room in self._cut_off.get(participant, ()) or participant in self.by_room(room)

    def is_cut_off(self, participant: Participant) -> bool:
        """Return whether `participant`, which is leaving, will not be told the rest of a past."""
        return participant in self._cut_off

    def muddle(self, participant: Participant) -> None:
        """Learn that `participant` hears a new name out of its place in one of its rooms."""
        if participant in self._of:
            self._muddled.add(participant)

    def is_muddled(self, participant: Participant) -> bool:
        """Return whether `participant` is to be told at the end who is in its rooms."""
        return participant in self._muddled

    def under_way(self, participant: Participant) -> list[Backfill]:
        """Return the backfills of the rooms in which `participant` is."""
        return [r for r in self._of.get(participant, ()) if self.find(participant, r.room) is r]

    def overflow(self, participant: Participant) -> bool:
        """Return whether more is held for `participant` than one guest may cost."""
        return sum(backfill.held for backfill in self._of.get(participant, ())) > MAX_BUFFERED

    def forget(self, participant: Participant) -> None:
        """Tell `participant` no more of any past."""
        for backfill in self._of.pop(participant, ()):
            self.freeze(backfill)
        self._cut_off.pop(participant, None)
        self._muddled.discard(participant)

    def cut_off(self, participant: Participant) -> None:
        """Tell `participant`, which is leaving, nothing more of rooms whose past it has not been
        told.

        The last line that it has been told is what it will say that it knows when it comes back.
        """
        before = self._cut_off.get(participant, frozenset())
        rooms = before.union(backfill.room for backfill in self.under_way(participant))
        self.forget(participant)
        if rooms:
            self._cut_off[participant] = rooms

    def drop(self, backfill: Backfill) -> Backfill | None:
        """Tell no more of `backfill`; return the one whose turn it is now, if that is another."""
        backfills = self._of[backfill.participant]
        was_first = backfills[0] is backfill
        backfills.remove(backfill)
        self.freeze(backfill)
        if not backfills:
            self.forget(backfill.participant)
        return backfills[0] if backfills and was_first else None

    def take(self, participant: Participant) -> list[Delivery]:
        """Return what can be told to `participant` now, in order."""
        backfills, deliveries = self._of[participant], list[Delivery]()
        while backfills:
            deliveries += backfills[0].take()
            if not backfills[0].done:
                return deliveries
            self.freeze(backfills.popleft())
        if participant in self._muddled:
            deliveries += (
                Delivery(Names(room.name, room.names), None) for room in participant.confirmed_rooms
            )
        self.forget(participant)
        return deliveries
