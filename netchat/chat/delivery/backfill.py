"""One participant's backfill of one room: the lines missed, then live delivery without a gap.

Lines are read from the journal a page at a time, as fast as the client takes them. What happens in
the room meanwhile is buffered with its position between the lines, except what others say: that
can be read from the journal too, so a client that missed a million lines costs no more memory than
one that missed ten. Only while a page is read are others' lines buffered as well: behind the last
page they are the rest, and the participant goes live, even in a room that never falls silent.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator

from netchat.chat.delivery.rendering import Delivery
from netchat.chat.room import Participant, Room
from netchat.journal.interface import Page, Span
from netchat.model.events import Event, Gap, Past, Renamed, Said, SaidLines


class Backfill:
    """The lines of `room` after id `after`, for `participant`."""

    __slots__ = (
        "_buffered",
        "_others",
        "_page",
        "_reading_until",
        "_repeated",
        "participant",
        "renames",
        "room",
        "sent",
        "until",
    )

    def __init__(self, participant: Participant, room: Room, after: int) -> None:
        self.participant = participant
        self.room = room
        self.sent = after
        """The last id that the participant was sent."""
        self.until = room.last
        """The last id that was published in the room."""
        self.renames = False
        """Whether a rename was buffered."""
        self._repeated: dict[int, Delivery] = {}
        """Lines that the participant said again, by id; sent in their place, with their nonce."""
        self._buffered: deque[tuple[int, Delivery]] = deque()
        """Deliveries, each with the id of the line that it follows; a line with its own id."""
        self._others = 0
        """The number of lines of others that are buffered."""
        self._page: Page | None = None
        self._reading_until = 0
        """The last id of the page that is being read; 0: none is."""

    @property
    def is_reading(self) -> bool:
        """Whether a page is being read: until it comes, what others say is buffered."""
        return bool(self._reading_until)

    @property
    def done(self) -> bool:
        """Whether everything was sent."""
        return self.sent >= self.until

    @property
    def buffered(self) -> int:
        """The number of deliveries buffered that cannot be read from the journal."""
        return len(self._buffered) - self._others

    def buffer(self, deliveries: Iterable[Delivery]) -> None:
        """Buffer what was published in the room, unless it can be read from the journal."""
        for delivery in deliveries:
            said = delivery.event
            if not isinstance(said, Said | SaidLines):
                self.renames = self.renames or isinstance(said, Renamed)
                self._buffered.append((self.until, delivery))
                continue
            self.until = said.last
            is_own = delivery.by is self.participant
            if is_own or self._reading_until:
                lines = [*said.each()] if isinstance(said, SaidLines) else [said]
                self._buffered.extend((line.id, Delivery(line, delivery.by)) for line in lines)
                self._others += 0 if is_own else len(lines)

    def acknowledge(self, id: int, delivery: Delivery) -> bool:
        """Send line `id` as `delivery`, which has its nonce; False: it was sent already."""
        if id > self.sent:
            self._repeated[id] = delivery
        return id > self.sent

    def look_up(self, limit: int) -> Span:
        """Return the span of the next page, of at most `limit` lines, which is now being read."""
        self._reading_until = self.until
        return Span(self.sent, self.until, limit)

    def add_page(self, page: Page) -> None:
        """Take the page that was read."""
        self._page = page

    def take(self) -> Iterator[Delivery]:
        """Yield what can be sent now, in order; nothing while a page is being read."""
        page, self._page = self._page, None
        if page is None:
            return
        past: list[Said | Gap] = []
        for item in page.lines:
            for delivery in self._before(item):
                yield from self._past(past)
                yield delivery
            self.sent = item.last
            # A line that was said again may no longer be kept, and so be within a gap.
            repeated = [id for id in self._repeated if id <= item.last] if self._repeated else []
            if isinstance(item, Gap) or not (repeated or self._is_buffered(item)):
                past.append(item)
            if repeated:
                yield from self._past(past)
                yield from map(self._repeated.pop, repeated)
        yield from self._past(past)
        if self.sent >= self._reading_until:
            yield from self._rest()
        elif self._others:
            self._buffered = deque(filter(self._must_stay, self._buffered))
        self._reading_until = self._others = 0

    def own_events(self) -> list[Event]:
        """Return the events that the participant caused and was not sent yet."""
        own = [delivery.event for _, delivery in self._buffered if delivery.by is self.participant]
        return [*(delivery.event for delivery in self._repeated.values()), *own]

    def _rest(self) -> Iterator[Delivery]:
        """Yield all that is buffered: nothing is missing between it and what was sent."""
        self.sent = self.until
        while self._buffered:
            id, delivery = self._buffered.popleft()
            yield self._repeated.pop(id, delivery) if isinstance(delivery.event, Said) else delivery

    def _must_stay(self, buffered: tuple[int, Delivery]) -> bool:
        """Whether what is `buffered` cannot be read from the journal."""
        _, delivery = buffered
        return delivery.by is self.participant or not isinstance(delivery.event, Said)

    def _before(self, item: Said | Gap) -> Iterator[Delivery]:
        """Yield what is buffered for a position before `item`."""
        first = item.first if isinstance(item, Gap) else item.id
        while self._buffered and self._buffered[0][0] < first:
            yield self._buffered.popleft()[1]

    def _is_buffered(self, item: Said | Gap) -> bool:
        """Whether `item` is the participant's own line, which is sent with its nonce."""
        if not (self._buffered and isinstance(item, Said)):
            return False
        position, delivery = self._buffered[0]
        return isinstance(delivery.event, Said) and position == item.id

    def _past(self, lines: list[Said | Gap]) -> Iterator[Delivery]:
        if lines:
            yield Delivery(Past(self.room.name, tuple(lines), asked=False), None)
            lines.clear()
