"""The accepted sockets for which no protocol exists yet, when there are many pending logins.

Such a connection costs a socket that the reactor watches, and nothing else. A client that sends
something is served before the silent ones: so a thousand silent connections delay nobody, and no
connection is evicted only because its client takes time. On a port where the client speaks first (a
TLS handshake, or a PROXY header) every connection waits here until it does. On other ports the
server has to send the prompt first, so silent connections are served too when there is room.
"""

from __future__ import annotations

from contextlib import suppress
from socket import MSG_DONTWAIT, MSG_PEEK
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from twisted.internet.interfaces import IReadDescriptor
from zope.interface import implementer

from netchat.admission.descriptors import is_readable
from netchat.model.disconnects import EVICTED, LOGIN_TIMEOUT

if TYPE_CHECKING:
    from collections.abc import Callable
    from socket import socket

    from twisted.internet.interfaces import IDelayedCall

    from netchat.admission.connections import Connections
    from netchat.model.events import Closing
    from netchat.model.limits import Limits


class Accepted(NamedTuple):
    """A connection as a listening socket accepts it."""

    connection: socket
    address: Any


class AcceptingPort(Protocol):
    """A listening port whose `accept` is replaced."""

    @property
    def is_open(self) -> bool:
        """Whether the port listens, and is not about to close."""

    def accept_now(self, count: int) -> None:
        """Accept now, `count` connections at least if there are that many."""

    def watch(self, connection: IReadDescriptor) -> None:
        """Have the reactor tell `connection` when it can be read."""

    def unwatch(self, connection: IReadDescriptor) -> None:
        """End `watch`."""

    def pause(self) -> None:
        """Accept nothing for now."""

    def resume(self) -> None:
        """Accept again."""


@implementer(IReadDescriptor)
class PendingConnection:
    """A connection for which nothing else exists before its client sends something."""

    __slots__ = ("_fileno", "_pending", "accepted", "key", "since", "timer")

    eviction_grace = 0.0

    def __init__(
        self, pending: PendingConnections, accepted: Accepted, key: bytes, since: float
    ) -> None:
        self.since = since
        self.accepted = accepted
        self.key = key
        self.timer: IDelayedCall | None = None
        self._pending = pending
        self._fileno = accepted.connection.fileno()

    @property
    def unread(self) -> bool:
        """Whether the client has sent something."""
        return is_readable(self._fileno)

    def fileno(self) -> int:
        """Return the descriptor, which stays the same after the socket has been handed on."""
        return self._fileno

    def logPrefix(self) -> str:  # noqa: N802
        """Return the shortest prefix; nothing is logged with it."""
        return "-"

    def doRead(self) -> None:  # noqa: N802
        """Called when the client has sent something, or has hung up."""
        self._pending.became_readable(self)

    def connectionLost(self, reason: object) -> None:
        """Called when the connection is gone."""
        self.abort()

    def apply_limits(self, limits: Limits) -> None:
        """Keep the timer that is running; nothing else here depends on limits."""

    def evict(self) -> None:
        """Close in favour of another connection."""
        self.disconnect(EVICTED)

    def disconnect(self, closing: Closing) -> None:
        """Close with the sentence of `closing`."""
        self._pending.reject(self, closing)

    def abort(self) -> None:
        """Close without a sentence."""
        self._pending.reject(self, None)


class PendingConnections:
    """The pending connections of `port`, which is one port of the server of `connections`.

    `reject` closes an accepted connection with a sentence. `serve_silent` tells whether clients
    that have sent nothing are served when there is room, because they expect a prompt.
    """

    def __init__(
        self,
        port: AcceptingPort,
        connections: Connections,
        reject: Callable[[Accepted, Closing], None],
        *,
        serve_silent: bool,
    ) -> None:
        self._serve_silent = serve_silent
        self._port = port
        self._connections = connections
        self._reject = reject
        self._silent: dict[PendingConnection, None] = {}
        self._readable: dict[PendingConnection, None] = {}
        self._turn: IDelayedCall | None = None

    def add(self, accepted: Accepted, key: bytes) -> None:
        """Let `accepted`, from the address of `key`, wait here for the time of a login at most."""
        pending = PendingConnection(self, accepted, key, self._connections.clock.seconds())
        self._silent[pending] = None
        self._connections.add(pending, self._connections.pending_connections)
        self._port.watch(pending)
        seconds = self._connections.limits.connection.login_timeout
        if seconds:
            pending.timer = self._connections.clock.callLater(seconds, self._expire, pending)
        if self._serve_silent:
            self._connections.pending_logins.when_removed(self._call_soon)

    def next(self) -> Accepted | None:
        """Remove and return the connection to serve now, if any.

        That is the first one that can be read; if there is none, the oldest silent one, if it is to
        get the prompt.
        """
        limit = self._connections.limits.admission.max_nameless
        pending_logins = self._connections.pending_logins
        queue = None
        if self._readable and pending_logins.try_admit(limit):
            queue = self._readable
        elif self._silent and self._serve_silent and (not limit or pending_logins.count < limit):
            queue = self._silent
        if queue is None:
            return None
        pending = next(iter(queue))
        self._remove(pending)
        self._connections.set_login_start(pending.since)
        return pending.accepted

    def became_readable(self, pending: PendingConnection) -> None:
        """Serve `pending` before all silent connections; remove it if its client has hung up."""
        if _has_hung_up(pending.accepted.connection):
            self.reject(pending, None)
            return
        self._port.unwatch(pending)
        del self._silent[pending]
        self._readable[pending] = None
        self._call_soon()

    def reject(self, pending: PendingConnection, closing: Closing | None) -> None:
        """Close the connection of `pending`, with a sentence if there is a `closing`."""
        self._remove(pending)
        if closing is None:
            pending.accepted.connection.close()
        else:
            self._reject(pending.accepted, closing)

    def close(self) -> None:
        """Cancel the call that is due."""
        if self._turn is not None:
            self._turn.cancel()
            self._turn = None

    def _call_soon(self) -> None:
        if self._turn is None:
            self._turn = self._connections.clock.callLater(0, self._serve)

    def _serve(self) -> None:
        """Have the port accept the connections that can be served now."""
        self._turn = None
        if self._connections.closing or not self._port.is_open:
            return
        self._port.accept_now(len(self._readable))
        if self._readable:
            self._connections.pending_logins.when_room(self._call_soon)
        elif self._silent and self._serve_silent:
            self._connections.pending_logins.when_removed(self._call_soon)

    def _remove(self, pending: PendingConnection) -> None:
        if pending in self._silent:
            self._port.unwatch(pending)
        self._silent.pop(pending, None)
        self._readable.pop(pending, None)
        if pending.timer is not None:
            pending.timer.cancel()
            pending.timer = None
        self._connections.remove(pending)

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
