"""Who has still to hear what of which room's past, before he hears the room live."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from netchat.chat.delivery.backfill import Replay
from netchat.chat.delivery.rendering import Post
from netchat.chat.delivery.turn import Turn
from netchat.chat.room import Room, Seat
from netchat.model.events import Names

MAX_BUFFERED = 4096
"""How much of what happens meanwhile is held for a guest; who is slower than that is cut off."""

_NOBODY: Mapping[Seat, Replay] = MappingProxyType({})


class Replays:
    """What each guest has still to hear, a room after the other; only who has any is in here.

    A new name is heard once, though its bearer may come and go in several rooms before and after:
    for a room whose past is told at another time, it comes out of its place. Whoever was told one
    like that is told at the end who is in his rooms.
    """

    def __init__(self) -> None:
        self._of: dict[Seat, deque[Replay]] = {}
        self._in: dict[Room, dict[Seat, Replay]] = {}
        """Those of who is in the room."""
        self._cut_off: dict[Seat, frozenset[Room]] = {}
        """Who is leaving, and in which of his rooms he will be told neither the rest nor more."""
        self._muddled: set[Seat] = set()

    def __len__(self) -> int:
        return len(self._of) + len(self._cut_off)

    def __contains__(self, seat: Seat) -> bool:
        """Whether `seat` will be told more of a past."""
        return seat in self._of

    def of_room(self, room: Room) -> Mapping[Seat, Replay]:
        """Return who is in `room` and has still to hear its past, and what of it."""
        return self._in.get(room, _NOBODY)

    def apart(self, turn: Turn) -> Iterator[Seat]:
        """Yield who hears what is posted in `turn` in another way than the others in his rooms.

        Others, who are catching up, hear nothing of it (`follow`): if a thousand come back at once,
        and each line made work for each of them, nobody would ever have caught up.
        """
        yield from self._cut_off
        if turn.renames:
            yield from self._of
        for room in turn.of_room:
            replays = self.of_room(room)
            if replays and turn.has_only_lines(room):
                yield from (seat for seat, replay in replays.items() if replay.is_looked_up)
            else:
                yield from replays

    def follow(self, turn: Turn) -> None:
        """Learn that there is more to be told to all those for whom `turn` does nothing else."""
        for room in turn.of_room:
            for seat, replay in self.of_room(room).items():
                if seat not in turn.own:
                    replay.until = room.last

    def add(self, replay: Replay) -> bool:
        """Take `replay` behind the others of its guest; return whether it is his first."""
        replays = self._of.setdefault(replay.seat, deque())
        replays.append(replay)
        self._in.setdefault(replay.room, {})[replay.seat] = replay
        return len(replays) == 1

    def freeze(self, replay: Replay) -> None:
        """Let what happens in the room of `replay` from now on be no part of it."""
        some = self._in.get(replay.room)
        if some is not None and some.get(replay.seat) is replay:
            del some[replay.seat]
            if not some:
                del self._in[replay.room]

    def next(self, seat: Seat) -> Replay | None:
        """Return whose page is to be read next for `seat`, or None if it hears everything live."""
        replays = self._of.get(seat)
        return replays[0] if replays else None

    def find(self, seat: Seat, room: Room) -> Replay | None:
        """Return what `seat` has still to hear of `room`, in which it is."""
        return self.of_room(room).get(seat)

    def holds_back(self, seat: Seat, room: Room) -> bool:
        """Return whether what happens in `room` now is not for `seat`, which is in it, to hear."""
        return room in self._cut_off.get(seat, ()) or seat in self.of_room(room)

    def is_cut_off(self, seat: Seat) -> bool:
        """Return whether `seat`, which is leaving, will not be told the rest of a past."""
        return seat in self._cut_off

    def muddle(self, seat: Seat) -> None:
        """Learn that `seat` hears a new name out of its place in one of its rooms."""
        if seat in self._of:
            self._muddled.add(seat)

    def is_muddled(self, seat: Seat) -> bool:
        """Return whether `seat` is to be told at the end who is in its rooms."""
        return seat in self._muddled

    def under_way(self, seat: Seat) -> list[Replay]:
        """Return the replays of the rooms in which `seat` is."""
        return [r for r in self._of.get(seat, ()) if self.find(seat, r.room) is r]

    def overflow(self, seat: Seat) -> bool:
        """Return whether more is held for `seat` than one guest may cost."""
        return sum(replay.held for replay in self._of.get(seat, ())) > MAX_BUFFERED

    def forget(self, seat: Seat) -> None:
        """Tell `seat` no more of any past."""
        for replay in self._of.pop(seat, ()):
            self.freeze(replay)
        self._cut_off.pop(seat, None)
        self._muddled.discard(seat)

    def cut_off(self, seat: Seat) -> None:
        """Tell `seat`, which is leaving, nothing more of rooms whose past it has not been told.

        The last line that it has been told is what it will say that it knows when it comes back.
        """
        before = self._cut_off.get(seat, frozenset())
        rooms = before.union(replay.room for replay in self.under_way(seat))
        self.forget(seat)
        if rooms:
            self._cut_off[seat] = rooms

    def drop(self, replay: Replay) -> Replay | None:
        """Tell no more of `replay`; return the one whose turn it is now, if that is another."""
        replays = self._of[replay.seat]
        was_first = replays[0] is replay
        replays.remove(replay)
        self.freeze(replay)
        if not replays:
            self.forget(replay.seat)
        return replays[0] if replays and was_first else None

    def take(self, seat: Seat) -> list[Post]:
        """Return what can be told to `seat` now, in order."""
        replays, posts = self._of[seat], list[Post]()
        while replays:
            posts += replays[0].take()
            if not replays[0].done:
                return posts
            self.freeze(replays.popleft())
        if seat in self._muddled:
            posts += (Post(Names(room.name, room.names), None) for room in seat.present)
        self.forget(seat)
        return posts
