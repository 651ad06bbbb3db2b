"""A journal that measures another one: a few calls for each batch, and none for a line."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Protocol

from netchat.model.events import Event, Refused, Said, SaidLines, Told, TopicSet
from netchat.state.changes import Change

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from netchat.journal.interface import (
        AuditPage,
        Journal,
        KnownRoom,
        LogPlace,
        PrivatePage,
        PrivateQuery,
        Reply,
        Span,
        UnreadableError,
    )
    from netchat.state.record import Record

_STORED = frozenset((Said, SaidLines, TopicSet, Told, Change))


class Histogram(Protocol):
    """Counts observed values, as `prometheus_client.Histogram` does."""

    def observe(self, amount: float) -> None:
        """Count `amount`."""


class MeasuredJournal:
    """Passes everything on to `journal`; `seconds` is a clock that is never set.

    `append_seconds` gets the time from an append with something to store to its result, and
    `turn_seconds` the time that it takes to apply and deliver one batch of results.
    """

    def __init__(
        self,
        journal: Journal,
        *,
        seconds: Callable[[], float],
        append_seconds: Histogram,
        turn_seconds: Histogram,
    ) -> None:
        self.unsettled = 0
        """The number of events that have been appended and not settled."""
        self.refusals: Counter[str] = Counter()
        """How many events the journal has refused, by the code of the refusal."""
        self._journal = journal
        self._seconds = seconds
        self._append_seconds = append_seconds
        self._turn_seconds = turn_seconds

    @property
    def id(self) -> str:
        """The identifier of the journal."""
        return self._journal.id

    @property
    def trouble(self) -> str:
        """Why nothing can be stored at present, as a sentence; "" if lines can be stored."""
        return self._journal.trouble

    def acquire_lock(self) -> None:
        """Lock the journal for this server; JournalError if it is in use."""
        self._journal.acquire_lock()

    def open(self) -> Sequence[KnownRoom]:
        """Open the journal and return its rooms; JournalError if it cannot be opened."""
        return self._journal.open()

    def take_id(self, id: str) -> None:
        """Let the journal have this `id`."""
        self._journal.take_id(id)

    def records(self) -> Sequence[Record]:
        """Return the records of the chat's state as they were when the journal was opened."""
        return self._journal.records()

    def ping(self, answered: Callable[[], None]) -> None:
        """Call `answered` once all that was given to the journal's threads before has been done."""
        self._journal.ping(answered)

    def close(self, closed: Callable[[], None]) -> None:
        """Close, once everything appended has settled."""
        self._journal.close(closed)

    def append(self, batch: Sequence[Event], settled: Callable[[Sequence[Event]], None]) -> None:
        """Append `batch`, and measure how long it takes to store and to deliver it."""
        began = self._seconds()
        stored = not _STORED.isdisjoint(map(type, batch))
        self.unsettled += len(batch)

        def deliver(events: Sequence[Event]) -> None:
            self.unsettled -= len(batch)
            arrived = self._seconds()
            if stored:
                self._append_seconds.observe(arrived - began)
            if Refused in set(map(type, events)):
                self.refusals.update(event.code for event in events if isinstance(event, Refused))
            try:
                settled(events)
            finally:
                self._turn_seconds.observe(self._seconds() - arrived)

        self._journal.append(batch, deliver)

    def read(self, room: str, span: Span, found: Reply) -> None:
        """Call `found` with the lines of `room` in `span`."""
        self._journal.read(room, span, found)

    def search(self, room: str, words: str, span: Span, found: Reply) -> None:
        """Call `found` with the lines of `room` in `span` that contain all of the `words`."""
        self._journal.search(room, words, span, found)

    def audit(
        self, before: int, limit: int, found: Callable[[AuditPage | UnreadableError], None]
    ) -> None:
        """Call `found` with the last `limit` entries of the audit with numbers below `before`."""
        self._journal.audit(before, limit, found)

    def log_places(self, found: Callable[[Sequence[LogPlace] | UnreadableError], None]) -> None:
        """Call `found` with the places of deleted lines in the log."""
        self._journal.log_places(found)

    def private_counts(self) -> Mapping[int, int]:
        """Return the last id of each account's private lines as of when the journal was opened."""
        return self._journal.private_counts()

    def read_private(
        self, query: PrivateQuery, found: Callable[[PrivatePage | UnreadableError], None]
    ) -> None:
        """Call `found` with the private lines that `query` asks for."""
        self._journal.read_private(query, found)
