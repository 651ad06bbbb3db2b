"""The order of a server that shares it with others: its events go to the log, and come back.

What comes back is settled by the journal of this server, in the order of the log, its own events
and those of others alike. So the journals of all servers are the same, and whatever a guest is
told has been settled as everybody else hears it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import partial
from itertools import groupby
from typing import Protocol

from netchat.chat.order import PendingEvent
from netchat.chat.room import Participant
from netchat.cluster.batch import Batch, Settled, refused
from netchat.cluster.entries import Item, UnknownEntryError, decode, encode, is_shared
from netchat.cluster.guest_lines import reader_of
from netchat.journal.interface import Journal
from netchat.log.interface import Entry, Log, LogError
from netchat.model.events import Event
from netchat.state.changes import SERVER, Change, Changed
from netchat.state.site_changes import Bury, Reach


class Site(Protocol):
    """What the order needs of the chat."""

    def number_of(self, who: Participant) -> int:
        """Return the number of the guest `who` of this server; 0: they are none."""

    def hear(self, incarnation: int, items: Sequence[Item]) -> None:
        """Apply what the server of `incarnation` has caused, which is settled."""

    def heard(self, incarnation: int, position: int) -> None:
        """Called when the entry of `incarnation` at `position` is heard: it is alive."""

    def passed(self, entry: Entry, items: Sequence[Item]) -> None:
        """Called when `entry`, with these `items`, is in the journal."""

    def ended(self, why: str) -> None:
        """Stop: this server can take no further part in the site; `why` is a sentence."""


class SiteOrder:
    """Puts events into `log` and settles what comes back by `journal`; it follows the log.

    `site` is set before it is used.
    """

    site: Site

    def __init__(self, journal: Journal, log: Log) -> None:
        self._journal = journal
        self._log = log
        self._incarnation = 0
        self._batch = 0
        self._unheard: deque[Batch] = deque()
        """Own batches that are not heard, oldest first; those with a number were appended."""
        self.ended = False
        """Whether nothing more is heard or appended."""
        self.closing = False
        """Whether this server has buried itself."""

    @property
    def trouble(self) -> str:
        """That of the log, or of the journal."""
        return self._log.trouble or self._journal.trouble

    def close(self, closed: Callable[[], None]) -> None:
        """Bury this server, and close the log."""
        gone = Change(Bury(self._incarnation), SERVER, 0)
        self.bury(self._incarnation, gone, None)
        self.closing = True
        self._log.close(closed)

    def start(self, incarnation: int) -> None:
        """Follow the log, as the server of this `incarnation`."""
        self._incarnation = incarnation
        self._log.follow(self)

    def parts(self, batch: Sequence[PendingEvent]) -> Iterable[Sequence[PendingEvent]]:
        """Yield private lines between guests for themselves, those for one server together."""
        for _, part in groupby(batch, lambda one: reader_of(one.event)):
            yield tuple(part)

    def append(self, batch: Sequence[PendingEvent], settled: Settled) -> None:
        """Append the events that others hear to the log; the rest keeps its place behind them."""
        if self.ended:
            # What has no answer yet may never get one, and is not waited for.
            self._refuse(Batch(0, batch, settled))
            return
        items = [
            Item(self.site.number_of(one.by), one.event) for one in batch if is_shared(one.event)
        ]
        number = 0
        if items:
            number = self._next()
        elif self._may_pass(batch):
            self._settle(Batch(0, batch, settled))
            return
        self._unheard.append(Batch(number, batch, settled))
        if items:
            self._log.append(number, encode(items))

    def speakers(self, batches: Collection[int]) -> set[Participant]:
        """Return the guests who wait for what is in these own `batches`."""
        return {
            one.by for batch in self._unheard if batch.number in batches for one in batch.pending
        }

    def settle_free(self) -> None:
        """Settle what others do not hear, and what waits for what other guests are in doubt of."""
        waiting, self._unheard = self._unheard, deque()
        for batch in waiting:
            if not batch.number and self._may_pass(batch.pending):
                self._settle(batch)
            else:
                self._unheard.append(batch)

    def beat(self) -> None:
        """Append an entry without events: this server is alive."""
        self._append_own([], self._log.append)

    def bury(self, incarnation: int, event: Event, after: int | None) -> None:
        """Append `event`, which buries `incarnation` unless it has spoken behind `after`."""
        self._append_own(
            [Item(0, event)],
            lambda number, payload: self._log.bury(incarnation, number, payload, after),
        )

    def heard(self, entries: Sequence[Entry]) -> None:
        """Settle what is next in the log."""
        try:
            for entry in entries:
                if self.ended:
                    return
                self._hear_next(entry)
        except Exception:
            self.fail()
            raise

    def fail(self) -> None:
        """End: the guests of this server would be told something else than those of others."""
        self.end(
            "This server failed to take what the others have heard; report the logged traceback."
        )

    def refused(self, batch: int, why: str) -> None:
        """Refuse what was in an own `batch`, unless that is done.

        It may not be known yet what has become of those before it: they keep their place.
        """
        own = next((one for one in self._unheard if one.number == batch), None)
        if own is not None:
            self._unheard.remove(own)
            self._refuse(own)
            self._settle_local()

    def buried(self) -> None:
        """End: others have taken this server for dead, unless it is about to close."""
        if not self.closing:
            self.end("The other servers have not heard of this one for too long; start it again.")

    def failed(self, error: LogError) -> None:
        """End: the log is not what it was."""
        self.end(str(error))

    def _next(self) -> int:
        self._batch += 1
        return self._batch

    def _may_pass(self, batch: Sequence[PendingEvent]) -> bool:
        """Return whether `batch`, which others do not hear, need not wait for the unheard ones.

        It keeps its place behind them; but while the log cannot be reached, guests who wait for
        nothing that is in doubt go on reading.
        """
        if not self._unheard or not self._log.trouble:
            return not self._unheard
        those = {one.by for one in batch}
        return not any(one.by in those for other in self._unheard for one in other.pending)

    def _append_own(self, items: Sequence[Item], append: Callable[[int, bytes], None]) -> None:
        number = self._next()
        self._unheard.append(Batch(number, (), lambda _: None))
        append(number, encode(items))

    def _hear_next(self, entry: Entry) -> None:
        self.site.heard(entry.incarnation, entry.position)
        if entry.incarnation == self._incarnation:
            self._hear_own(entry)
        else:
            self._hear(entry, self._decode(entry))

    def _hear_own(self, entry: Entry) -> None:
        self._settle_before(entry.batch)
        own = self._unheard.popleft()
        items = self._decode(entry)
        if own.pending:
            self._take(entry, items, own.events(items), own.settled)
        else:
            # The server's own: a sign of life, or a burial.
            self._hear(entry, items)
        self._settle_local()

    def _decode(self, entry: Entry) -> Sequence[Item]:
        try:
            return decode(entry.payload)
        except UnknownEntryError as error:
            self.end(str(error))
            return []

    def _hear(self, entry: Entry, items: Sequence[Item]) -> None:
        def settled(events: Sequence[Event]) -> None:
            self.site.hear(
                entry.incarnation,
                [Item(item.number, event) for item, event in zip(items, events, strict=True)],
            )

        self._take(entry, items, [item.event for item in items], settled)

    def _take(
        self, entry: Entry, items: Sequence[Item], events: Sequence[Event], settled: Settled
    ) -> None:
        """Settle `events` by the journal, together with how far it has taken the log."""
        if self.ended:
            return
        reach = Change(Reach(entry.position, entry.incarnation, entry.batch), SERVER, 0)
        passed = partial(self.site.passed, entry, items)
        self._journal.append([*events, reach], partial(self._taken, settled, passed))

    def _taken(
        self, settled: Settled, passed: Callable[[], None], results: Sequence[Event]
    ) -> None:
        if self.ended:
            return
        if not isinstance(results[-1], Changed):
            # From here on this journal would differ from those of the other servers.
            self.end("This server cannot store what the others have heard; free its disk.")
            return
        settled(results[:-1])
        passed()

    def _settle_before(self, batch: int) -> None:
        """Settle what comes before the own `batch`: of that, nothing is in the log."""
        while self._unheard[0].number != batch:
            before = self._unheard.popleft()
            if before.number:
                self._refuse(before)
            else:
                self._settle(before)

    def _settle_local(self) -> None:
        """Settle what others do not hear, up to the next batch that they do."""
        while self._unheard and not self._unheard[0].number:
            self._settle(self._unheard.popleft())

    def _refuse(self, batch: Batch) -> None:
        """Refuse `batch`, behind what the journal settles."""
        results = [*map(refused, batch.events())]
        self._journal.append([], lambda _: batch.settled(results))

    def _settle(self, batch: Batch) -> None:
        """Settle a batch that the others do not hear, behind what the journal settles."""
        self._journal.append(batch.events(), batch.settled)

    def end(self, why: str) -> None:
        """Take no further part, because of `why`."""
        if not self.ended:
            self.ended = True
            self.site.ended(why)
