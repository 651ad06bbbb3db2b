"""Backfill: a new member of a room is sent its earlier lines, and goes live without a seam.

A backfill is a cursor, the last id that was sent. Pages come from the journal, as fast as the
client takes them, until the cursor reaches the lines that were said since the participant joined.
These come from the room's tail, with the joins, leaves, renames and topics between them, in the
order in which everybody else was sent them; from the same turn on the participant is an ordinary
recipient. Its input is paused meanwhile, so it does nothing in the room.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from netchat.chat.delivery.deletions import page_without_texts
from netchat.chat.delivery.lookups import LookupScheduler
from netchat.chat.delivery.tail import Tail
from netchat.chat.quiet import quiet_names
from netchat.chat.room import Participant, Room
from netchat.journal.interface import Page, Span, UnreadableError
from netchat.model.answers import Names
from netchat.model.disconnects import storage_failure
from netchat.model.events import Event, Gap, Past, Refused, Renamed

PAGE = 500
"""How many lines are read at once."""


@dataclass(frozen=True, slots=True)
class Start:
    """Where a backfill starts: behind id `after` or, if `newest`, with that many newest lines."""

    after: int = 0
    newest: int = 0


class Backfill:
    """A participant's backfill of one room; `sent` is the last id that they were sent, or have."""

    __slots__ = ("_asked", "_joined", "_newest", "_number", "_tail", "has_stale_names",
                 "participant", "resumes", "room", "sent")  # fmt: skip

    def __init__(self, who: Participant, room: Room, start: Start, tail: Tail) -> None:
        self.participant = who
        self.room = room
        self.resumes = not start.newest
        """Whether the client knows the last id that it has, and may get every line above it."""
        self.sent = start.after
        self.has_stale_names = False
        """Whether the participant is to be sent the names at the end of their last backfill."""
        self._newest = start.newest
        self._joined = room.last
        """The room's last id when the participant joined."""
        self._asked = 0
        """The last id of the span that was read last."""
        self._tail = tail
        self._number = tail.end
        """The number of the first event in the tail since the participant joined."""

    @property
    def is_read(self) -> bool:
        """Whether all lines that are still to be sent are in the tail."""
        return self.sent >= self._end

    @property
    def _end(self) -> int:
        return max(self._joined, self._tail.after)

    def next_span(self) -> Span:
        """Return what is to be read next."""
        if self._newest:
            self._asked = self._joined
            return Span(0, self._joined, self._newest, newest=True)
        self._asked = self._end
        return Span(self.sent, self._end, PAGE)

    def take(self, page: Page | UnreadableError) -> list[Event]:
        """Return what is to be sent of `page`, which was read."""
        newest, self._newest = self._newest, 0
        if isinstance(page, UnreadableError):
            # A person who joins has asked for no id: the refusal says what is missing.
            self.sent = self._end
            return [Refused("storage", str(page))]
        lines = page.lines
        if newest and lines and isinstance(lines[0], Gap) and not lines[0].damaged:
            # Nobody has asked for what is no longer kept before the newest lines.
            lines = lines[1:]
        self.sent = lines[-1].last if lines else self._asked
        return [Past(self.room.name, lines, asked=False)] if lines else []

    def rest(self) -> list[Event]:
        """Return what is in the tail: all that is still to be sent."""
        events = self._tail.since(self._number)
        if self._number < self._tail.complete_from or (
            # In another room somebody may have the old name by now.
            len(self.participant.confirmed_rooms) > 1
            and any(isinstance(event, Renamed) for event in events)
        ):
            self.has_stale_names = True
        return self._tail.lines_since(self._number) if self.has_stale_names else events


class Backfills:
    """All backfills in progress: of each participant one after the other.

    `drain` is called when a page has come, and leads to `write_pages`; `finished` when a backfill
    has come to its end.
    """

    def __init__(
        self,
        lookups: LookupScheduler,
        drain: Callable[[], None],
        finished: Callable[[Participant], None],
    ) -> None:
        self._lookups = lookups
        self._drain = drain
        self._finished = finished
        self._of: dict[Participant, deque[Backfill]] = {}
        self.pages: list[tuple[Backfill, Page | UnreadableError]] = []
        """The pages that have come and are not written yet."""

    def __len__(self) -> int:
        return len(self._of)

    def begin(self, who: Participant, room: Room, start: Start) -> None:
        """Send the lines of `room` from `start` on to `who`, who has just joined it, then live."""
        if room.tail is None:
            room.tail = Tail(room.last)
        room.backfilling[who] = None
        backfills = self._of.setdefault(who, deque())
        backfills.append(Backfill(who, room, start, room.tail))
        if len(backfills) == 1:
            self._read(backfills[0])

    def end(self, who: Participant, room: Room) -> list[Event]:
        """End the backfill of `room` for `who`, if there is one, and return what they are sent.

        They leave the room.
        """
        if who not in room.backfilling:
            return []
        events: list[Event] = []
        backfills = self._of.get(who)
        if backfills is not None:
            first = backfills[0]
            events = self._remove(next(some for some in backfills if some.room is room))
            if backfills and backfills[0] is not first:
                self._read(backfills[0])
        else:
            _leave_tail(who, room)
        self._finished(who)
        return events

    def abandon(self, who: Participant) -> None:
        """Send `who`, who is disconnecting, nothing more of any backfill."""
        self._of.pop(who, None)

    def delete(self, room: Room, ids: Collection[int]) -> None:
        """Take the texts of the lines `ids` of `room` out of the pages that have come."""
        self.pages = [
            (backfill, page_without_texts(page, ids))
            if backfill.room is room and isinstance(page, Page)
            else (backfill, page)
            for backfill, page in self.pages
        ]

    def overtaken_by_rename(self, rooms: Iterable[Room]) -> list[Participant]:
        """Return the participants to be sent a rename in `rooms` live; they get the names later.

        A rename belongs to several rooms, but is delivered once. In a participant's only room it
        keeps its place between the lines; in several, one backfilled after the other, it has none.
        """
        overtaken = [
            who for who in self._of
            if len(who.confirmed_rooms) > 1 and any(room in who.confirmed_rooms for room in rooms)
        ]  # fmt: skip
        for who in overtaken:
            self._of[who][0].has_stale_names = True
        return overtaken

    def write_pages(self) -> Iterator[tuple[Participant, list[Event]]]:
        """Yield what can be sent now, and to whom; nothing of this turn may be unsent."""
        pages, self.pages = self.pages, []
        for backfill, page in pages:
            if self._is_active(backfill):
                who = backfill.participant
                events = backfill.take(page)
                if backfill.is_read:
                    events += backfill.rest()
                    events += self._remove(backfill)
                    self._finished(who)
                yield who, events
                # Now that the page is in the send queue, the next one waits for it.
                if backfills := self._of.get(who):
                    who.connection.when_drained(partial(self._read, backfills[0]))

    def _remove(self, backfill: Backfill) -> list[Event]:
        """Remove `backfill`; return the names to be sent if it was the last one."""
        who = backfill.participant
        _leave_tail(who, backfill.room)
        backfills = self._of[who]
        backfills.remove(backfill)
        if not backfills:
            del self._of[who]
            rooms = who.confirmed_rooms if backfill.has_stale_names else ()
            return [Names(room.name, room.names, quiet=quiet_names(room)) for room in rooms]
        backfills[0].has_stale_names |= backfill.has_stale_names
        return []

    def _read(self, backfill: Backfill) -> None:
        if self._is_active(backfill):
            who, room = backfill.participant, backfill.room
            self._lookups.read(who, room, backfill.next_span, partial(self._found, backfill))

    def _found(self, backfill: Backfill, page: Page | UnreadableError) -> None:
        if not self._is_active(backfill):
            return
        if isinstance(page, UnreadableError) and backfill.resumes:
            # It stays the first, so nothing more is read until the closing ends it.
            backfill.participant.listener.unreadable(storage_failure(str(page)))
        else:
            self.pages.append((backfill, page))
        self._drain()

    def _is_active(self, backfill: Backfill) -> bool:
        backfills = self._of.get(backfill.participant)
        is_first = backfills is not None and backfills[0] is backfill
        return is_first and not backfill.participant.detached


def _leave_tail(who: Participant, room: Room) -> None:
    del room.backfilling[who]
    room.recipients = None
    if not room.backfilling:
        room.tail = None
