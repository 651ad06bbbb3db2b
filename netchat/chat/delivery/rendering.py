"""Renders events once per dialect, for all participants who read the same."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence, Set

from msgspec import Struct

from netchat.chat.clients import Dialect
from netchat.chat.delivery.presence import PresenceRuns, coalesced
from netchat.chat.room import Participant
from netchat.model.events import Event, Joined, Left, Said, SaidLines

_NONE: Set[int] = frozenset()


class Delivery(Struct, eq=False):
    """An event, and the participant who caused it; None if it was the server."""

    event: Event
    by: Participant | None


class RenderedEvents:
    """Deliveries in order, numbered from 0; each is rendered once per dialect."""

    __slots__ = ("_by", "_of_other_device", "_presence", "_rendered", "deliveries")

    def __init__(self) -> None:
        self.deliveries: list[Delivery] = []
        self._by: dict[Participant, set[int]] = {}
        self._of_other_device: dict[Participant, set[int]] | None = None
        """What another device of the same account caused, if there is such a thing."""
        self._presence: PresenceRuns | None = None
        """The joins and leaves, if there are any."""
        self._rendered: dict[Dialect, _RenderCache] = {}

    def __len__(self) -> int:
        return len(self.deliveries)

    def add(self, event: Event, by: Participant | None) -> int:
        """Append `event`, which `by` caused, and return its number."""
        number = len(self.deliveries)
        self.deliveries.append(Delivery(event, by))
        if by is not None:
            numbers = self._by.get(by)
            if numbers is None:
                self._by[by] = {number}
            else:
                numbers.add(number)
        return number

    def add_presence(self, event: Joined | Left, by: Participant | None) -> int:
        """Append `event`, which may be merged with others for its readers; return its number."""
        number = self.add(event, by)
        if self._presence is None:
            self._presence = PresenceRuns()
        self._presence.add(number, event)
        return number

    def add_device(self, number: int, device: Participant) -> None:
        """Note that `device` belongs to the account whose other device caused event `number`."""
        if self._of_other_device is None:
            self._of_other_device = {}
        self._of_other_device.setdefault(device, set()).add(number)

    def has_of(self, who: Participant) -> bool:
        """Return whether `who`, or another device of their account, caused any of the events."""
        return who in self._by or who in (self._of_other_device or ())

    def view(
        self,
        numbers: Sequence[int],
        dialect: Dialect,
        reader: Participant | None,
        alone: Collection[int] = (),
    ) -> bytes:
        """Return deliveries `numbers` as `reader` sees them, of whom those `alone` are for them.

        If `reader` is None: as participants who caused none of them see them.
        """
        cache = self._rendered.get(dialect)
        if cache is None:
            cache = self._rendered[dialect] = _RenderCache(self.deliveries, dialect)
        parts: _Parts = cache
        personal = dialect if reader is None else reader.listener.personal
        if self._of_other_device is not None and reader in self._of_other_device:
            parts = _DeviceView(cache, self.deliveries, self._of_other_device[reader])
        if alone and personal is not dialect:
            parts = _PersonalView(parts, personal, self.deliveries, alone)
        own = self._by.get(reader, _NONE) if reader is not None else _NONE
        if self._presence is not None:
            return b"".join(self._coalesced(self._presence, numbers, parts, own, personal))
        if not own:
            return b"".join(map(parts.__getitem__, numbers))
        return b"".join([self._echo(n, personal) if n in own else parts[n] for n in numbers])

    def _echo(self, number: int, personal: Dialect) -> bytes:
        delivery = self.deliveries[number]
        return rendered(personal.echo, delivery.event, delivery.by)

    def _coalesced(
        self,
        runs: PresenceRuns,
        numbers: Sequence[int],
        parts: _Parts,
        own: Set[int],
        personal: Dialect,
    ) -> Iterator[bytes]:
        """Yield deliveries `numbers`, with consecutive joins or leaves merged."""
        # A reader's own join or leave is never merged with others'.
        stops = [*(bisect_left(numbers, n) for n in sorted(own, reverse=True))]
        index = 0
        while index < len(numbers):
            number = numbers[index]
            while stops and stops[-1] <= index:
                stops.pop()
            if number in runs and number not in own:
                stop = stops[-1] if stops else len(numbers)
                presence, index = runs.take(numbers, index, stop)
                yield from map(parts.dialect.render, coalesced(presence))
            else:
                yield self._echo(number, personal) if number in own else parts[number]
                index += 1


class _RenderCache(dict[int, bytes]):
    """Deliveries in a dialect, rendered when they are first read."""

    def __init__(self, deliveries: Sequence[Delivery], dialect: Dialect) -> None:
        self.dialect = dialect
        self._deliveries = deliveries

    def __missing__(self, number: int) -> bytes:
        delivery = self._deliveries[number]
        data = self[number] = rendered(self.dialect.render, delivery.event, delivery.by)
        return data


class _DeviceView:
    """Deliveries as a device reads them, whose account caused those in `own` on another device."""

    def __init__(self, parts: _RenderCache, deliveries: Sequence[Delivery], own: Set[int]) -> None:
        self.dialect = parts.dialect
        self._parts = parts
        self._deliveries = deliveries
        self._own = own

    def __getitem__(self, number: int) -> bytes:
        if number not in self._own:
            return self._parts[number]
        delivery = self._deliveries[number]
        return rendered(self.dialect.on_other_device, delivery.event, delivery.by)


class _PersonalView:
    """Deliveries as one reader sees them; those `alone` are for them, and `personal` renders these.

    `parts` has the others.
    """

    def __init__(
        self,
        parts: _Parts,
        personal: Dialect,
        deliveries: Sequence[Delivery],
        alone: Collection[int],
    ) -> None:
        self.dialect: Dialect = parts.dialect
        self._parts = parts
        self._personal = personal
        self._deliveries = deliveries
        self._alone = frozenset(alone)

    def __getitem__(self, number: int) -> bytes:
        if number not in self._alone:
            return self._parts[number]
        delivery = self._deliveries[number]
        return rendered(self._personal.render, delivery.event, delivery.by)


_Parts = _RenderCache | _DeviceView | _PersonalView


def rendered(render: Callable[[Event], bytes], event: Event, by: Participant | None) -> bytes:
    """Return `render(event)`; if that raises, `by`, who caused the event, fails: return b""."""
    try:
        return render(event)
    except Exception:
        if by is not None:
            by.connection.fail()
        return b""


def render_all(events: Iterable[Event], dialect: Dialect, own_name: str = "") -> bytes:
    """Return `events` as participants who caused none of them see them; raise what `dialect` does.

    The lines of `own_name` were said on another device of the reader. Nothing is left out in
    silence: the reader would go on behind a line that they have missed.
    """
    parts: list[bytes] = []
    presence: list[Joined | Left] = []
    for event in events:
        if isinstance(event, Joined | Left):
            presence.append(event)
            continue
        parts += map(dialect.render, coalesced(presence))
        presence.clear()
        own = isinstance(event, Said | SaidLines) and event.name == own_name
        parts.append(dialect.on_other_device(event) if own else dialect.render(event))
    parts += map(dialect.render, coalesced(presence))
    return b"".join(parts)
