"""Backfill: a new member of a room is sent its earlier lines, and goes live without a seam.

A backfill is a cursor, the last id that was sent. Pages come from the journal, as fast as the
client takes them, until the cursor reaches the room's tail; the rest comes from there, and from
the same turn on the participant is an ordinary recipient. Joins, leaves, renames and topics reach
the participant live. Its input is paused meanwhile, so it does nothing in the room.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from netchat.chat.delivery.lookups import LookupScheduler
from netchat.chat.delivery.tail import Tail
from netchat.chat.room import Participant, Room
from netchat.journal.interface import Page, Span, UnreadableError
from netchat.model.disconnects import storage_failure
from netchat.model.events import Event, Past, Refused

PAGE = 500
"""How many lines are read at once."""


@dataclass(frozen=True, slots=True)
class Start:
    """Where a backfill starts: behind id `after` or, if `newest`, with that many newest lines."""

    after: int = 0
    newest: int = 0


class Backfill:
    """A participant's backfill of one room; `sent` is the last id that they were sent, or have."""

    __slots__ = ("_newest", "participant", "resumes", "room", "sent", "until")

    def __init__(self, participant: Participant, room: Room, start: Start) -> None:
        self.participant = participant
        self.room = room
        self.resumes = not start.newest
        """Whether the client knows the last id that it has, and may get every line above it."""
        self.sent = start.after if self.resumes else room.last
        self.until = 0
        """The last id of the span that was read last."""
        self._newest = start.newest

    def next_span(self) -> Span:
        """Return what is to be read next."""
        newest, self._newest = self._newest, 0
        if newest:
            # Not up to the last line of now: none that was said after the join may be left out.
            self.until = self.sent
            return Span(0, self.until, newest, newest=True)
        self.until = self.room.last
        return Span(self.sent, self.until, PAGE)


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
        room.recipients = None
        backfills = self._of.setdefault(who, deque())
        backfills.append(Backfill(who, room, start))
        if len(backfills) == 1:
            self._read(backfills[0])

    def end(self, who: Participant, room: Room) -> None:
        """End the backfill of `room` for `who`, if there is one: they leave the room."""
        if who not in room.backfilling:
            return
        _remove(who, room)
        backfills = self._of.get(who)
        if backfills is not None:
            first = backfills[0]
            kept = deque(some for some in backfills if some.room is not room)
            self._replace(who, kept)
            if kept and kept[0] is not first:
                self._read(kept[0])
        self._finished(who)

    def abandon(self, who: Participant) -> None:
        """Send `who`, who is disconnecting, nothing more of any backfill."""
        self._of.pop(who, None)

    def write_pages(self) -> Iterator[tuple[Participant, list[Event]]]:
        """Yield what can be sent now, and to whom; nothing of this turn may be unsent."""
        pages, self.pages = self.pages, []
        for backfill, page in pages:
            if self._is_active(backfill):
                who = backfill.participant
                yield who, self._events(backfill, page)
                # Now that the page is in the send queue, the next one waits for it.
                if backfills := self._of.get(who):
                    who.listener.when_drained(partial(self._read, backfills[0]))

    def _events(self, backfill: Backfill, page: Page | UnreadableError) -> list[Event]:
        who, room, tail = backfill.participant, backfill.room, backfill.room.tail
        assert tail is not None, "a room has a tail while it is backfilled"
        events: list[Event]
        if isinstance(page, UnreadableError):
            # A person who joins has asked for no id: the refusal says what is missing.
            events = [Refused("storage", str(page))]
            backfill.sent = max(backfill.sent, tail.after)
        elif page.lines:
            events, backfill.sent = [Past(room.name, page.lines, asked=False)], page.lines[-1].last
        else:
            events, backfill.sent = [], backfill.until
        if backfill.sent < tail.after:
            return events
        events += tail.lines_after(backfill.sent)
        _remove(who, room)
        backfills = self._of[who]
        backfills.popleft()
        self._replace(who, backfills)
        self._finished(who)
        return events

    def _replace(self, who: Participant, backfills: deque[Backfill]) -> None:
        if backfills:
            self._of[who] = backfills
        else:
            self._of.pop(who, None)

    def _read(self, backfill: Backfill) -> None:
        if self._is_active(backfill):
            who, room = backfill.participant, backfill.room
            self._lookups.read(who, room, backfill.next_span, partial(self._found, backfill))

    def _found(self, backfill: Backfill, page: Page | UnreadableError) -> None:
        if not self._is_active(backfill):
            return
        if isinstance(page, UnreadableError) and backfill.resumes:
            who = backfill.participant
            self.abandon(who)
            who.listener.unreadable(storage_failure(str(page)))
        else:
            self.pages.append((backfill, page))
        self._drain()

    def _is_active(self, backfill: Backfill) -> bool:
        backfills = self._of.get(backfill.participant)
        is_first = backfills is not None and backfills[0] is backfill
        return is_first and not backfill.participant.detached


def _remove(who: Participant, room: Room) -> None:
    del room.backfilling[who]
    room.recipients = None
    if not room.backfilling:
        room.tail = None
