"""What a guest hears in its order, though something in the middle has to be looked up first."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator

from netchat.chat.room import Seat


class Place:
    """A stretch of a guest's view; `data` is None as long as it is being looked up."""

    __slots__ = ("behind", "data")

    def __init__(self, data: bytes | None = None) -> None:
        self.data = data
        self.behind = bytearray()
        """What waits for it."""


class Waiting:
    """What each guest waits for, and what waits behind it; only who waits is in here."""

    def __init__(self) -> None:
        self._of: dict[Seat, deque[Place]] = {}

    def __len__(self) -> int:
        return len(self._of)

    def __contains__(self, seat: Seat) -> bool:
        return seat in self._of

    def __iter__(self) -> Iterator[Seat]:
        return iter(self._of)

    def forget(self, seat: Seat) -> None:
        """Let `seat` wait for nothing."""
        self._of.pop(seat, None)

    def take(self, seat: Seat, places: Iterable[Place]) -> bytes:
        """Put `places` behind what `seat` waits for; return what it can be told by now."""
        queue = self._of.pop(seat, None) or deque()
        ready = list[bytes | bytearray]()
        while queue and (data := queue[0].data) is not None:
            ready += data, queue.popleft().behind
        for place in places:
            if place.data is None:
                queue.append(place)
            elif queue:
                queue[-1].behind += place.data
            else:
                ready.append(place.data)
        if queue:
            self._of[seat] = queue
            _tell(seat, sum(len(place.behind) for place in queue))
        return b"".join(ready)


def _tell(seat: Seat, size: int) -> None:
    try:
        seat.listener.waits(size)
    except Exception:
        seat.listener.crash()
