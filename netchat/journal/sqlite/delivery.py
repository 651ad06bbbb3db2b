"""The delivery of results: those of two transactions together, under steady load.

Delivering twice to a thousand participants costs more than the second transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack

from netchat.model.events import Event

Settled = Callable[[Sequence[Event]], None]
"""Called with the results of a batch."""
Result = tuple[Settled, Sequence[Event]]

SETTLE_DELAY = 0.002
"""The longest time, in seconds, that stored events wait for the next transaction's events."""


class Delivery:
    """Calls back with results, in order.

    `call_later` calls a function after some seconds; `settling` is called with the results of each
    batch before they are delivered.
    """

    def __init__(
        self,
        call_later: Callable[[float, Callable[[], None]], object],
        settling: Callable[[Sequence[Event]], None],
    ) -> None:
        self._call_later = call_later
        self._settling = settling
        self._waiting: list[Result] = []

    def add(self, results: Iterable[Result], *, more: bool) -> None:
        """Deliver `results`; with `more`, those of another transaction come soon."""
        waited = bool(self._waiting)
        self._waiting += results
        if more and not waited:
            self._call_later(SETTLE_DELAY, self._deliver)
        else:
            self._deliver()

    def _deliver(self) -> None:
        stored, self._waiting = self._waiting, []
        with ExitStack() as stack:
            # Even if one call raises, the others follow; a stack calls the last one first.
            for settled, events in reversed(stored):
                stack.callback(self._settle, settled, events)

    def _settle(self, settled: Settled, events: Sequence[Event]) -> None:
        self._settling(events)
        settled(events)
