"""When records come to their end: the next ones are found without looking at all."""

from __future__ import annotations

from collections.abc import Iterator
from heapq import heappop, heappush

from netchat.state.records import Record


class Expiries:
    """The ends of records, the earliest first. An end that is out of date does no harm.

    Who takes one asks for its `Expire`, which is refused if the record has another end by then.
    """

    def __init__(self) -> None:
        self._heap: list[tuple[float, str, str]] = []

    @property
    def next(self) -> float | None:
        """The time of the next end; None: there is none."""
        return self._heap[0][0] if self._heap else None

    def add(self, record: Record) -> None:
        """Record when `record` ends, if it does."""
        until = getattr(record, "until", 0)
        if until:
            heappush(self._heap, (until, record.kind, record.key))

    def take(self, now: float) -> Iterator[tuple[str, str]]:
        """Yield the kinds and keys of the records that have come to their end by `now`, once."""
        while self._heap and self._heap[0][0] <= now:
            _, kind, key = heappop(self._heap)
            yield kind, key
