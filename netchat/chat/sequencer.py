"""The one order of everything: what is asked in a turn goes to the journal as one batch, and is
heard in the order in which it comes back.

Hearing may make us hear again (a connection dies inside a write, and its guest leaves). Only the
outermost call works through the queue, or others would hear `Left` before the `Said` that caused
it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence

from msgspec import Struct

from netchat.chat.room import Participant
from netchat.journal.interface import Journal
from netchat.model.events import Event

MAX_IN_FLIGHT = 256
"""How much of what a guest has caused may be under way; until it is less, he is not listened to."""
QUESTION = MAX_IN_FLIGHT // 2
"""What a question weighs that is to be looked up: who has asked two is not listened to."""

MAX_EVENTS_PER_DRAIN = 4096
"""How much is heard in a turn."""


class PendingEvent(Struct, eq=False):
    """An event on its way through the journal, with the participants that it concerns."""

    event: Event
    by: Participant
    other: Participant | None
    weight: int
    """How many lines it is."""


class Sequencer:
    """Takes events to `journal` and back: `hear` is called with each, in order.

    `later` calls a function when the turn is over, `flush` is called when all that is there has
    been heard.
    """

    def __init__(
        self,
        journal: Journal,
        *,
        later: Callable[[Callable[[], None]], object],
        hear: Callable[[PendingEvent], None],
        flush: Callable[[], None],
    ) -> None:
        self._journal = journal
        self._later = later
        self._hear = hear
        self._flush = flush
        self._submitted: list[PendingEvent] = []
        self._settled: deque[PendingEvent] = deque()
        self._hearing = False

    def submit(self, pending: PendingEvent) -> None:
        """Put `pending` behind all that was sent before."""
        self._submitted.append(pending)
        self.charge(pending.by, pending.weight)
        if len(self._submitted) == 1:
            self._later(self._end_turn)

    def charge(self, participant: Participant, weight: int) -> None:
        """Learn that so much more that `participant` has caused is under way."""
        before, participant.in_flight = participant.in_flight, participant.in_flight + weight
        if before < MAX_IN_FLIGHT <= participant.in_flight:
            participant.listener.pause_reading()

    def credit(self, participant: Participant, weight: int) -> None:
        """Learn that so much of it is through."""
        before, participant.in_flight = participant.in_flight, participant.in_flight - weight
        if participant.in_flight <= MAX_IN_FLIGHT // 2 < before:
            participant.listener.resume_reading()

    def drain(self) -> None:
        """Hear what has come back, and flush; nothing if that is being done already.

        Of very much, such as when hundreds go who are in a hundred rooms each, the rest has another
        turn.
        """
        if self._hearing:
            return
        self._hearing = True
        try:
            self._flush()
            some = MAX_EVENTS_PER_DRAIN
            while self._settled and some:
                while self._settled and some:
                    some -= 1
                    self._arrive(self._settled.popleft())
                self._flush()
            if self._settled:
                self._later(self.drain)
        finally:
            self._hearing = False

    def _end_turn(self) -> None:
        batch, self._submitted = self._submitted, []

        def settled(events: Sequence[Event]) -> None:
            for pending, event in zip(batch, events, strict=True):
                pending.event = event
            self._settled.extend(batch)
            self.drain()

        self._journal.append([pending.event for pending in batch], settled)

    def _arrive(self, pending: PendingEvent) -> None:
        """Hear `pending`; if that meets a bug, it ends the guest who caused it and nobody else."""
        by = pending.by
        try:
            self.credit(by, pending.weight)
            self._hear(pending)
        except Exception:
            by.listener.fail()
