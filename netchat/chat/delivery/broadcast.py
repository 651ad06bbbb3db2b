"""One write per recipient and turn: all that is delivered in a reactor turn is joined once.

Most members of a room are sent the same in a turn, and share one bytes object. Participants with a
personal view (`netchat.chat.delivery.turn`) get bytes of their own, cut from the same list, so
all participants receive events in the same order.

An answer that must be looked up first has a place in its participant's view; what comes behind that
place is buffered until the answer is there. Other participants are not delayed.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator

from netchat.chat.delivery.backfill import Backfill
from netchat.chat.delivery.backfill_table import BackfillTable
from netchat.chat.delivery.pending_answers import PendingAnswer, PendingAnswers
from netchat.chat.delivery.recipients import recipients_of, send, send_all
from netchat.chat.delivery.rendering import Delivery, RenderedEvents, rendered
from netchat.chat.delivery.turn import Turn, merged
from netchat.chat.room import Participant, Room, Send, without
from netchat.journal.interface import Page
from netchat.model.events import Closing, Event, Names, Renamed, Repeated


class Broadcast:
    """Collects the deliveries of a turn (`publish`, `send_to`); `flush` writes them at its end."""

    def __init__(self) -> None:
        self._awaited = PendingAnswers()
        self._disconnecting: dict[Participant, tuple[int, Delivery]] = {}
        """Participants to disconnect: the first delivery they are not sent, and the Closing."""
        self._backfills = BackfillTable()
        self._turn = Turn()

    def publish(self, event: Event, rooms: Iterable[Room], by: Participant) -> None:
        """Send `event`, which `by` caused, to all members of `rooms`, once each."""
        number = self._turn.publish(event, rooms, by)
        if isinstance(event, Renamed) and by in self._backfills:
            # The answers to their next requests have the new name already.
            self._turn.personal[by].append(number)

    def send_to(self, event: Event, who: Participant, by: Participant | None = None) -> None:
        """Send `event` to `who` alone; `by` is `who` if they caused it."""
        self._turn.send_to(event, who, by)

    def add_member(self, who: Participant, room: Room) -> None:
        """Send `who`, a new member of `room`, only what is published there from now on."""
        self._turn.add_member(who, room)
        backfills = self._backfills.in_progress(who)
        if backfills and (self._turn.renames or any(some.renames for some in backfills)):
            self._backfills.mark_stale(who)

    def remove_member(self, event: Event, who: Participant, room: Room) -> Backfill | None:
        """Send `who`, about to leave `room`, what was published there until now, and `event`.

        `event` is that they left. An unfinished backfill of the room ends; only the events of it
        that they caused themselves are still sent. Return the backfill to be read next then.
        """
        personal = self._turn.personal.setdefault(who, [])
        if who.detached:
            return None
        backfill = self._backfills.find(who, room)
        if backfill is None:
            if not self._backfills.holds_back(who, room):
                self._turn.remove_member(who, room, self._end(who))
                self.send_to(event, who, who)
            return None
        self._buffer(backfill, set(personal), self._end(who))
        if who in self._disconnecting:
            self._backfills.freeze(backfill)
            return None
        for own in backfill.own_events():
            self.send_to(own, who, who)
        self.send_to(event, who, who)
        stale = self._backfills.is_stale(who)
        next_backfill = self._backfills.drop(backfill)
        if stale and who not in self._backfills:
            for other in without(who.confirmed_rooms, room):
                self.send_to(Names(other.name, other.names), who)
        return next_backfill

    def disconnect(self, who: Participant, closing: Closing) -> None:
        """Send `closing` to `who` behind all that was published until now, and close.

        A participant who leaves by themselves ("bye") is sent the rest of their backfills first.
        """
        self._turn.personal.setdefault(who, [])
        self._disconnecting[who] = (len(self._turn.deliveries), Delivery(closing, who))
        if closing.reason != "bye":
            self._backfills.cut_off(who)

    def abandon_backfill(self, who: Participant, closing: Closing) -> None:
        """End the backfills of `who`, which cannot be read; `who` must leave the chat.

        If they are disconnecting already, `closing` becomes the reason.
        """
        self._turn.personal.setdefault(who, [])
        self._backfills.cut_off(who)
        if who in self._disconnecting:
            self._disconnecting[who] = (self._disconnecting[who][0], Delivery(closing, who))

    def add_backfill(self, backfill: Backfill) -> bool:
        """Send `backfill` before what is published from now on; return whether it is read next."""
        return self._backfills.add(backfill)

    def acknowledge(self, event: Repeated, who: Participant, room: Room) -> None:
        """Send `who` a line that they said in `room` before: now, or in its place in a backfill."""
        backfill = self._backfills.find(who, room)
        if backfill is None or not backfill.acknowledge(event.said.id, Delivery(event, who)):
            self.send_to(event, who, who)

    def add_page(self, backfill: Backfill, page: Page) -> None:
        """Take the page of `backfill` that was read; the next flush writes it."""
        backfill.add_page(page)
        self._turn.personal.setdefault(backfill.participant, [])

    def next_backfill(self, who: Participant) -> Backfill | None:
        """Return the backfill of `who` that is read next; None: they receive everything live."""
        return self._backfills.next(who)

    def awaits_answer(self, who: Participant) -> bool:
        """Return whether an answer to `who` is being looked up."""
        return who in self._awaited

    def reserve(self, who: Participant) -> PendingAnswer:
        """Return the place of an answer to `who`: behind what was published until now."""
        return self._turn.reserve(who)

    def fill(self, who: Participant, answer: PendingAnswer, events: Iterable[Event]) -> None:
        """Put `events` in the place of `answer`; the next flush writes what can be sent then."""
        render = who.listener.dialect.render
        answer.data = b"".join(rendered(render, event, who) for event in events)
        self._turn.personal.setdefault(who, [])

    def flush(self) -> None:
        """Write once to each recipient of the turn, and begin a new turn."""
        if not (self._turn or self._disconnecting):
            return
        personal, shared = [*self._personal_views()], [*self._shared_views()]
        self._turn = Turn()
        for data, who in personal:
            send(who, data)
        for sends, participants, data, room in shared:
            send_all(sends, participants, data, room)
        for who in list(self._disconnecting):
            self._disconnecting[who] = (0, self._disconnecting[who][1])
            if self._is_complete(who):
                del self._disconnecting[who]
                self._backfills.forget(who)
                who.detached = True
                who.refresh_fast_send()
                _guarded(who, who.listener.close_connection)

    def _is_complete(self, who: Participant) -> bool:
        """Whether nothing that was promised to `who` is still to be looked up."""
        return who not in self._awaited and who not in self._backfills

    def _personal_views(self) -> Iterator[tuple[bytes, Participant]]:
        turn = self._turn
        for who in (*self._awaited, *self._disconnecting, *self._backfills.affected(turn)):
            if who.detached or turn.rooms_of(who):
                turn.personal.setdefault(who, [])
        turn.separate_members_of_several_rooms()
        self._backfills.follow(turn)
        plain = turn.plain and not (self._awaited or self._backfills or self._disconnecting)
        alike: dict[tuple[object, ...], bytes] = {}
        for who, numbers in turn.personal.items():
            if who.detached:
                self._awaited.forget(who)
                self._backfills.forget(who)
            elif plain and not numbers and len(who.confirmed_rooms) == 1:
                yield self._view(turn.by_room.get(who.confirmed_rooms[0], []), who), who
            elif turn.has_unique_view(who) or self._has_unique_view(who):
                yield self._personal_view(who), who
            else:
                key = (who.listener.dialect, *turn.rooms_of(who))
                if key not in alike:
                    alike[key] = self._personal_view(who)
                yield alike[key], who

    def _personal_view(self, who: Participant) -> bytes:
        end = self._end(who)
        holds_back, rooms = self._backfills.holds_back, self._turn.rooms_of(who)
        live = (self._turn.received(who, room, end) for room in rooms if not holds_back(who, room))
        numbers = merged([self._turn.personal_of(who), *live], end)
        data = self._in_order(who, numbers)
        if who in self._backfills:
            backfilled = self._backfilled(who, set(numbers), end)
            data += self._awaited.take(who, [PendingAnswer(backfilled)])
        if who in self._disconnecting and self._is_complete(who):
            data += self._disconnecting[who][1].echo(who.listener.dialect)
        return data

    def _has_unique_view(self, who: Participant) -> bool:
        """Whether the view of `who` depends on more than this turn, and cannot be shared."""
        cut_off = self._backfills.is_cut_off(who)
        return who in self._disconnecting or cut_off or not self._is_complete(who)

    def _end(self, who: Participant) -> int:
        """Return the number of the first delivery that `who` does not receive any more."""
        if who in self._disconnecting:
            return self._disconnecting[who][0]
        return len(self._turn.deliveries)

    def _backfilled(self, who: Participant, received: set[int], end: int) -> bytes:
        """Return what can be sent now of the backfills of `who`."""
        buffered = [
            self._buffer(backfill, received, end)
            for backfill in self._backfills.in_progress(who)
            if backfill.room in self._turn.by_room
        ]
        renames = received & self._turn.renames
        several = len(who.confirmed_rooms) > 1
        if renames and (several or any(not renames <= some for some in buffered)):
            self._backfills.mark_stale(who)
        if self._backfills.overflows(who):
            _guarded(who, who.listener.too_slow)
        events = RenderedEvents(self._backfills.take(who))
        return events.view([*range(len(events))], who.listener.dialect, who)

    def _buffer(self, backfill: Backfill, received: set[int], end: int) -> set[int]:
        """Buffer the deliveries to the room that are not in `received`; return their numbers."""
        since = self._turn.since(backfill.participant, backfill.room)
        numbers = self._turn.by_room.get(backfill.room, ())
        new = [n for n in numbers if since <= n < end and n not in received]
        received.update(new)
        backfill.buffer(self._turn.deliveries.deliveries[number] for number in new)
        return set(new)

    def _in_order(self, who: Participant, numbers: list[int]) -> bytes:
        """Return deliveries `numbers` to `who`, up to the first answer that is still pending."""
        answers = self._turn.answers.get(who)
        if answers is None and who not in self._awaited:
            return self._view(numbers, who)
        parts: list[PendingAnswer] = []
        start = 0
        for number, answer in answers or ():
            stop = bisect_left(numbers, number)
            parts += (PendingAnswer(self._view(numbers[start:stop], who)), answer)
            start = stop
        parts.append(PendingAnswer(self._view(numbers[start:], who)))
        return self._awaited.take(who, parts)

    def _shared_views(self) -> Iterator[tuple[Iterator[Send], Iterator[Participant], bytes, Room]]:
        """Yield what the members of each room share, and the members.

        All of it is computed before anything is written: a write may change it.
        """
        others: defaultdict[Room, set[Participant]] = defaultdict(set)
        for who in self._turn.personal:
            for room in self._turn.rooms_of(who):
                others[room].add(who)
        for room, numbers in self._turn.by_room.items():
            others[room].update(self._backfills.by_room(room))
            for group in recipients_of(room):
                view = self._turn.deliveries.view(numbers, group.dialect, None)
                some = others[room]
                yield group.sends_except(some), group.participants_except(some), view, room

    def _view(self, numbers: list[int], who: Participant) -> bytes:
        return self._turn.deliveries.view(numbers, who.listener.dialect, who)


def _guarded(who: Participant, act: Callable[[], None]) -> None:
    """Call `act`; if that raises, `who` fails, and no other participant."""
    try:
        act()
    except Exception:
        who.listener.fail()
