"""What a stretch of the order looks like to one reader: events rendered in his dialect."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence, Set

from msgspec import Struct

from netchat.chat.delivery.presence import PresenceRuns, coalesced
from netchat.chat.room import Dialect, Participant
from netchat.model.events import Event, Joined, Left

_NONE: Set[int] = frozenset()


class Delivery(Struct, eq=False):
    """An event, and who caused it."""

    event: Event
    by: Participant | None

    def render(self, dialect: Dialect) -> bytes:
        """Return it as those read it whom it happens to."""
        return rendered(dialect.render, self.event, self.by)

    def echo(self, dialect: Dialect) -> bytes:
        """Return it as the guest reads it who caused it."""
        return rendered(dialect.echo, self.event, self.by)


class RenderedEvents:
    """Posts in their order; each is rendered once in a dialect, for all who read that alike."""

    __slots__ = ("_by", "_presence", "_rendered", "deliveries")

    def __init__(self, deliveries: Iterable[Delivery] = ()) -> None:
        self.deliveries: list[Delivery] = []
        self._by: dict[Participant, set[int]] = {}
        self._presence = PresenceRuns()
        self._rendered: dict[Dialect, _RenderCache] = {}
        for delivery in deliveries:
            self.share(delivery)

    def __len__(self) -> int:
        return len(self.deliveries)

    def add(self, delivery: Delivery) -> int:
        """Put `delivery` behind the others, and return its number."""
        number = len(self.deliveries)
        self.deliveries.append(delivery)
        if delivery.by is not None:
            self._by.setdefault(delivery.by, set()).add(number)
        return number

    def share(self, delivery: Delivery) -> int:
        """Put `delivery`, which is not only for who caused it, behind the others; return its
        number."""
        number = self.add(delivery)
        if isinstance(delivery.event, Joined | Left):
            self._presence.add(number, delivery.event)
        return number

    def has_of(self, participant: Participant) -> bool:
        """Return whether `participant` caused any of the deliveries."""
        return participant in self._by

    def view(
        self, numbers: Sequence[int], dialect: Dialect, participant: Participant | None
    ) -> bytes:
        """Return deliveries `numbers` as `participant` reads them (None: as those who caused none
        of them)."""
        parts = self._rendered.get(dialect)
        if parts is None:
            parts = self._rendered[dialect] = _RenderCache(self.deliveries, dialect)
        own = self._by.get(participant, _NONE) if participant is not None else _NONE
        if self._presence:
            return b"".join(self._coalesced(numbers, parts, own))
        if not own:
            return b"".join(map(parts.__getitem__, numbers))
        deliveries = self.deliveries
        return b"".join([deliveries[n].echo(dialect) if n in own else parts[n] for n in numbers])

    def _coalesced(
        self, numbers: Sequence[int], parts: _RenderCache, own: Set[int]
    ) -> Iterator[bytes]:
        """Yield deliveries `numbers`, those who came or went one right after the other in one
        piece."""
        # A guest's own coming and going is no part of a crowd for him.
        stops = [*(bisect_left(numbers, n) for n in sorted(own, reverse=True))]
        place = 0
        while place < len(numbers):
            number = numbers[place]
            while stops and stops[-1] <= place:
                stops.pop()
            if number in self._presence and number not in own:
                stop = stops[-1] if stops else len(numbers)
                presence, place = self._presence.take(numbers, place, stop)
                yield from map(parts.dialect.render, coalesced(presence))
            else:
                yield (
                    self.deliveries[number].echo(parts.dialect) if number in own else parts[number]
                )
                place += 1


class _RenderCache(dict[int, bytes]):
    """Posts in a dialect, as far as anybody has had to read them."""

    def __init__(self, deliveries: Sequence[Delivery], dialect: Dialect) -> None:
        self.dialect = dialect
        self._posts = deliveries

    def __missing__(self, number: int) -> bytes:
        data = self[number] = self._posts[number].render(self.dialect)
        return data


def rendered(render: Callable[[Event], bytes], event: Event, by: Participant | None) -> bytes:
    """Return `event` in a dialect; if that meets a bug, it ends the guest who caused the event."""
    try:
        return render(event)
    except Exception:
        if by is not None:
            by.listener.fail()
        return b""
