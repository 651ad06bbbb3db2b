"""Consecutive joins, and consecutive leaves, are delivered as one event.

When a thousand join at once, each must be sent those who joined later: half a million pairs if they
are looked at one by one. So the joins and leaves of a turn are kept as a few runs, and what a
recipient is sent is a slice of each.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import islice, takewhile

from msgspec import Struct
from msgspec.structs import replace

from netchat.model.events import Joined, Left

Presence = Joined | Left
_Runs = dict[Presence, dict[str, None]]
"""Names by what they did: a join or leave without names."""


class _PresenceRun(Struct, eq=False):
    """Participants who did what is in `kind`, with the numbers of the deliveries that say so."""

    kind: Presence
    numbers: list[int]
    names: list[str]

    def within(self, first: int, last: int) -> Presence:
        """Return the event for deliveries `first` to `last`."""
        start, stop = bisect_left(self.numbers, first), bisect_right(self.numbers, last)
        return replace(self.kind, names=tuple(self.names[start:stop]))


class PresenceRuns:
    """The runs of joins and leaves in a turn, by the numbers of their deliveries."""

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
        """Record that delivery `number` is `event`, which has one name."""
        (name,) = event.names
        run = self._growing.get(event.room)
        kind = replace(event, names=())
        if run is None or run.kind != kind:
            run = self._growing[event.room] = _PresenceRun(kind, [], [])
        run.numbers.append(number)
        run.names.append(name)
        self._of[number] = run

    def take(self, numbers: Sequence[int], start: int, stop: int) -> tuple[list[Presence], int]:
        """Return the joins and leaves from `numbers[start]` on, and the index of what follows them.

        `numbers[start]` is a join or leave; at most `numbers[start:stop]` are taken. The order is
        kept within each room, not between rooms.
        """
        some = [*takewhile(self._of.__contains__, islice(numbers, start, stop))]
        runs = dict.fromkeys(map(self._of.__getitem__, some))
        slices = [run.within(some[0], some[-1]) for run in runs]
        if sum(len(part.names) for part in slices) > len(some):
            # The recipient is not sent everything of some room that lies in between.
            slices = [self._of[number].within(number, number) for number in some]
        return slices, start + len(some)


def coalesced(presence: Sequence[Presence]) -> Iterator[Presence]:
    """Yield `presence` with consecutive joins, and consecutive leaves, merged into one event each.

    Only those that differ in nothing but the names are merged. A participant who joins and leaves,
    or leaves and returns, ends the run, so that the order stays true.
    """
    if len(presence) == 1:
        yield presence[0]
        return
    runs: _Runs = {}
    for event in presence:
        other = Left if isinstance(event, Joined) else Joined
        before = (x for kind, x in runs.items() if (type(kind), kind.room) == (other, event.room))
        if not all(names.keys().isdisjoint(event.names) for names in before):
            yield from _events_of(runs)
            runs.clear()
        kind = replace(event, names=())
        runs.setdefault(kind, {}).update(dict.fromkeys(event.names))
    yield from _events_of(runs)


def _events_of(runs: _Runs) -> Iterator[Presence]:
    for kind, names in runs.items():
        yield replace(kind, names=tuple(names))
