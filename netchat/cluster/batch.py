"""A batch of events that a server has put into the log, or is about to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from msgspec import Struct

from netchat.chat.order import PendingEvent
from netchat.cluster.entries import Item, is_shared
from netchat.cluster.guest_lines import reader_of
from netchat.journal.refusal import refuse, refuse_one
from netchat.model.events import Event, Told

Settled = Callable[[Sequence[Event]], None]


class Batch(Struct, eq=False):
    """Events of this server that are not settled; `number` is that in the log (0: none is)."""

    number: int
    pending: Sequence[PendingEvent]
    settled: Settled

    def events(self, shared: Iterable[Item] = ()) -> list[Event]:
        """Return the events: those that others hear as they are in the log, in `shared`.

        A private line of a guest may be erased there already.
        """
        heard = iter(shared)
        events = []
        for one in self.pending:
            event = next(heard).event if shared and is_shared(one.event) else one.event
            events.append(one.event if reader_of(event) else event)
        return events


def refused(event: Event) -> Event:
    """Return the result of `event` if the others do not hear it."""
    if not is_shared(event):
        return event
    return refuse_one(event) if isinstance(event, Told) else refuse(event)
