"""The one order of events: a turn's go there as one batch, and are applied once settled.

Applying an event may submit or drain again: a connection is lost inside a write, and its
participant leaves. Only the outermost call drains the queue; otherwise the others would see `Left`
before the `Said` whose delivery caused it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence

from netchat.chat.order import Context, Order, PendingEvent
from netchat.chat.room import Participant
from netchat.model.events import Event, Joined, SaidLines
from netchat.state.changes import Change
from netchat.state.site_changes import Enter, TakeName

MAX_IN_FLIGHT = 256
"""Pause a participant's input when their unsettled requests have this weight.

It is read again at half of that. A lookup has all of this weight.
"""
MAX_EVENTS_PER_DRAIN = 4096
"""The maximum number of events applied in a turn."""


class Sequencer:
    """Takes events to `order` and back: `apply` is called with each, in order.

    `later` calls a function when the turn is over; `flush` is called when all that is settled is
    applied.
    """

    def __init__(
        self,
        order: Order,
        *,
        later: Callable[[Callable[[], None]], object],
        apply: Callable[[PendingEvent], None],
        flush: Callable[[], None],
    ) -> None:
        self._order = order
        self._later = later
        self._apply = apply
        self._flush = flush
        self._submitted: list[PendingEvent] = []
        self._settled: deque[PendingEvent] = deque()
        self._draining = False
        self._changes = 0
        """The number of changes of the state that are in flight."""
        self._settled_changes = 0
        """How many of these are settled, and applied once `_settled` is empty."""

    def submit(self, event: Event, by: Participant, context: Context) -> None:
        """Queue `event`, which `by` caused, behind all that was submitted before."""
        pending = PendingEvent(event, by, context, self._weight(event))
        self._submitted.append(pending)
        self._changes += isinstance(event, Change)
        if by.in_flight + pending.weight < MAX_IN_FLIGHT:
            by.in_flight += pending.weight
        else:
            self.charge(by, pending.weight)
        if len(self._submitted) == 1:
            self._later(self._end_turn)

    def hear(self, batch: Sequence[PendingEvent]) -> None:
        """Apply `batch`, which another server has caused, behind all that was settled before."""
        self._settled.extend(batch)
        self.drain()

    def forget(self) -> None:
        """Do not apply what is settled by now: it would come behind what could not be applied."""
        self._settled.clear()

    def charge(self, participant: Participant, weight: int) -> None:
        """Add `weight` to what `participant` has in flight; pause their input at MAX_IN_FLIGHT."""
        before, participant.in_flight = participant.in_flight, participant.in_flight + weight
        if before < MAX_IN_FLIGHT <= participant.in_flight:
            participant.connection.pause_reading()

    def credit(self, participant: Participant, weight: int) -> None:
        """Subtract `weight`, which is settled; resume their input at half of MAX_IN_FLIGHT."""
        before, participant.in_flight = participant.in_flight, participant.in_flight - weight
        if participant.in_flight <= MAX_IN_FLIGHT // 2 < before:
            participant.connection.resume_reading()

    def drain(self) -> None:
        """Apply what is settled, and flush; do nothing if a call of this is running already.

        At most MAX_EVENTS_PER_DRAIN events are applied, and the rest in another turn: hundreds of
        participants may leave a hundred rooms each at once.
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
            else:
                self._changes -= self._settled_changes
                self._settled_changes = 0
        finally:
            self._draining = False

    def _end_turn(self) -> None:
        batch, self._submitted = self._submitted, []
        for part in self._order.parts(batch):
            self._append(part)

    def _append(self, batch: Sequence[PendingEvent]) -> None:
        # Most turns have many events, and no change.
        changes = sum(isinstance(x.event, Change) for x in batch) if self._changes else 0

        def settled(events: Sequence[Event]) -> None:
            for pending, event in zip(batch, events, strict=True):
                pending.event = event
            self._settled.extend(batch)
            self._settled_changes += changes
            self.drain()

        self._order.append(batch, settled)

    def _weight(self, event: Event) -> int:
        """Return what `event` adds to what its participant has in flight.

        A join that a change in flight may forbid pauses their input until it is settled: nothing
        must follow that they do in the room. So do a join and a name that other servers judge, too.
        """
        match event:
            case SaidLines():
                return len(event.texts)
            case Joined() if self._changes:
                return MAX_IN_FLIGHT
            case Change(what=Enter() | TakeName()):
                return MAX_IN_FLIGHT
        return 1

    def _apply_one(self, pending: PendingEvent) -> None:
        """Apply `pending`; if that raises, the participant who caused it fails, and no other."""
        by = pending.by
        try:
            if by.in_flight <= MAX_IN_FLIGHT // 2:
                by.in_flight -= pending.weight
            else:
                self.credit(by, pending.weight)
            self._apply(pending)
        except Exception:
            by.connection.fail()
