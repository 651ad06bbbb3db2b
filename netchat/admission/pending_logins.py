"""The connections without a name: a limited number, and which of them is evicted for another.

When the limit is reached, further connections wait elsewhere (pending_connections.py). To admit a
client that has sent something, or that comes from an address with fewer pending logins, the oldest
silent connection of the address with the most pending logins is evicted. Each connection has a
grace period, so that a hello on its way is still read, and no connection is evicted while
something that it has sent is unread.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from twisted.internet.interfaces import ISSLTransport

from netchat.admission.descriptors import is_readable

if TYPE_CHECKING:
    from collections.abc import Callable

    from twisted.internet.interfaces import IDelayedCall, IReactorTime

GRACE = 0.3
"""Seconds that each new connection has to send its hello, however many others arrive."""
TLS_GRACE = 1.0
"""The same within TLS, whose handshake comes first."""
PATIENCE = 2.0
"""Seconds after which unread input no longer protects a connection from eviction."""
RECHECK = 0.005
"""Seconds between two checks whether a grace period is over."""


class PendingLogin(Protocol):
    """A connection without a name."""

    @property
    def eviction_grace(self) -> float:
        """Seconds since it was added in which it is not evicted, if that is more than GRACE."""

    @property
    def unread(self) -> bool:
        """Whether the client has sent something that has not been read yet."""

    def evict(self) -> None:
        """Close at once, with a sentence if it can be sent without waiting."""


class PendingLogins:
    """Counts the connections without a name, by the `key` of their address."""

    def __init__(self, clock: IReactorTime) -> None:
        self.count = 0
        self._clock = clock
        self._by_key: dict[bytes, dict[PendingLogin, float]] = {}
        """The time at which each was added, the oldest first."""
        self._waiting: dict[Callable[[], None], None] = {}
        self._timer: IDelayedCall | None = None

    def add(self, connection: PendingLogin, key: bytes) -> None:
        """Record that `connection`, from `key`, has no name yet."""
        self._by_key.setdefault(key, {})[connection] = self._clock.seconds()
        self.count += 1

    def remove(self, connection: PendingLogin, key: bytes) -> None:
        """Record that `connection` is closed or has a name; may be called more than once."""
        connections = self._by_key.get(key, {})
        if connections.pop(connection, None) is None:
            return
        self.count -= 1
        if not connections:
            del self._by_key[key]
        self._call_waiting()

    def try_admit(self, limit: int, key: bytes | None = None) -> bool:
        """Return whether another connection may be added; evict one for it if necessary.

        A `key` stands for a silent connection from there: one is evicted for it only if another
        address has at least two more pending logins.
        """
        if not limit or self.count < limit:
            return True
        now = self._clock.seconds()
        largest, connections = max(self._by_key.items(), key=lambda item: len(item[1]))
        if key is not None and len(connections) <= len(self._by_key.get(key, ())) + 1:
            return False
        for connection, since in connections.items():
            age = now - since
            if age < GRACE:
                break
            if age >= connection.eviction_grace and (age >= PATIENCE or not connection.unread):
                self.remove(connection, largest)
                connection.evict()
                return True
        return False

    def when_removed(self, call: Callable[[], None]) -> None:
        """Call `call`, once, when the next connection is removed."""
        self._waiting[call] = None

    def when_room(self, call: Callable[[], None]) -> None:
        """Call `call`, once, when a connection is removed, or when it is time to try again."""
        self._waiting[call] = None
        if self._timer is None:
            self._timer = self._clock.callLater(RECHECK, self._recheck)

    def stop(self) -> None:
        """Cancel all calls that wait."""
        self._waiting.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _recheck(self) -> None:
        self._timer = None
        self._call_waiting()

    def _call_waiting(self) -> None:
        calls, self._waiting = self._waiting, {}
        for call in calls:
            call()


def eviction_grace_of(transport: Any) -> float:
    """Return the grace period, in seconds, of a connection on `transport`."""
    return TLS_GRACE if is_within_tls(transport) else 0


def is_within_tls(transport: Any) -> bool:
    """Return whether writes to `transport` wait for a handshake, and so for the client."""
    within: bool = ISSLTransport.providedBy(transport)
    return within


def has_unread(transport: Any) -> bool:
    """Return whether `transport` has received something that has not been read yet."""
    fileno = getattr(transport, "fileno", None)
    return fileno is not None and is_readable(fileno())
