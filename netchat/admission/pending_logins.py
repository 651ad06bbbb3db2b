"""Who is connected and has no name yet: so many at most, however many come.

When that many stand here, others wait elsewhere (pending_connections.py). Somebody has to go for
one who has said something, or who comes from where fewer come: the oldest from where most of them
come. But he has some grace, so that a hello on its way is read, and nobody goes who has said
something that we have not read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from twisted.internet.interfaces import ISSLTransport

from netchat.admission.descriptors import is_readable

if TYPE_CHECKING:
    from collections.abc import Callable

    from twisted.internet.interfaces import IDelayedCall, IReactorTime

GRACE = 0.3
"""Seconds that a newcomer has in any case to say hello, however many come."""
TLS_GRACE = 1.0
"""Seconds that he has within TLS, who has to shake hands first."""
PATIENCE = 2.0
"""Seconds after which it no longer helps to send without ever giving a name."""
LOOK_AGAIN = 0.005
"""Seconds until it is looked again whether somebody's grace is over."""


class PendingLogin(Protocol):
    """A connection without a name."""

    @property
    def eviction_grace(self) -> float:
        """How many seconds it has in any case, whatever the others have."""

    @property
    def unread(self) -> bool:
        """Whether something has come from it that is not read yet."""

    def evict(self) -> None:
        """Close at once, with a sentence if it can be said without waiting."""


class PendingLogins:
    """The nameless, by where they come from (`key`)."""

    def __init__(self, clock: IReactorTime) -> None:
        self.count = 0
        self._clock = clock
        self._crowds: dict[bytes, dict[PendingLogin, float]] = {}
        """Since when each is here, the oldest first."""
        self._calls: dict[Callable[[], None], None] = {}
        self._timer: IDelayedCall | None = None

    def add(self, guest: PendingLogin, key: bytes) -> None:
        """Learn that `guest` is here, from `key`."""
        self._crowds.setdefault(key, {})[guest] = self._clock.seconds()
        self.count += 1

    def remove(self, guest: PendingLogin, key: bytes) -> None:
        """Learn that `guest` is gone, or no longer without a name; nothing if that was known."""
        crowd = self._crowds.get(key, {})
        if crowd.pop(guest, None) is None:
            return
        self.count -= 1
        if not crowd:
            del self._crowds[key]
        self._call()

    def try_admit(self, limit: int, key: bytes | None = None) -> bool:
        """Return whether another may come in; one may have to give way for him.

        For somebody from `key` who has said nothing, only if fewer come from there.
        """
        if not limit or self.count < limit:
            return True
        now = self._clock.seconds()
        most, crowd = max(self._crowds.items(), key=lambda item: len(item[1]))
        if key is not None and len(crowd) <= len(self._crowds.get(key, ())) + 1:
            return False
        for guest, since in crowd.items():
            waited = now - since
            if waited < GRACE:
                break
            if waited >= guest.eviction_grace and (waited >= PATIENCE or not guest.unread):
                self.remove(guest, most)
                guest.evict()
                return True
        return False

    def when_gone(self, call: Callable[[], None]) -> None:
        """Call `call`, once, when somebody is no longer here."""
        self._calls[call] = None

    def when_room(self, call: Callable[[], None]) -> None:
        """Call `call`, once, when there may be room, or in a moment to see whether there is."""
        self._calls[call] = None
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
        calls, self._calls = self._calls, {}
        for call in calls:
            call()


def eviction_grace_of(transport: Any) -> float:
    """Return how many seconds whoever is on `transport` has in any case to give a name."""
    return TLS_GRACE if is_within_tls(transport) else 0


def is_within_tls(transport: Any) -> bool:
    """Return whether what is sent over `transport` waits for a handshake, and for the other end."""
    within: bool = ISSLTransport.providedBy(transport)
    return within


def has_unread(transport: Any) -> bool:
    """Return whether something has come over `transport` that is not read yet."""
    fileno = getattr(transport, "fileno", None)
    return fileno is not None and is_readable(fileno())
