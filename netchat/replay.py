"""What a guest has still to hear of a room's past, before he hears the room live.

The past is read from the journal a page at a time, as fast as the guest takes it. What happens in
the room meanwhile is held, with its place between the lines; but what others say is not, because it
can be read from the journal as well, so a guest who is a million lines behind costs no more memory
than one who is ten behind. When the last line that has been heard in the room has been told, the
guest goes over to hearing it live.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator

from netchat.events import Event, Gap, Names, Past, Renamed, Said, SaidLines
from netchat.journal import Page
from netchat.room import Room, Seat
from netchat.view import Post

MOST_HELD = 4096
"""How much of what happens meanwhile is held for a guest; who is slower than that is cut off."""


class Replay:
    """The past of `room` for `seat`: the lines after id `after`."""

    __slots__ = (
        "_again",
        "_held",
        "_page",
        "frozen",
        "renames",
        "room",
        "seat",
        "told",
        "until",
    )

    def __init__(self, seat: Seat, room: Room, after: int) -> None:
        self.seat = seat
        self.room = room
        self.told = after
        """The last id that the guest has been told."""
        self.until = room.last
        """The last id that has been heard in the room."""
        self.frozen = False
        """Whether the guest has left the room: what happens there from now on is not for him."""
        self.renames = False
        """Whether a new name has been among what was held."""
        self._again: dict[int, Post] = {}
        self._held: deque[tuple[int, Post]] = deque()
        self._page: Page | None = None

    @property
    def done(self) -> bool:
        """Whether everything has been told."""
        return self.told >= self.until

    @property
    def held(self) -> int:
        """How much is held."""
        return len(self._held)

    def hold(self, posts: Iterable[Post]) -> None:
        """Keep what is heard in the room for its place behind the past, or find it there again."""
        for post in posts:
            said = post.event
            if not isinstance(said, Said | SaidLines):
                self.renames = self.renames or isinstance(said, Renamed)
                self._held.append((self.until, post))
                continue
            self.until = said.last
            if post.by is self.seat:
                lines = said.each() if isinstance(said, SaidLines) else (said,)
                self._held.extend((line.id, Post(line, post.by)) for line in lines)

    def acknowledge(self, id: int, post: Post) -> bool:
        """Tell line `id` as `post`, which has its nonce; return whether it is still to be told."""
        if id > self.told:
            self._again[id] = post
        return id > self.told

    def turn(self, page: Page) -> None:
        """Take the next page of the past."""
        self._page = page

    def take(self) -> Iterator[Post]:
        """Yield what can be told now, in order; nothing as long as no page has come."""
        page, self._page = self._page, None
        past: list[Said | Gap] = []
        for item in page.lines if page else ():
            for post in self._before(item):
                yield from self._past(past)
                yield post
            self.told = item.last
            # Of what is said again, a line may be no longer kept, and so within a gap.
            again = [id for id in self._again if id <= item.last] if self._again else []
            if isinstance(item, Gap) or not (again or self._is_held(item)):
                past.append(item)
            if again:
                yield from self._past(past)
                yield from map(self._again.pop, again)
        yield from self._past(past)
        if self.told >= self.until:
            while self._held:
                yield self._held.popleft()[1]

    def own(self) -> list[Event]:
        """Return what the guest has caused himself and has not been told of."""
        own = [post.event for _, post in self._held if post.by is self.seat]
        return [*(post.event for post in self._again.values()), *own]

    def _before(self, item: Said | Gap) -> Iterator[Post]:
        """Yield what is held for a place before `item`."""
        first = item.first if isinstance(item, Gap) else item.id
        while self._held and self._held[0][0] < first:
            yield self._held.popleft()[1]

    def _is_held(self, item: Said | Gap) -> bool:
        """Whether `item` is the guest's own, which is told with its nonce."""
        if not (self._held and isinstance(item, Said)):
            return False
        position, post = self._held[0]
        return isinstance(post.event, Said) and position == item.id

    def _past(self, lines: list[Said | Gap]) -> Iterator[Post]:
        if lines:
            yield Post(Past(self.room.name, tuple(lines), asked=False), None)
            lines.clear()


class Replays:
    """What each guest has still to hear, a room after the other; only who has any is in here.

    A new name is heard once, though its bearer may come and go in several rooms before and after:
    for a room whose past is told at another time, it comes out of its place. Whoever was told one
    like that is told at the end who is in his rooms.
    """

    def __init__(self) -> None:
        self._of: dict[Seat, deque[Replay]] = {}
        self._cut_off: dict[Seat, frozenset[Room]] = {}
        """Who is leaving, and in which of his rooms he will be told neither the rest nor more."""
        self._muddled: set[Seat] = set()

    def __len__(self) -> int:
        return len(self._of) + len(self._cut_off)

    def __contains__(self, seat: Seat) -> bool:
        """Whether `seat` will be told more of a past."""
        return seat in self._of

    def __iter__(self) -> Iterator[Seat]:
        yield from (*self._of, *self._cut_off)

    def add(self, replay: Replay) -> bool:
        """Take `replay` behind the others of its guest; return whether it is his first."""
        replays = self._of.setdefault(replay.seat, deque())
        replays.append(replay)
        return len(replays) == 1

    def next(self, seat: Seat) -> Replay | None:
        """Return whose page is to be read next for `seat`, or None if it hears everything live."""
        replays = self._of.get(seat)
        return replays[0] if replays else None

    def find(self, seat: Seat, room: Room) -> Replay | None:
        """Return what `seat` has still to hear of `room`, in which it is."""
        return next((r for r in self.under_way(seat) if r.room is room), None)

    def holds_back(self, seat: Seat, room: Room) -> bool:
        """Return whether what happens in `room` now is not for `seat`, which is in it, to hear."""
        return room in self._cut_off.get(seat, ()) or self.find(seat, room) is not None

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
        return [replay for replay in self._of.get(seat, ()) if not replay.frozen]

    def overflow(self, seat: Seat) -> bool:
        """Return whether more is held for `seat` than one guest may cost."""
        return sum(replay.held for replay in self._of.get(seat, ())) > MOST_HELD

    def forget(self, seat: Seat) -> None:
        """Tell `seat` no more of any past."""
        self._of.pop(seat, None)
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
            replays.popleft()
        if seat in self._muddled:
            posts += (Post(Names(room.name, room.names), None) for room in seat.present)
        self.forget(seat)
        return posts
