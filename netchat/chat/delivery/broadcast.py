"""The one write per member and turn: everything heard in a turn is joined to shared bytes once.

Most members of a room hear the same in a turn, and get the same bytes object. A view of its own has
who spoke (he gets no copy, or another one), who came or went in the middle of the turn, who was
answered or told something, who sits in several rooms that were heard, and who is still catching up
with a room's past. Every view, shared or not, is cut from one list, so nobody hears two things in
another order than anybody else.

An answer that must be looked up first (what was said before) gets a place in the view of whoever
asked; what comes behind that place waits for it, and the others do not notice.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator

from netchat.chat.delivery.backfill import Replay
from netchat.chat.delivery.backfill_table import Replays
from netchat.chat.delivery.pending_answers import Place, Waiting
from netchat.chat.delivery.recipients import audiences, tell, tell_all
from netchat.chat.delivery.rendering import Post, Stretch, rendered
from netchat.chat.delivery.turn import Turn, merged
from netchat.chat.room import Room, Seat, Send, without
from netchat.journal.interface import Page
from netchat.model.events import Closing, Event, Names, Renamed, Repeated


class Fanout:
    """Collects what is heard in a turn (`post`, `whisper`); `flush` writes it out at its end."""

    def __init__(self) -> None:
        self._waiting = Waiting()
        self._parting: dict[Seat, tuple[int, Post]] = {}
        self._replays = Replays()
        self._turn = Turn()

    def post(self, event: Event, rooms: Iterable[Room], by: Seat) -> None:
        """Let all members of `rooms` hear `event`, which `by` caused, once each."""
        number = self._turn.share(event, rooms, by)
        if isinstance(event, Renamed) and by in self._replays:
            # What he asks next, and is answered, goes by his new name.
            self._turn.own[by].append(number)

    def whisper(self, event: Event, seat: Seat, by: Seat | None = None) -> None:
        """Let `seat` alone hear `event`, which it caused itself if `by` is `seat`."""
        self._turn.whisper(event, seat, by)

    def enter(self, seat: Seat, room: Room) -> None:
        """Let `seat`, a new member of `room`, hear only what is posted there from now on."""
        self._turn.enter(seat, room)
        under_way = self._replays.under_way(seat)
        if under_way and (self._turn.renames or any(replay.renames for replay in under_way)):
            self._replays.muddle(seat)

    def leave(self, event: Event, seat: Seat, room: Room) -> Replay | None:
        """Let `seat`, no member of `room` from now on, still hear what was posted there before.

        `event`, that it has left, is the last of it. Who has not caught up with the room is told no
        more of its past, but what came of his own requests; return what is to be told next then.
        """
        own = self._turn.own.setdefault(seat, [])
        if seat.deaf:
            return None
        replay = self._replays.find(seat, room)
        if replay is None:
            if not self._replays.holds_back(seat, room):
                self._turn.leave(seat, room, self._end(seat))
                self.whisper(event, seat, seat)
            return None
        self._hold(replay, set(own), self._end(seat))
        if seat in self._parting:
            self._replays.freeze(replay)
            return None
        for answer in replay.own():
            self.whisper(answer, seat, seat)
        self.whisper(event, seat, seat)
        muddled = self._replays.is_muddled(seat)
        following = self._replays.drop(replay)
        if muddled and seat not in self._replays:
            for other in without(seat.present, room):
                self.whisper(Names(other.name, other.names), seat)
        return following

    def part(self, seat: Seat, closing: Closing) -> None:
        """Dismiss `seat`, with `closing`, once it has heard what was posted until now.

        Who leaves by himself is told the rest of the past that he has asked for, others are not.
        """
        self._turn.own.setdefault(seat, [])
        self._parting[seat] = (len(self._turn.posts), Post(closing, seat))
        if closing.reason != "bye":
            self._replays.cut_off(seat)

    def give_up(self, seat: Seat, closing: Closing) -> None:
        """Tell `seat` no more of any past, which cannot be read; if it is leaving, tell it why.

        It must leave then: what it was told last is what it will say that it knows.
        """
        self._turn.own.setdefault(seat, [])
        self._replays.cut_off(seat)
        if seat in self._parting:
            self._parting[seat] = (self._parting[seat][0], Post(closing, seat))

    def replay(self, replay: Replay) -> bool:
        """Let `replay` come before what is posted from now on; return whether it is the next."""
        return self._replays.add(replay)

    def acknowledge(self, event: Repeated, seat: Seat, room: Room) -> None:
        """Let `seat` hear again what it has said in `room`: in its place, if that is to come."""
        replay = self._replays.find(seat, room)
        if replay is None or not replay.acknowledge(event.said.id, Post(event, seat)):
            self.whisper(event, seat, seat)

    def turn_page(self, replay: Replay, page: Page) -> None:
        """Take the next `page` of `replay`; the next flush writes it."""
        replay.turn(page)
        self._turn.own.setdefault(replay.seat, [])

    def next_replay(self, seat: Seat) -> Replay | None:
        """Return whose next page is to be read for `seat`, or None if it hears everything live."""
        return self._replays.next(seat)

    def waits(self, seat: Seat) -> bool:
        """Return whether `seat` waits for something that is looked up."""
        return seat in self._waiting

    def keep_place(self, seat: Seat) -> Place:
        """Return a place in what `seat` hears: behind what was posted until now."""
        return self._turn.keep(seat)

    def fill(self, seat: Seat, place: Place, events: Iterable[Event]) -> None:
        """Put `events` in their `place`; the next flush writes it, and what waited, to `seat`."""
        render = seat.listener.dialect.render
        place.data = b"".join(rendered(render, event, seat) for event in events)
        self._turn.own.setdefault(seat, [])

    def flush(self) -> None:
        """Write once to each who has something to hear; after that, a new turn begins."""
        if not (self._turn or self._parting):
            return
        own, shared = [*self._own_views()], [*self._shared_views()]
        self._turn = Turn()
        for data, seat in own:
            tell(seat, data)
        for sends, seats, data, room in shared:
            tell_all(sends, seats, data, room)
        for seat in list(self._parting):
            self._parting[seat] = (0, self._parting[seat][1])
            if self._is_free(seat):
                del self._parting[seat]
                self._replays.forget(seat)
                seat.deaf = True
                seat.written_to_anew()
                _guarded(seat, seat.listener.dismiss)

    def _is_free(self, seat: Seat) -> bool:
        """Whether `seat` waits for nothing that must be looked up."""
        return seat not in self._waiting and seat not in self._replays

    def _own_views(self) -> Iterator[tuple[bytes, Seat]]:
        turn = self._turn
        # Who waits for something hears what is posted now in another way than the others; who has
        # gone meanwhile waits no longer.
        for seat in (*self._waiting, *self._parting, *self._replays.apart(turn)):
            if seat.deaf or turn.rooms_of(seat):
                turn.own.setdefault(seat, [])
        turn.part_those_in_several_rooms()
        self._replays.follow(turn)
        plain = turn.plain and not (self._waiting or self._replays or self._parting)
        alike: dict[tuple[object, ...], bytes] = {}
        for seat, numbers in turn.own.items():
            if seat.deaf:
                self._waiting.forget(seat)
                self._replays.forget(seat)
            elif plain and not numbers and len(seat.present) == 1:
                yield self._view(turn.of_room.get(seat.present[0], []), seat), seat
            elif turn.is_apart(seat) or self._is_special(seat):
                yield self._own_view(seat), seat
            else:
                key = (seat.listener.dialect, *turn.rooms_of(seat))
                if key not in alike:
                    alike[key] = self._own_view(seat)
                yield alike[key], seat

    def _own_view(self, seat: Seat) -> bytes:
        end = self._end(seat)
        held_back, rooms = self._replays.holds_back, self._turn.rooms_of(seat)
        stretches = (
            self._turn.heard(seat, room, end) for room in rooms if not held_back(seat, room)
        )
        heard = merged([self._turn.own_of(seat), *stretches], end)
        data = self._in_place(seat, heard)
        if seat in self._replays:
            data += self._waiting.take(seat, [Place(self._replayed(seat, set(heard), end))])
        if seat in self._parting and self._is_free(seat):
            data += self._parting[seat][1].echo(seat.listener.dialect)
        return data

    def _is_special(self, seat: Seat) -> bool:
        cut_off = self._replays.is_cut_off(seat)
        return seat in self._parting or cut_off or not self._is_free(seat)

    def _end(self, seat: Seat) -> int:
        """Return the number of the first post that `seat` does not hear any more."""
        return self._parting[seat][0] if seat in self._parting else len(self._turn.posts)

    def _replayed(self, seat: Seat, heard: set[int], end: int) -> bytes:
        """Return what can be told of the pasts that `seat` is catching up with."""
        held = [
            self._hold(replay, heard, end)
            for replay in self._replays.under_way(seat)
            if replay.room in self._turn.of_room
        ]
        renames = heard & self._turn.renames
        if renames and (len(seat.present) > 1 or any(not renames <= some for some in held)):
            self._replays.muddle(seat)
        if self._replays.overflow(seat):
            _guarded(seat, seat.listener.too_slow)
        told = Stretch(self._replays.take(seat))
        return told.view([*range(len(told))], seat.listener.dialect, seat)

    def _hold(self, replay: Replay, heard: set[int], end: int) -> set[int]:
        """Hold what is heard in the room of `replay` and not `heard` already; return which."""
        since = self._turn.since(replay.seat, replay.room)
        numbers = self._turn.of_room.get(replay.room, ())
        new = [n for n in numbers if since <= n < end and n not in heard]
        heard.update(new)
        replay.hold(self._turn.posts.posts[number] for number in new)
        return set(new)

    def _in_place(self, seat: Seat, numbers: list[int]) -> bytes:
        """Return what `seat` hears of posts `numbers`, up to the first place still empty."""
        places = self._turn.places.get(seat)
        if places is None and seat not in self._waiting:
            return self._view(numbers, seat)
        parts: list[Place] = []
        start = 0
        for position, place in places or ():
            stop = bisect_left(numbers, position)
            parts += (Place(self._view(numbers[start:stop], seat)), place)
            start = stop
        parts.append(Place(self._view(numbers[start:], seat)))
        return self._waiting.take(seat, parts)

    def _shared_views(self) -> Iterator[tuple[Iterator[Send], Iterator[Seat], bytes, Room]]:
        """Yield what those in each room hear who hear the same, and who they are.

        That must be known before anybody is told anything: what is told changes it.
        """
        others: defaultdict[Room, set[Seat]] = defaultdict(set)
        for seat in self._turn.own:
            for room in self._turn.rooms_of(seat):
                others[room].add(seat)
        for room, numbers in self._turn.of_room.items():
            others[room].update(self._replays.of_room(room))
            for audience in audiences(room):
                view = self._turn.posts.view(numbers, audience.dialect, None)
                some = others[room]
                yield audience.sends_but(some), audience.seats_but(some), view, room

    def _view(self, numbers: list[int], seat: Seat) -> bytes:
        return self._turn.posts.view(numbers, seat.listener.dialect, seat)


def _guarded(seat: Seat, act: Callable[[], None]) -> None:
    """Call `act`; if it meets a bug, that ends the guest on `seat` and nobody else."""
    try:
        act()
    except Exception:
        seat.listener.crash()
