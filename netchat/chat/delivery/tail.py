"""What happened last in a room, in memory, while members of it have a backfill in progress."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection
from itertools import islice

from netchat.chat.delivery.deletions import without_texts
from netchat.model.events import Event, Said, SaidLines, TopicSet
from netchat.model.notices import Deleted

MAX_BYTES = 256 * 1024
"""About how much a tail holds; the oldest events go first."""
_KEPT = Said | SaidLines | TopicSet | Deleted
"""What can be understood if other events are missing."""
_EVENT = 100
"""Bytes that an event or a line costs beside its text, roughly."""


class Tail:
    """The newest events of a room in order, numbered from 0: its lines after id `after`, and all
    else as far as MAX_BYTES allow.
    """

    __slots__ = ("_dropped_topic", "_events", "_size", "_start", "after", "complete_from")

    def __init__(self, after: int) -> None:
        self.after = after
        self.complete_from = 0
        """The number from which on nothing is missing that the journal does not have."""
        self._start = 0
        self._events: deque[Event] = deque()
        self._dropped_topic: TopicSet | None = None
        self._size = 0

    @property
    def end(self) -> int:
        """The number that the next event gets."""
        return self._start + len(self._events)

    def add(self, event: Event) -> None:
        """Append `event`; a line has the ids that follow the last."""
        self._events.append(event)
        self._size += _size_of(event)
        while self._size > MAX_BYTES:
            self._drop(self._events.popleft())

    def delete(self, room: str, ids: Collection[int]) -> None:
        """Take the texts of the lines `ids` out of what is kept; the tail is that of `room`."""
        for number, event in enumerate(self._events):
            without = without_texts(event, room, ids)
            if without is not event:
                self._size += _size_of(without) - _size_of(event)
                self._events[number] = without

    def since(self, number: int) -> list[Event]:
        """Return what is kept of the events from `number` on."""
        return [*islice(self._events, max(0, number - self._start), None)]

    def lines_since(self, number: int) -> list[Event]:
        """Return what is kept from `number` on, without joins, leaves and renames.

        These cannot be understood if some are missing. The last topic that was set is included.
        """
        kept: list[Event] = [some for some in self.since(number) if isinstance(some, _KEPT)]
        if number < self.complete_from and self._dropped_topic is not None:
            return [self._dropped_topic, *kept]
        return kept

    def _drop(self, event: Event) -> None:
        self._start += 1
        self._size -= _size_of(event)
        if isinstance(event, Said | SaidLines):
            self.after = event.last
            return
        self.complete_from = self._start
        if isinstance(event, TopicSet):
            self._dropped_topic = event


def _size_of(event: Event) -> int:
    match event:
        case SaidLines():
            return sum(len(text.encode()) + _EVENT for text in event.texts)
        case Said() | TopicSet():
            return len(event.text.encode()) + _EVENT
        case _:
            return _EVENT
