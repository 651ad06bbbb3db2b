"""Where those wait who have come and said nothing, when there are many without a name already.

Nothing is made for them but a socket that is watched. Who says something goes on to the door before
those who are silent: so a thousand silent connections hold up nobody, and nobody has to go for them
who only takes his time. Where a guest speaks first, because he shakes hands (TLS) or is announced
by a proxy, everybody waits here until he does; elsewhere he is to be asked for his name.
"""

from __future__ import annotations

from contextlib import suppress
from socket import MSG_DONTWAIT, MSG_PEEK
from typing import TYPE_CHECKING, Any, NamedTuple

from twisted.internet.interfaces import IReadDescriptor
from zope.interface import implementer

from netchat.admission.descriptors import is_readable
from netchat.admission.policy import CROWDED
from netchat.doors.limits import LOGIN_TIMEOUT

if TYPE_CHECKING:
    from collections.abc import Callable
    from socket import socket

    from twisted.internet.interfaces import IDelayedCall

    from netchat.doors.line.factory import LineFactory
    from netchat.model.events import Closing


class Accepted(NamedTuple):
    """Somebody who has come, as a socket accepts him."""

    connection: socket
    address: Any


@implementer(IReadDescriptor)
class PendingConnection:
    """A connection for which nothing is made before it says something."""

    __slots__ = ("_fileno", "_pending", "accepted", "key", "since", "timer")

    eviction_grace = 0.0

    def __init__(
        self, pending_connections: PendingConnections, accepted: Accepted, key: bytes, since: float
    ) -> None:
        self.since = since
        self.accepted = accepted
        self.key = key
        self.timer: IDelayedCall | None = None
        self._pending = pending_connections
        self._fileno = accepted.connection.fileno()

    @property
    def unread(self) -> bool:
        """Whether it has said something."""
        return is_readable(self._fileno)

    def fileno(self) -> int:
        """Return its descriptor, also when it has been handed on."""
        return self._fileno

    def logPrefix(self) -> str:  # noqa: N802
        """Return nothing of interest."""
        return "-"

    def doRead(self) -> None:  # noqa: N802
        """Learn that it has said something, or hung up."""
        self._pending.became_readable(self)

    def connectionLost(self, reason: object) -> None:
        """Learn that it is gone."""
        self.abort()

    def evict(self) -> None:
        """Close for somebody else."""
        self.disconnect(CROWDED)

    def disconnect(self, closing: Closing) -> None:
        """Close with the sentence of `closing`."""
        self._pending.reject(self, closing)

    def abort(self) -> None:
        """Close without a word."""
        self._pending.reject(self, None)


class PendingConnections:
    """Those who wait to be accepted by `port`, an open one of `factory`.

    `turn_away` closes one with a sentence; `asked` tells whether the silent are asked in, too.
    """

    def __init__(
        self,
        port: Any,
        factory: LineFactory,
        turn_away: Callable[[Accepted, Closing], None],
        *,
        asked: bool,
    ) -> None:
        self._asked = asked
        self._port = port
        self._factory = factory
        self._turn_away = turn_away
        self._silent: dict[PendingConnection, None] = {}
        self._spoken: dict[PendingConnection, None] = {}
        self._turn: IDelayedCall | None = None

    def take(self, accepted: Accepted, key: bytes) -> None:
        """Let `accepted`, from the address of `key`, wait here."""
        pending = PendingConnection(self, accepted, key, self._factory.clock.seconds())
        self._silent[pending] = None
        self._factory.connection_opened(pending, self._factory.pending_connections)
        self._port.reactor.addReader(pending)
        seconds = self._factory.limits.connection.login_timeout
        if seconds:
            pending.timer = self._factory.clock.callLater(seconds, self._expire, pending)
        if self._asked:
            self._factory.pending_logins.when_gone(self._call_soon)

    def next(self) -> Accepted | None:
        """Return who has his turn now, if anybody: who has spoken, or the first for who goes."""
        limit = self._factory.admission.limits.max_nameless
        pending_logins = self._factory.pending_logins
        queue = None
        if self._spoken and pending_logins.try_admit(limit):
            queue = self._spoken
        elif self._silent and self._asked and (not limit or pending_logins.count < limit):
            queue = self._silent
        if queue is None:
            return None
        pending = next(iter(queue))
        self._forget(pending)
        self._factory.has_waited_since(pending.since)
        return pending.accepted

    def became_readable(self, pending: PendingConnection) -> None:
        """Let `pending` have his turn before all who are silent."""
        if _has_hung_up(pending.accepted.connection):
            self.reject(pending, None)
            return
        self._port.reactor.removeReader(pending)
        del self._silent[pending]
        self._spoken[pending] = None
        self._call_soon()

    def reject(self, pending: PendingConnection, closing: Closing | None) -> None:
        """Close the connection of `pending`, with a sentence if there is a `closing`."""
        self._forget(pending)
        if closing is None:
            pending.accepted.connection.close()
        else:
            self._turn_away(pending.accepted, closing)

    def close(self) -> None:
        """Call nobody any more."""
        if self._turn is not None:
            self._turn.cancel()
            self._turn = None

    def _call_soon(self) -> None:
        if self._turn is None:
            self._turn = self._factory.clock.callLater(0, self._call)

    def _call(self) -> None:
        """Let the port accept those whose turn it is."""
        self._turn = None
        if self._factory.closing or not self._port.connected:
            return
        self._port.numberAccepts = max(self._port.numberAccepts, len(self._spoken))
        self._port.doRead()
        if self._spoken:
            self._factory.pending_logins.when_room(self._call_soon)
        elif self._silent and self._asked:
            self._factory.pending_logins.when_gone(self._call_soon)

    def _forget(self, pending: PendingConnection) -> None:
        if pending in self._silent:
            self._port.reactor.removeReader(pending)
        self._silent.pop(pending, None)
        self._spoken.pop(pending, None)
        if pending.timer is not None:
            pending.timer.cancel()
            pending.timer = None
        self._factory.connection_closed(pending)

    def _expire(self, pending: PendingConnection) -> None:
        pending.timer = None
        self.reject(pending, LOGIN_TIMEOUT)


def _has_hung_up(connection: socket) -> bool:
    with suppress(BlockingIOError):
        try:
            return not connection.recv(1, MSG_DONTWAIT | MSG_PEEK)
        except ConnectionError:
            return True
    return False
