"""When records come to their end: the next ones are found without looking at all.

A record that is over counts no more, whether or not it has been removed already: each look-up
compares its end with the time (`is_over`), so that nothing lasts longer than it should because its
removal could not be stored.
"""

from __future__ import annotations

from collections.abc import Iterator
from heapq import heappop, heappush

from netchat.state.record import Record


def is_over(record: Record, now: float) -> bool:
    """Return whether `record` has an end, and has come to it by `now`."""
    until: float = getattr(record, "until", 0)
    return 0 < until <= now


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

    def postpone(self, kind: str, key: str, at: float) -> None:
        """Yield the record under `key`, whose end could not be stored, again from the time `at`."""
        heappush(self._heap, (at, kind, key))

    def take(self, now: float) -> Iterator[tuple[str, str]]:
        """Yield the kinds and keys of the records that have come to their end by `now`, once."""
        while self._heap and self._heap[0][0] <= now:
            _, kind, key = heappop(self._heap)
            yield kind, key
