"""Where the order of events comes from: the journal alone, or a log that several servers share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Protocol

from msgspec import Struct

from netchat.chat.delivery.backfill import Start
from netchat.chat.results import Report, Settled
from netchat.chat.room import Participant, Room
from netchat.journal.interface import Journal
from netchat.model.events import Event

Context = Participant | Room | Start | Settled | Report | None


class PendingEvent(Struct, eq=False):
    """An event that is not settled, with the participants that it concerns."""

    event: Event
    by: Participant
    context: Context
    """What it concerns beside `by`: the room of a line, the recipient of a private event, where the
    backfill of a Joined starts, or who is told the result."""
    weight: int
    """The number of lines in it."""


class Order(Protocol):
    """Puts the events of this server into the order, and says what has become of them."""

    def append(
        self, batch: Sequence[PendingEvent], settled: Callable[[Sequence[Event]], None]
    ) -> None:
        """Append `batch` after everything appended before; `settled` gets a result for each.

        It is called once, in the order of the calls; as in `netchat.journal.interface.Journal`.
        """


_event_of = attrgetter("event")


class JournalOrder:
    """The order of a server that shares it with no other: that of its `journal`."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def append(
        self, batch: Sequence[PendingEvent], settled: Callable[[Sequence[Event]], None]
    ) -> None:
        """Append the events to the journal."""
        self._journal.append([*map(_event_of, batch)], settled)
