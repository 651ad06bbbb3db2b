"""The one order: what is submitted in a turn goes to the journal as one batch, and is applied in
the order in which it comes back.

Applying an event may submit or drain again: a connection dies inside a write, and its participant
leaves. Only the outermost call drains the queue; else others would see `Left` before the `Said`
that caused it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence

from msgspec import Struct

from netchat.chat.room import Participant
from netchat.journal.interface import Journal
from netchat.model.events import Event

MAX_IN_FLIGHT = 256
"""The weight of unsettled requests from which on a participant's input is not read.

It is read again at half of that.
"""
LOOKUP_WEIGHT = MAX_IN_FLIGHT // 2
"""The weight of a request that needs a lookup: after two of them input is not read."""
MAX_EVENTS_PER_DRAIN = 4096
"""How many events are applied in a turn."""


class PendingEvent(Struct, eq=False):
    """An event that the journal has not settled, with the participants that it concerns."""

    event: Event
    by: Participant
    recipient: Participant | None
    """The other participant of a private event."""
    weight: int
    """The number of lines in it, or LOOKUP_WEIGHT."""


class Sequencer:
    """Takes events to `journal` and back: `apply` is called with each, in order.

    `later` calls a function when the turn is over; `flush` is called when all that has come back is
    applied.
    """

    def __init__(
        self,
        journal: Journal,
        *,
        later: Callable[[Callable[[], None]], object],
        apply: Callable[[PendingEvent], None],
        flush: Callable[[], None],
    ) -> None:
        self._journal = journal
        self._later = later
        self._apply = apply
        self._flush = flush
        self._submitted: list[PendingEvent] = []
        self._settled: deque[PendingEvent] = deque()
        self._draining = False

    def submit(self, pending: PendingEvent) -> None:
        """Put `pending` behind all that was submitted before."""
        self._submitted.append(pending)
        self.charge(pending.by, pending.weight)
        if len(self._submitted) == 1:
            self._later(self._end_turn)

    def charge(self, participant: Participant, weight: int) -> None:
        """Add `weight` to what `participant` has in flight; pause its input at MAX_IN_FLIGHT."""
        before, participant.in_flight = participant.in_flight, participant.in_flight + weight
        if before < MAX_IN_FLIGHT <= participant.in_flight:
            participant.listener.pause_reading()

    def credit(self, participant: Participant, weight: int) -> None:
        """Subtract `weight`, which is settled; resume input at half of MAX_IN_FLIGHT."""
        before, participant.in_flight = participant.in_flight, participant.in_flight - weight
        if participant.in_flight <= MAX_IN_FLIGHT // 2 < before:
            participant.listener.resume_reading()

    def drain(self) -> None:
        """Apply what has come back, and flush; does nothing if that is being done already.

        At most MAX_EVENTS_PER_DRAIN events are applied; the rest has another turn (when hundreds
        leave who are in a hundred rooms each).
        """
        if self._draining:
            return
        self._draining = True
        try:
            self._flush()
            budget = MAX_EVENTS_PER_DRAIN
            while self._settled and budget:
                while self._settled and budget:
                    budget -= 1
                    self._apply_one(self._settled.popleft())
                self._flush()
            if self._settled:
                self._later(self.drain)
        finally:
            self._draining = False

    def _end_turn(self) -> None:
        batch, self._submitted = self._submitted, []

        def settled(events: Sequence[Event]) -> None:
            for pending, event in zip(batch, events, strict=True):
                pending.event = event
            self._settled.extend(batch)
            self.drain()

        self._journal.append([pending.event for pending in batch], settled)

    def _apply_one(self, pending: PendingEvent) -> None:
        """Apply `pending`; a bug met there ends the participant who caused it, nobody else."""
        by = pending.by
        try:
            self.credit(by, pending.weight)
            self._apply(pending)
        except Exception:
            by.listener.fail()
