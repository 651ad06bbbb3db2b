"""Renders events once per dialect, for all participants who read the same."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence, Set

from msgspec import Struct

from netchat.chat.delivery.presence import PresenceRuns, coalesced
from netchat.chat.room import Dialect, Participant
from netchat.model.events import Event, Joined, Left

_NONE: Set[int] = frozenset()


class Delivery(Struct, eq=False):
    """An event, and the participant who caused it; None if it was the server."""

    event: Event
    by: Participant | None

    def render(self, dialect: Dialect) -> bytes:
        """Return the event as participants who did not cause it see it."""
        return rendered(dialect.render, self.event, self.by)

    def echo(self, dialect: Dialect) -> bytes:
        """Return the event as `by` sees it."""
        return rendered(dialect.echo, self.event, self.by)


class RenderedEvents:
    """Deliveries in order, numbered from 0; each is rendered once per dialect."""

    __slots__ = ("_by", "_presence", "_rendered", "deliveries")

    def __init__(self, deliveries: Iterable[Delivery] = ()) -> None:
        self.deliveries: list[Delivery] = []
        self._by: dict[Participant, set[int]] = {}
        self._presence = PresenceRuns()
        self._rendered: dict[Dialect, _RenderCache] = {}
        for delivery in deliveries:
            self.publish(delivery)

    def __len__(self) -> int:
        return len(self.deliveries)

    def add(self, delivery: Delivery) -> int:
        """Append `delivery`, and return its number."""
        number = len(self.deliveries)
        self.deliveries.append(delivery)
        if delivery.by is not None:
            self._by.setdefault(delivery.by, set()).add(number)
        return number

    def publish(self, delivery: Delivery) -> int:
        """Append `delivery`, which is not for `delivery.by` only; return its number."""
        number = self.add(delivery)
        if isinstance(delivery.event, Joined | Left):
            self._presence.add(number, delivery.event)
        return number

    def any_caused_by(self, who: Participant) -> bool:
        """Return whether `who` caused any of the deliveries."""
        return who in self._by

    def view(self, numbers: Sequence[int], dialect: Dialect, reader: Participant | None) -> bytes:
        """Return deliveries `numbers` as `reader` sees them.

        If `reader` is None: as participants who caused none of them see them.
        """
        parts = self._rendered.get(dialect)
        if parts is None:
            parts = self._rendered[dialect] = _RenderCache(self.deliveries, dialect)
        own = self._by.get(reader, _NONE) if reader is not None else _NONE
        if self._presence:
            return b"".join(self._coalesced(numbers, parts, own))
        if not own:
            return b"".join(map(parts.__getitem__, numbers))
        deliveries = self.deliveries
        return b"".join([deliveries[n].echo(dialect) if n in own else parts[n] for n in numbers])

    def _coalesced(
        self, numbers: Sequence[int], parts: _RenderCache, own: Set[int]
    ) -> Iterator[bytes]:
        """Yield deliveries `numbers`, with consecutive joins or leaves merged."""
        # A reader's own join or leave is never merged with others'.
        stops = [*(bisect_left(numbers, n) for n in sorted(own, reverse=True))]
        index = 0
        while index < len(numbers):
            number = numbers[index]
            while stops and stops[-1] <= index:
                stops.pop()
            if number in self._presence and number not in own:
                stop = stops[-1] if stops else len(numbers)
                presence, index = self._presence.take(numbers, index, stop)
                yield from map(parts.dialect.render, coalesced(presence))
            else:
                own_echo = number in own
                yield self.deliveries[number].echo(parts.dialect) if own_echo else parts[number]
                index += 1


class _RenderCache(dict[int, bytes]):
    """Deliveries in a dialect, rendered when they are first read."""

    def __init__(self, deliveries: Sequence[Delivery], dialect: Dialect) -> None:
        self.dialect = dialect
        self._deliveries = deliveries

    def __missing__(self, number: int) -> bytes:
        data = self[number] = self._deliveries[number].render(self.dialect)
        return data


def rendered(render: Callable[[Event], bytes], event: Event, by: Participant | None) -> bytes:
    """Return `render(event)`; if that raises, `by`, who caused the event, fails: return b""."""
    try:
        return render(event)
    except Exception:
        if by is not None:
            by.listener.fail()
        return b""
