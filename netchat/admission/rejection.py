"""A connection that is not admitted: it gets one sentence, and is closed.

The acceptor rejects most connections of TCP and unix ports before a protocol exists for them (see
acceptor.py). The protocols here are for clients that can be told only over a Twisted connection, as
within TLS.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twisted.internet.protocol import Protocol, connectionDone

from netchat.admission.policy import host_at, is_local
from netchat.dialects.irc import opening as irc
from netchat.dialects.jsonl import dialect as jsonl
from netchat.dialects.text import dialect as text
from netchat.model.answers import Pong
from netchat.model.disconnects import BYE, SERVER_FULL
from netchat.model.lines import whole_lines
from netchat.model.requests import Bye, Ping
from netchat.observability.connection_log import peer_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from twisted.internet.interfaces import IAddress, IDelayedCall
    from twisted.python.failure import Failure

    from netchat.admission.connections import Connections
    from netchat.model.events import Closing

HEALTH_CHECK_TIMEOUT = 0.1
"""Seconds in which a health check must send its request."""
CLOSE_TIME = 5.0
"""Seconds after which the connection is dropped if the client has not read the sentence."""
_MAX_REQUEST = 512


class Rejection(Protocol):
    """Sends the sentence of `closing`, and closes."""

    def __init__(self, connections: Connections, closing: Closing) -> None:
        self._connections = connections
        self._closing = closing
        self._timer: IDelayedCall | None = None

    def connectionMade(self) -> None:
        """Send the sentence."""
        self._connections.add_rejection(self)
        self.send_last(text.render(self._closing))

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Record that the connection is closed."""
        self._set_timer(None)
        self._connections.remove_rejection(self)

    def send_last(self, data: bytes) -> None:
        """Send `data`, and close."""
        self._set_timer(CLOSE_TIME)
        transport: Any = self.transport
        transport.write(data)
        transport.loseConnection()

    def abort(self) -> None:
        """Drop the connection and what is unsent."""
        self._timer = None
        transport: Any = self.transport
        transport.abortConnection()

    def _set_timer(self, seconds: float | None) -> None:
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._timer = (seconds and self._connections.clock.callLater(seconds, self._expire)) or None

    def _expire(self) -> None:
        self.abort()


class HealthCheckResponder(Rejection):
    """Rejects a client of this machine, but answers it if it is a health check.

    A full server is healthy: if its health check failed, it would be restarted, and all guests
    would be disconnected. `trouble` returns what a pong tells of the journal.
    """

    _received = b""
    _answered = False

    def __init__(
        self, connections: Connections, closing: Closing, trouble: Callable[[], str]
    ) -> None:
        super().__init__(connections, closing)
        self._trouble = trouble

    def connectionMade(self) -> None:
        """Give the health check a moment to send its request."""
        self._connections.add_rejection(self)
        self._set_timer(HEALTH_CHECK_TIMEOUT)

    def dataReceived(self, data: bytes) -> None:
        """Answer once there is a line, or too much for one."""
        self._received += data
        if not self._answered and (b"\n" in self._received or len(self._received) > _MAX_REQUEST):
            self._answered = True
            self.send_last(self._answer())

    def _answer(self) -> bytes:
        lines = whole_lines(self._received[:_MAX_REQUEST])
        if not self._received.startswith(jsonl.START):
            return rejection_in_lines(self._closing, self._received)
        requests = [jsonl.parse_hello(line) for line in lines]
        if not requests or not isinstance(requests[0], Ping):
            return jsonl.render(self._closing)
        pong = Pong(requests[0].nonce or "", self._trouble())
        said_bye = any(isinstance(request, Bye) for request in requests)
        return jsonl.render(pong) + jsonl.render(BYE if said_bye else self._closing)

    def _expire(self) -> None:
        if self._answered:
            self.abort()
        else:
            self._answered = True
            self.send_last(rejection_in_lines(self._closing, self._received))


def rejection_in_lines(closing: Closing, received: bytes) -> bytes:
    """Return `closing` as a client reads it that has sent `received`: in text, or in IRC."""
    line = received.partition(b"\n")[0]
    return irc.rejection(closing) if irc.is_opening(line) else text.render(closing)


def rejection_for(
    connections: Connections, addr: IAddress | None, closing: Closing, trouble: Callable[[], str]
) -> Rejection:
    """Return the protocol that tells the client at `addr` that it is not admitted, and log it.

    A client of this machine may be a health check, which is answered with `trouble`.
    """
    host = host_at(addr)
    if closing is SERVER_FULL and is_local(host) and connections.can_reject(host):
        return HealthCheckResponder(connections, closing, trouble)
    connections.log.refused(peer_name(addr), closing.reason)
    return Rejection(connections, closing)
