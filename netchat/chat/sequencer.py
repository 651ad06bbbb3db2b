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

from netchat.chat.room import Seat
from netchat.journal.interface import Journal
from netchat.model.events import Event

MAX_IN_FLIGHT = 256
"""How much of what a guest has caused may be under way; until it is less, he is not listened to."""
QUESTION = MAX_IN_FLIGHT // 2
"""What a question weighs that is to be looked up: who has asked two is not listened to."""

MAX_EVENTS_PER_DRAIN = 4096
"""How much is heard in a turn."""


class Draft(Struct, eq=False):
    """An event on its way through the journal, with the seats that it concerns."""

    event: Event
    by: Seat
    other: Seat | None
    weight: int
    """How many lines it is."""


class Road:
    """Takes drafts to `journal` and back: `hear` is called with each, in order.

    `later` calls a function when the turn is over, `flush` is called when all that is there has
    been heard.
    """

    def __init__(
        self,
        journal: Journal,
        *,
        later: Callable[[Callable[[], None]], object],
        hear: Callable[[Draft], None],
        flush: Callable[[], None],
    ) -> None:
        self._journal = journal
        self._later = later
        self._hear = hear
        self._flush = flush
        self._drafts: list[Draft] = []
        self._settled: deque[Draft] = deque()
        self._hearing = False

    def send(self, draft: Draft) -> None:
        """Put `draft` behind all that was sent before."""
        self._drafts.append(draft)
        self.burden(draft.by, draft.weight)
        if len(self._drafts) == 1:
            self._later(self._end_turn)

    def burden(self, seat: Seat, weight: int) -> None:
        """Learn that so much more that `seat` has caused is under way."""
        before, seat.unsettled = seat.unsettled, seat.unsettled + weight
        if before < MAX_IN_FLIGHT <= seat.unsettled:
            seat.listener.hold()

    def relieve(self, seat: Seat, weight: int) -> None:
        """Learn that so much of it is through."""
        before, seat.unsettled = seat.unsettled, seat.unsettled - weight
        if seat.unsettled <= MAX_IN_FLIGHT // 2 < before:
            seat.listener.go_on()

    def work(self) -> None:
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
                self._later(self.work)
        finally:
            self._hearing = False

    def _end_turn(self) -> None:
        drafts, self._drafts = self._drafts, []

        def settled(events: Sequence[Event]) -> None:
            for draft, event in zip(drafts, events, strict=True):
                draft.event = event
            self._settled.extend(drafts)
            self.work()

        self._journal.append([draft.event for draft in drafts], settled)

    def _arrive(self, draft: Draft) -> None:
        """Hear `draft`; if that meets a bug, it ends the guest who caused it and nobody else."""
        by = draft.by
        try:
            self.relieve(by, draft.weight)
            self._hear(draft)
        except Exception:
            by.listener.crash()
