"""What a guest has still to hear of a room's past, before he hears the room live.

The past is read from the journal a page at a time, as fast as the guest takes it. What happens in
the room meanwhile is held, with its place between the lines; but what others say is not, because it
can be read from the journal as well, so a guest who is a million lines behind costs no more memory
than one who is ten behind. Only what they say while a page is looked up is held: behind the last
page it is the rest, and the guest goes over to hearing the room live, though it never falls silent.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator

from netchat.chat.delivery.rendering import Delivery
from netchat.chat.room import Participant, Room
from netchat.journal.interface import Page, Span
from netchat.model.events import Event, Gap, Past, Renamed, Said, SaidLines


class Backfill:
    """The past of `room` for `participant`: the lines after id `after`."""

    __slots__ = (
        "_again",
        "_held",
        "_looked_up",
        "_others",
        "_page",
        "participant",
        "renames",
        "room",
        "told",
        "until",
    )

    def __init__(self, participant: Participant, room: Room, after: int) -> None:
        self.participant = participant
        self.room = room
        self.told = after
        """The last id that the guest has been told."""
        self.until = room.last
        """The last id that has been heard in the room."""
        self.renames = False
        """Whether a new name has been among what was held."""
        self._again: dict[int, Delivery] = {}
        self._held: deque[tuple[int, Delivery]] = deque()
        self._others = 0
        """How many lines of others are held."""
        self._page: Page | None = None
        self._looked_up = 0
        """The last id of the page that is looked up now; 0 if none is."""

    @property
    def is_looked_up(self) -> bool:
        """Whether a page of it is looked up now: what others say is held until it comes."""
        return bool(self._looked_up)

    @property
    def done(self) -> bool:
        """Whether everything has been told."""
        return self.told >= self.until

    @property
    def held(self) -> int:
        """How much is held that cannot be read from the journal."""
        return len(self._held) - self._others

    def hold(self, deliveries: Iterable[Delivery]) -> None:
        """Keep what is heard in the room for its place behind the past, or find it there again."""
        for delivery in deliveries:
            said = delivery.event
            if not isinstance(said, Said | SaidLines):
                self.renames = self.renames or isinstance(said, Renamed)
                self._held.append((self.until, delivery))
                continue
            self.until = said.last
            is_own = delivery.by is self.participant
            if is_own or self._looked_up:
                lines = [*said.each()] if isinstance(said, SaidLines) else [said]
                self._held.extend((line.id, Delivery(line, delivery.by)) for line in lines)
                self._others += 0 if is_own else len(lines)

    def acknowledge(self, id: int, delivery: Delivery) -> bool:
        """Tell line `id` as `delivery`, which has its nonce; return whether it is still to be
        told."""
        if id > self.told:
            self._again[id] = delivery
        return id > self.told

    def look_up(self, limit: int) -> Span:
        """Return the next page of the past, of at most `limit` lines, which is looked up now."""
        self._looked_up = self.until
        return Span(self.told, self.until, limit)

    def turn(self, page: Page) -> None:
        """Take the next page of the past."""
        self._page = page

    def take(self) -> Iterator[Delivery]:
        """Yield what can be told now, in order; nothing as long as no page has come."""
        page, self._page = self._page, None
        if page is None:
            return
        past: list[Said | Gap] = []
        for item in page.lines:
            for delivery in self._before(item):
                yield from self._past(past)
                yield delivery
            self.told = item.last
            # Of what is said again, a line may be no longer kept, and so within a gap.
            again = [id for id in self._again if id <= item.last] if self._again else []
            if isinstance(item, Gap) or not (again or self._is_held(item)):
                past.append(item)
            if again:
                yield from self._past(past)
                yield from map(self._again.pop, again)
        yield from self._past(past)
        if self.told >= self._looked_up:
            yield from self._rest()
        elif self._others:
            self._held = deque(filter(self._is_kept, self._held))
        self._looked_up = self._others = 0

    def own(self) -> list[Event]:
        """Return what the guest has caused himself and has not been told of."""
        own = [delivery.event for _, delivery in self._held if delivery.by is self.participant]
        return [*(delivery.event for delivery in self._again.values()), *own]

    def _rest(self) -> Iterator[Delivery]:
        """Yield all that is held: nothing is between it and what has been told."""
        self.told = self.until
        while self._held:
            id, delivery = self._held.popleft()
            yield self._again.pop(id, delivery) if isinstance(delivery.event, Said) else delivery

    def _is_kept(self, held: tuple[int, Delivery]) -> bool:
        """Whether what is `held` cannot be read from the journal."""
        _, delivery = held
        return delivery.by is self.participant or not isinstance(delivery.event, Said)

    def _before(self, item: Said | Gap) -> Iterator[Delivery]:
        """Yield what is held for a place before `item`."""
        first = item.first if isinstance(item, Gap) else item.id
        while self._held and self._held[0][0] < first:
            yield self._held.popleft()[1]

    def _is_held(self, item: Said | Gap) -> bool:
        """Whether `item` is the guest's own, which is told with its nonce."""
        if not (self._held and isinstance(item, Said)):
            return False
        position, delivery = self._held[0]
        return isinstance(delivery.event, Said) and position == item.id

    def _past(self, lines: list[Said | Gap]) -> Iterator[Delivery]:
        if lines:
            yield Delivery(Past(self.room.name, tuple(lines), asked=False), None)
            lines.clear()
