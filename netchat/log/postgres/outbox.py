"""The batches of a server that are neither heard nor refused yet."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence

from netchat.log.interface import Entry
from netchat.log.postgres.session import Batch

MOST_BATCHES = 500
MOST_BYTES = 1 << 20
"""What one statement has at most, unless its first batch is larger."""


class Outbox:
    """Batches that wait, that are sent, that may be in the log, and that are in it unheard."""

    def __init__(self) -> None:
        self._waiting: deque[Batch] = deque()
        self.sent: Sequence[Batch] = ()
        self._appended: set[int] = set()
        self._doubtful: dict[int, str] = {}

    def __bool__(self) -> bool:
        return bool(self._waiting or self.sent or self._appended or self._doubtful)

    @property
    def doubtful(self) -> Sequence[int]:
        """Those of which it is not known whether they are in the log."""
        return list(self._doubtful)

    def add(self, batch: Batch) -> None:
        """Let `batch` wait."""
        self._waiting.append(batch)

    def send(self) -> Sequence[Batch]:
        """Return what goes in the next statement; a burial goes alone."""
        batches: list[Batch] = []
        size = 0
        while self._waiting and len(batches) < MOST_BATCHES:
            first = self._waiting[0]
            size += len(first.payload)
            if batches and (first.buries or size > MOST_BYTES):
                break
            batches.append(self._waiting.popleft())
            if first.buries:
                break
        self.sent = batches
        return batches

    def added(self) -> None:
        """Record that what was sent is in the log."""
        self._appended.update(batch.number for batch in self.sent)
        self.sent = ()

    def left(self, why: str) -> None:
        """Record that what was sent may not be in the log, and then `why`."""
        self._doubtful.update((batch.number, why) for batch in self.sent)
        self.sent = ()

    def heard(self, entries: Iterable[Entry], incarnation: int) -> None:
        """Forget the own ones among `entries`."""
        for entry in entries:
            if entry.incarnation == incarnation:
                self._appended.discard(entry.batch)
                self._doubtful.pop(entry.batch, None)

    def take_waiting(self) -> list[int]:
        """Forget what waits; return its numbers."""
        numbers = [batch.number for batch in self._waiting]
        self._waiting.clear()
        return numbers

    def take_doubtful(self) -> dict[int, str]:
        """Forget what is doubtful; return why each of it is not in the log."""
        doubtful, self._doubtful = self._doubtful, {}
        return doubtful
