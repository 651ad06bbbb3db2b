"""Who is connected and has no name yet: so many at most, however many come.

Who comes when that many stand here waits in the kernel's backlog, until one has a name or goes.
The one who is made to go is the oldest from where most of them come; but he has some grace, so that
a hello on its way is read, and nobody goes who has said something that we have not read. A room
that comes back all at once says hello; where one after the other has said nothing in all his grace,
those behind have less of it, or whoever comes last would wait for all of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from twisted.internet.interfaces import ISSLTransport

from netchat.doors.descriptors import is_readable

if TYPE_CHECKING:
    from collections.abc import Callable

    from twisted.internet.interfaces import IDelayedCall, IReactorTime

GRACE = 0.2
"""Seconds that a newcomer has in any case to say hello."""
HASTE = 0.01
"""Seconds that he has while those before him have said nothing."""
TLS_GRACE = 1.0
"""Seconds that he has who has begun to shake hands."""
CALM = 1.0
"""Seconds without anybody having to go, after which there is no haste any more."""
COMPANY = 8
"""So many who give a name, and nobody goes in between, are no attack."""
PATIENCE = 2.0
"""Seconds after which it no longer helps to send without ever giving a name."""
LOOK_AGAIN = 0.005
"""Seconds until it is looked again whether somebody's grace is over."""


class Nameless(Protocol):
    """A connection without a name."""

    @property
    def grace(self) -> float:
        """How many seconds it has in any case, be there haste or not."""

    @property
    def unread(self) -> bool:
        """Whether something has come from it that is not read yet."""

    def give_way(self) -> None:
        """Close at once, with a sentence if it can be said without waiting."""


class Threshold:
    """The nameless, by where they come from (`key`)."""

    def __init__(self, clock: IReactorTime) -> None:
        self.count = 0
        self._clock = clock
        self._crowds: dict[bytes, dict[Nameless, float]] = {}
        """Since when each is here, the oldest first."""
        self._calls: list[Callable[[], None]] = []
        self._timer: IDelayedCall | None = None
        self._last_went = float("-inf")
        self._named = 0
        """How many have given a name since somebody had to go."""

    def came(self, guest: Nameless, key: bytes) -> None:
        """Learn that `guest` is here, from `key`."""
        self._crowds.setdefault(key, {})[guest] = self._clock.seconds()
        self.count += 1

    def named(self, guest: Nameless, key: bytes) -> None:
        """Learn that `guest` has a name."""
        self._named += 1
        self.went(guest, key)

    def went(self, guest: Nameless, key: bytes) -> None:
        """Learn that `guest` is gone, or no longer without a name; nothing if that was known."""
        crowd = self._crowds.get(key, {})
        if crowd.pop(guest, None) is None:
            return
        self.count -= 1
        if not crowd:
            del self._crowds[key]
        self._call()

    def make_room(self, limit: int) -> bool:
        """Return whether another may come in; one may have to give way for him."""
        if not limit or self.count < limit:
            return True
        now = self._clock.seconds()
        haste = now - self._last_went < CALM and self._named < COMPANY
        key, crowd = max(self._crowds.items(), key=lambda item: len(item[1]))
        for guest, since in crowd.items():
            waited = now - since
            if waited < (HASTE if haste else GRACE):
                break
            if waited >= guest.grace and (waited >= PATIENCE or not guest.unread):
                self._last_went, self._named = now, 0
                self.went(guest, key)
                guest.give_way()
                return True
        return False

    def when_room(self, call: Callable[[], None]) -> None:
        """Call `call`, once, when there may be room, or in a moment to see whether there is."""
        self._calls.append(call)
        if self._timer is None:
            self._timer = self._clock.callLater(LOOK_AGAIN, self._look)

    def stop(self) -> None:
        """Call nobody any more."""
        self._calls.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self) -> None:
        self._timer = None
        self._call()

    def _call(self) -> None:
        calls, self._calls = self._calls, []
        for call in calls:
            call()


def grace_of(transport: Any) -> float:
    """Return how many seconds whoever is on `transport` has in any case to give a name."""
    return TLS_GRACE if ISSLTransport.providedBy(transport) and _is_shaking(transport) else 0


def _is_shaking(transport: Any) -> bool:
    """Return whether somebody has begun to shake hands."""
    state: bytes = transport.getHandle().get_state_string()
    return not state.startswith(b"before")


def has_unread(transport: Any) -> bool:
    """Return whether something has come over `transport` that is not read yet."""
    fileno = getattr(transport, "fileno", None)
    return fileno is not None and is_readable(fileno())
