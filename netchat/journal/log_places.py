"""Where in the log of a site the texts of lines are, so that those of deleted ones can be erased.

The lines of an entry, private ones too, are counted from 0, whatever becomes of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from netchat.journal.interface import EventGroup
from netchat.model.events import Event, Repeated, Said, SaidLines, Told
from netchat.state.changes import Changed
from netchat.state.site_changes import Reach


class Run(Struct, frozen=True):
    """Lines of `room` with the ids `first` to `last`, which follow each other in an entry.

    `line` is the place of the first one in its entry. `again`: its client has sent it before.
    """

    room: str
    first: int
    last: int
    line: int
    again: bool = False


def position_of(results: Sequence[Event]) -> int:
    """Return the position of the entry that is taken with these `results`; 0: with none."""
    last = results[-1] if results else None
    what = last.change.what if isinstance(last, Changed) else None
    return what.position if isinstance(what, Reach) else 0


def runs_of(batch: Sequence[Event], results: Sequence[Event]) -> list[Run]:
    """Return where the lines of an entry are; `results` are those of its events, the `batch`."""
    runs: list[Run] = []
    line = 0
    for event, result in zip(batch, results, strict=True):
        for run in _runs(result, line):
            if runs and _goes_on(runs[-1], run):
                runs[-1] = replace(runs[-1], last=run.last)
            else:
                runs.append(run)
        line += count_lines(event)
    return runs


def deleted_in(results: Sequence[Event]) -> Iterator[tuple[str, int]]:
    """Yield the room and id of each line that is deleted, or was before it is sent again."""
    for result in results:
        if isinstance(result, Changed):
            yield from ((line.room, line.id) for line in result.lines)
        elif isinstance(result, EventGroup):
            yield from deleted_in(result.events)
        elif isinstance(result, Repeated) and result.said.deleted:
            yield result.said.room, result.said.id


def count_lines(event: Event) -> int:
    """Return how many lines are counted for `event`, as it is in an entry."""
    return len(event.texts) if isinstance(event, SaidLines) else isinstance(event, Said | Told)


def _runs(result: Event, line: int) -> Iterator[Run]:
    match result:
        case Said():
            yield Run(result.room, result.id, result.id, line)
        case SaidLines():
            yield Run(result.room, result.first, result.last, line)
        case Repeated(said=said):
            yield Run(said.room, said.id, said.id, line, again=True)
        case EventGroup():
            for place, one in enumerate(result.events, line):
                yield from _runs(one, place)


def _goes_on(run: Run, other: Run) -> bool:
    if run.again or other.again or run.room != other.room:
        return False
    return other.first == run.last + 1 and other.line - run.line == other.first - run.first
