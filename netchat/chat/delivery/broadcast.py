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

from netchat.chat.delivery.backfill import Backfill
from netchat.chat.delivery.backfill_table import BackfillTable
from netchat.chat.delivery.pending_answers import PendingAnswer, PendingAnswers
from netchat.chat.delivery.recipients import recipients, send, send_all
from netchat.chat.delivery.rendering import Delivery, RenderedEvents, rendered
from netchat.chat.delivery.turn import Turn, merged
from netchat.chat.room import Participant, Room, Send, without
from netchat.journal.interface import Page
from netchat.model.events import Closing, Event, Names, Renamed, Repeated


class Broadcast:
    """Collects what is heard in a turn (`delivery`, `whisper`); `flush` writes it out at its
    end."""

    def __init__(self) -> None:
        self._awaited = PendingAnswers()
        self._disconnecting: dict[Participant, tuple[int, Delivery]] = {}
        self._backfills = BackfillTable()
        self._turn = Turn()

    def publish(self, event: Event, rooms: Iterable[Room], by: Participant) -> None:
        """Let all members of `rooms` hear `event`, which `by` caused, once each."""
        number = self._turn.share(event, rooms, by)
        if isinstance(event, Renamed) and by in self._backfills:
            # What he asks next, and is answered, goes by his new name.
            self._turn.personal[by].append(number)

    def send_to(
        self, event: Event, participant: Participant, by: Participant | None = None
    ) -> None:
        """Let `participant` alone hear `event`, which it caused itself if `by` is `participant`."""
        self._turn.send_to(event, participant, by)

    def add_member(self, participant: Participant, room: Room) -> None:
        """Let `participant`, a new member of `room`, hear only what is posted there from now on."""
        self._turn.add_member(participant, room)
        under_way = self._backfills.under_way(participant)
        if under_way and (self._turn.renames or any(backfill.renames for backfill in under_way)):
            self._backfills.muddle(participant)

    def remove_member(self, event: Event, participant: Participant, room: Room) -> Backfill | None:
        """Let `participant`, no member of `room` from now on, still hear what was posted there
        before.

        `event`, that it has left, is the last of it. Who has not caught up with the room is told no
        more of its past, but what came of his own requests; return what is to be told next then.
        """
        own = self._turn.personal.setdefault(participant, [])
        if participant.detached:
            return None
        backfill = self._backfills.find(participant, room)
        if backfill is None:
            if not self._backfills.holds_back(participant, room):
                self._turn.remove_member(participant, room, self._end(participant))
                self.send_to(event, participant, participant)
            return None
        self._hold(backfill, set(own), self._end(participant))
        if participant in self._disconnecting:
            self._backfills.freeze(backfill)
            return None
        for answer in backfill.own():
            self.send_to(answer, participant, participant)
        self.send_to(event, participant, participant)
        muddled = self._backfills.is_muddled(participant)
        following = self._backfills.drop(backfill)
        if muddled and participant not in self._backfills:
            for other in without(participant.confirmed_rooms, room):
                self.send_to(Names(other.name, other.names), participant)
        return following

    def disconnect(self, participant: Participant, closing: Closing) -> None:
        """Dismiss `participant`, with `closing`, once it has heard what was posted until now.

        Who leaves by himself is told the rest of the past that he has asked for, others are not.
        """
        self._turn.personal.setdefault(participant, [])
        self._disconnecting[participant] = (
            len(self._turn.deliveries),
            Delivery(closing, participant),
        )
        if closing.reason != "bye":
            self._backfills.cut_off(participant)

    def abandon_backfill(self, participant: Participant, closing: Closing) -> None:
        """Tell `participant` no more of any past, which cannot be read; if it is leaving, tell it
        why.

        It must leave then: what it was told last is what it will say that it knows.
        """
        self._turn.personal.setdefault(participant, [])
        self._backfills.cut_off(participant)
        if participant in self._disconnecting:
            self._disconnecting[participant] = (
                self._disconnecting[participant][0],
                Delivery(closing, participant),
            )

    def add_backfill(self, backfill: Backfill) -> bool:
        """Let `backfill` come before what is posted from now on; return whether it is the next."""
        return self._backfills.add(backfill)

    def acknowledge(self, event: Repeated, participant: Participant, room: Room) -> None:
        """Let `participant` hear again what it has said in `room`: in its place, if that is to
        come."""
        backfill = self._backfills.find(participant, room)
        if backfill is None or not backfill.acknowledge(
            event.said.id, Delivery(event, participant)
        ):
            self.send_to(event, participant, participant)

    def add_page(self, backfill: Backfill, page: Page) -> None:
        """Take the next `page` of `backfill`; the next flush writes it."""
        backfill.turn(page)
        self._turn.personal.setdefault(backfill.participant, [])

    def next_backfill(self, participant: Participant) -> Backfill | None:
        """Return whose next page is to be read for `participant`, or None if it hears everything
        live."""
        return self._backfills.next(participant)

    def awaits_answer(self, participant: Participant) -> bool:
        """Return whether `participant` waits for something that is looked up."""
        return participant in self._awaited

    def reserve(self, participant: Participant) -> PendingAnswer:
        """Return a place in what `participant` hears: behind what was posted until now."""
        return self._turn.reserve(participant)

    def fill(self, participant: Participant, place: PendingAnswer, events: Iterable[Event]) -> None:
        """Put `events` in their `place`; the next flush writes it, and what waited, to
        `participant`."""
        render = participant.listener.dialect.render
        place.data = b"".join(rendered(render, event, participant) for event in events)
        self._turn.personal.setdefault(participant, [])

    def flush(self) -> None:
        """Write once to each who has something to hear; after that, a new turn begins."""
        if not (self._turn or self._disconnecting):
            return
        own, shared = [*self._own_views()], [*self._shared_views()]
        self._turn = Turn()
        for data, participant in own:
            send(participant, data)
        for sends, participants, data, room in shared:
            send_all(sends, participants, data, room)
        for participant in list(self._disconnecting):
            self._disconnecting[participant] = (0, self._disconnecting[participant][1])
            if self._is_free(participant):
                del self._disconnecting[participant]
                self._backfills.forget(participant)
                participant.detached = True
                participant.refresh_fast_send()
                _guarded(participant, participant.listener.close_connection)

    def _is_free(self, participant: Participant) -> bool:
        """Whether `participant` waits for nothing that must be looked up."""
        return participant not in self._awaited and participant not in self._backfills

    def _own_views(self) -> Iterator[tuple[bytes, Participant]]:
        turn = self._turn
        # Who waits for something hears what is posted now in another way than the others; who has
        # gone meanwhile waits no longer.
        for participant in (*self._awaited, *self._disconnecting, *self._backfills.apart(turn)):
            if participant.detached or turn.rooms_of(participant):
                turn.personal.setdefault(participant, [])
        turn.part_those_in_several_rooms()
        self._backfills.follow(turn)
        plain = turn.plain and not (self._awaited or self._backfills or self._disconnecting)
        alike: dict[tuple[object, ...], bytes] = {}
        for participant, numbers in turn.personal.items():
            if participant.detached:
                self._awaited.forget(participant)
                self._backfills.forget(participant)
            elif plain and not numbers and len(participant.confirmed_rooms) == 1:
                yield (
                    self._view(turn.by_room.get(participant.confirmed_rooms[0], []), participant),
                    participant,
                )
            elif turn.is_apart(participant) or self._is_special(participant):
                yield self._own_view(participant), participant
            else:
                key = (participant.listener.dialect, *turn.rooms_of(participant))
                if key not in alike:
                    alike[key] = self._own_view(participant)
                yield alike[key], participant

    def _own_view(self, participant: Participant) -> bytes:
        end = self._end(participant)
        held_back, rooms = self._backfills.holds_back, self._turn.rooms_of(participant)
        stretches = (
            self._turn.heard(participant, room, end)
            for room in rooms
            if not held_back(participant, room)
        )
        heard = merged([self._turn.personal_of(participant), *stretches], end)
        data = self._in_place(participant, heard)
        if participant in self._backfills:
            data += self._awaited.take(
                participant, [PendingAnswer(self._backfilled(participant, set(heard), end))]
            )
        if participant in self._disconnecting and self._is_free(participant):
            data += self._disconnecting[participant][1].echo(participant.listener.dialect)
        return data

    def _is_special(self, participant: Participant) -> bool:
        cut_off = self._backfills.is_cut_off(participant)
        return participant in self._disconnecting or cut_off or not self._is_free(participant)

    def _end(self, participant: Participant) -> int:
        """Return the number of the first delivery that `participant` does not hear any more."""
        return (
            self._disconnecting[participant][0]
            if participant in self._disconnecting
            else len(self._turn.deliveries)
        )

    def _backfilled(self, participant: Participant, heard: set[int], end: int) -> bytes:
        """Return what can be told of the pasts that `participant` is catching up with."""
        held = [
            self._hold(backfill, heard, end)
            for backfill in self._backfills.under_way(participant)
            if backfill.room in self._turn.by_room
        ]
        renames = heard & self._turn.renames
        if renames and (
            len(participant.confirmed_rooms) > 1 or any(not renames <= some for some in held)
        ):
            self._backfills.muddle(participant)
        if self._backfills.overflow(participant):
            _guarded(participant, participant.listener.too_slow)
        told = RenderedEvents(self._backfills.take(participant))
        return told.view([*range(len(told))], participant.listener.dialect, participant)

    def _hold(self, backfill: Backfill, heard: set[int], end: int) -> set[int]:
        """Hold what is heard in the room of `backfill` and not `heard` already; return which."""
        since = self._turn.since(backfill.participant, backfill.room)
        numbers = self._turn.by_room.get(backfill.room, ())
        new = [n for n in numbers if since <= n < end and n not in heard]
        heard.update(new)
        backfill.hold(self._turn.deliveries.deliveries[number] for number in new)
        return set(new)

    def _in_place(self, participant: Participant, numbers: list[int]) -> bytes:
        """Return what `participant` hears of deliveries `numbers`, up to the first place still
        empty."""
        answers = self._turn.answers.get(participant)
        if answers is None and participant not in self._awaited:
            return self._view(numbers, participant)
        parts: list[PendingAnswer] = []
        start = 0
        for position, place in answers or ():
            stop = bisect_left(numbers, position)
            parts += (PendingAnswer(self._view(numbers[start:stop], participant)), place)
            start = stop
        parts.append(PendingAnswer(self._view(numbers[start:], participant)))
        return self._awaited.take(participant, parts)

    def _shared_views(self) -> Iterator[tuple[Iterator[Send], Iterator[Participant], bytes, Room]]:
        """Yield what those in each room hear who hear the same, and who they are.

        That must be known before anybody is told anything: what is told changes it.
        """
        others: defaultdict[Room, set[Participant]] = defaultdict(set)
        for participant in self._turn.personal:
            for room in self._turn.rooms_of(participant):
                others[room].add(participant)
        for room, numbers in self._turn.by_room.items():
            others[room].update(self._backfills.by_room(room))
            for group in recipients(room):
                view = self._turn.deliveries.view(numbers, group.dialect, None)
                some = others[room]
                yield group.sends_except(some), group.participants_except(some), view, room

    def _view(self, numbers: list[int], participant: Participant) -> bytes:
        return self._turn.deliveries.view(numbers, participant.listener.dialect, participant)


def _guarded(participant: Participant, act: Callable[[], None]) -> None:
    """Call `act`; if it meets a bug, that ends the guest on `participant` and nobody else."""
    try:
        act()
    except Exception:
        participant.listener.fail()
