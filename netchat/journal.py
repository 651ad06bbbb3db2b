"""Where the order is made: what was said gets its number here, and is kept.

The interface is asynchronous, ordered and batched, so that a database or a cluster's stream can
stand behind it: batches are settled in the order in which they were appended, and only what is
settled may be heard, because what anyone has seen must never be lost. Presence takes the same road
as what is said; that is why it can never overtake it.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import islice
from typing import Protocol

from netchat.events import Event, Joined, Said


class Journal(Protocol):
    """What the chat needs of a journal. Nothing blocks; a call may answer before it returns."""

    def append(self, batch: Sequence[Event], settled: Callable[[Sequence[Event]], None]) -> None:
        """Put `batch` behind all that was appended before, and call `settled` with it, once.

        On settling each Said has its `id` (in its room strictly +1), each Joined its `last`; any
        other event comes back as it went in.
        """

    def read(
        self, room: str, up_to: int, limit: int, found: Callable[[Sequence[Said]], None]
    ) -> None:
        """Call `found` with the last `limit` lines of `room` up to id `up_to`, oldest first."""


class MemoryJournal:
    """A journal that lasts as long as the process, and keeps the newest `keep` lines of a room."""

    def __init__(self, keep: int = 10_000) -> None:
        self._last: dict[str, int] = {}
        self._lines: defaultdict[str, deque[Said]] = defaultdict(lambda: deque(maxlen=keep))

    def append(self, batch: Sequence[Event], settled: Callable[[Sequence[Event]], None]) -> None:
        """Settle at once: memory is as durable as it gets."""
        settled([self._settle(event) for event in batch])

    def read(
        self, room: str, up_to: int, limit: int, found: Callable[[Sequence[Said]], None]
    ) -> None:
        """Answer at once; the cost is that of the lines passed over and returned."""
        kept: Sequence[Said] | deque[Said] = self._lines.get(room, ())
        newest_first = (line for line in reversed(kept) if line.id <= up_to)
        found(list(islice(newest_first, limit))[::-1])

    def _settle(self, event: Event) -> Event:
        if isinstance(event, Said):
            return self._keep(event)
        if isinstance(event, Joined):
            return replace(event, last=self._last.get(event.room, 0))
        return event

    def _keep(self, event: Said) -> Said:
        number = self._last[event.room] = self._last.get(event.room, 0) + 1
        line = replace(event, id=number)
        self._lines[event.room].append(line)
        return line
