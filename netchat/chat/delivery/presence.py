"""Who came, or went, one right after the other: told as one event, not as a million.

When a thousand come at once, each of them hears of those who came after him. Looked at one by one
that is half a million; so what a turn has of them is kept in a few lists, and what a reader hears
of them is a slice of those.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import islice, takewhile
from typing import TypeAlias

from msgspec import Struct

from netchat.model.events import Joined, Left

Presence: TypeAlias = Joined | Left


class _PresenceRun(Struct, eq=False):
    """Those who came into a room (or went), each with the number of the delivery that tells of
    him."""

    kind: type[Presence]
    room: str
    numbers: list[int]
    names: list[str]

    def within(self, first: int, last: int) -> Presence:
        """Return those of whom the deliveries with the numbers `first` to `last` tell."""
        start, stop = bisect_left(self.numbers, first), bisect_right(self.numbers, last)
        return self.kind(self.room, tuple(self.names[start:stop]))


class PresenceRuns:
    """The runs of a turn."""

    __slots__ = ("_growing", "_of")

    def __init__(self) -> None:
        self._growing: dict[str, _PresenceRun] = {}
        """The last run of each room."""
        self._of: dict[int, _PresenceRun] = {}

    def __bool__(self) -> bool:
        return bool(self._of)

    def __contains__(self, number: int) -> bool:
        return number in self._of

    def add(self, number: int, event: Presence) -> None:
        """Learn that delivery `number` tells of `event`, which happens to one guest."""
        (name,) = event.names
        run = self._growing.get(event.room)
        if run is None or run.kind is not type(event):
            run = self._growing[event.room] = _PresenceRun(type(event), event.room, [], [])
        run.numbers.append(number)
        run.names.append(name)
        self._of[number] = run

    def take(self, numbers: Sequence[int], start: int, stop: int) -> tuple[list[Presence], int]:
        """Return who comes and goes in deliveries `numbers[start:stop]`, and where something else
        is.

        The first of them tells of somebody who came or went. Of each room the order is kept, but
        not between rooms.
        """
        some = [*takewhile(self._of.__contains__, islice(numbers, start, stop))]
        runs = dict.fromkeys(map(self._of.__getitem__, some))
        slices = [run.within(some[0], some[-1]) for run in runs]
        if sum(len(part.names) for part in slices) > len(some):
            # Of some rooms not all that lies in between is heard.
            slices = [self._of[number].within(number, number) for number in some]
        return slices, start + len(some)


def coalesced(presence: Sequence[Presence]) -> Iterator[Presence]:
    """Yield `presence` with a run that came, or went, joined into one event.

    Whoever comes and goes, or goes and comes back, ends the run, so that the order stays true.
    """
    if len(presence) == 1:
        yield presence[0]
        return
    runs: dict[tuple[type[Presence], str], dict[str, None]] = {}
    for event in presence:
        kind, other = (Joined, Left) if isinstance(event, Joined) else (Left, Joined)
        if not runs.get((other, event.room), {}).keys().isdisjoint(event.names):
            yield from _told(runs)
            runs.clear()
        runs.setdefault((kind, event.room), {}).update(dict.fromkeys(event.names))
    yield from _told(runs)


def _told(runs: dict[tuple[type[Presence], str], dict[str, None]]) -> Iterator[Presence]:
    for (kind, room), names in runs.items():
        yield kind(room, tuple(names))
