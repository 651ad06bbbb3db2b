"""Where in the log of a site the texts of lines are, so that some of them can be erased.

Those of deleted lines are, the private ones of an account that is forgotten, and those that were
refused when their turn had come, which nobody has read. The lines of an entry, private ones too,
are counted from 0, whatever becomes of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from netchat.journal.interface import EventGroup
from netchat.journal.private_lines import forgotten
from netchat.model.events import Event, Refused, Repeated, Said, SaidLines, Told
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


class PrivateLine(NamedTuple):
    """A private line in an entry, its place there, and the `account` with which it is erased.

    That is the sender, because what an owner has sent stays for them when the other side is
    forgotten. A guest keeps nothing, so their lines are erased with their reader.
    """

    account: int
    line: int


def position_of(results: Sequence[Event]) -> int:
    """Return the position of the entry that is taken with these `results`; 0: with none."""
    last = results[-1] if results else None
    what = last.change.what if isinstance(last, Changed) else None
    return what.position if isinstance(what, Reach) else 0


def runs_of(batch: Sequence[Event], results: Sequence[Event]) -> list[Run]:
    """Return where the lines of an entry are; `results` are those of its events, the `batch`."""
    runs: list[Run] = []
    for line, _, result in _placed(batch, results):
        for run in _runs(result, line):
            if runs and _goes_on(runs[-1], run):
                runs[-1] = replace(runs[-1], last=run.last)
            else:
                runs.append(run)
    return runs


def private_lines_of(batch: Sequence[Event], results: Sequence[Event]) -> Iterator[PrivateLine]:
    """Yield the private lines of an entry that are kept, or were when they were sent before."""
    for line, event, result in _placed(batch, results):
        if isinstance(event, Told) and not isinstance(result, Refused):
            account = event.sender or event.recipient
            if account:
                yield PrivateLine(account, line)


def refused_in(batch: Sequence[Event], results: Sequence[Event]) -> Iterator[int]:
    """Yield the places of the lines of an entry that were refused."""
    for line, event, result in _placed(batch, results):
        if isinstance(result, Refused):
            yield from range(line, line + count_lines(event))
        elif isinstance(result, EventGroup):
            parts = enumerate(result.events, line)
            yield from (place for place, one in parts if isinstance(one, Refused))


def deleted_in(results: Sequence[Event]) -> Iterator[tuple[str, int]]:
    """Yield the room and id of each line that is deleted, or was before it is sent again."""
    for result in results:
        if isinstance(result, Changed):
            yield from ((line.room, line.id) for line in result.lines)
        elif isinstance(result, EventGroup):
            yield from deleted_in(result.events)
        elif isinstance(result, Repeated) and result.said.deleted:
            yield result.said.room, result.said.id


def forgotten_in(results: Sequence[Event]) -> Iterator[int]:
    """Yield the accounts that are forgotten."""
    for result in results:
        if isinstance(result, Changed):
            yield from forgotten(result)


def count_lines(event: Event) -> int:
    """Return how many lines are counted for `event`, as it is in an entry."""
    return len(event.texts) if isinstance(event, SaidLines) else isinstance(event, Said | Told)


def _placed(batch: Sequence[Event], results: Sequence[Event]) -> Iterator[tuple[int, Event, Event]]:
    """Yield each event and its result, and the place of its first line."""
    line = 0
    for event, result in zip(batch, results, strict=True):
        yield line, event, result
        line += count_lines(event)


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
