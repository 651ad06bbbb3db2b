"""Where the order of events comes from: the journal alone, or a log that several servers share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter
from typing import Protocol

from msgspec import Struct

from netchat.chat.results import Entry, Report, Settled
from netchat.chat.room import Participant, Room
from netchat.journal.interface import Journal
from netchat.model.events import Event


class Origin(Struct, eq=False):
    """Where an event of another server comes from: `find` returns who has caused it, if anybody.

    It is called when the event is applied: they may have come with the event before it.
    """

    find: Callable[[], Participant | None]


Context = Participant | Room | Entry | Settled | Report | Origin | None


class PendingEvent(Struct, eq=False):
    """An event that is not settled, with the participants that it concerns."""

    event: Event
    by: Participant
    context: Context
    """What it concerns beside `by`: the room of a line, the recipient of a private event, what a
    Joined was asked for with, or who is told the result."""
    weight: int
    """What the event adds to what `by` has in flight."""


class Order(Protocol):
    """Puts the events of this server into the order, and says what has become of them."""

    def parts(self, batch: Sequence[PendingEvent]) -> Iterable[Sequence[PendingEvent]]:
        """Yield what of a turn's `batch` is appended together; often that is all of it."""

    def append(
        self, batch: Sequence[PendingEvent], settled: Callable[[Sequence[Event]], None]
    ) -> None:
        """Append `batch` after everything appended before; `settled` gets a result for each.

        It is called once, in the order of the calls; as in `netchat.journal.interface.Journal`.
        """

    def close(self, closed: Callable[[], None]) -> None:
        """Append nothing more; `closed` is called when what was appended is in the journal."""

    @property
    def trouble(self) -> str:
        """Why nothing can be said at present, as a sentence; "" if it can."""


_event_of = attrgetter("event")


class JournalOrder:
    """The order of a server that shares it with no other: that of its `journal`."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def parts(self, batch: Sequence[PendingEvent]) -> Iterable[Sequence[PendingEvent]]:
        """Return all of it."""
        return (batch,)

    def append(
        self, batch: Sequence[PendingEvent], settled: Callable[[Sequence[Event]], None]
    ) -> None:
        """Append the events to the journal."""
        self._journal.append([*map(_event_of, batch)], settled)

    def close(self, closed: Callable[[], None]) -> None:
        """Call `closed` at once: the journal settles all before it closes."""
        closed()

    @property
    def trouble(self) -> str:
        """That of the journal."""
        return self._journal.trouble
