"""An HTTP connection: requests without a body, answered at once, and the way to a WebSocket.

Twisted's HTTPChannel parses. Added here are limits: how long headers may take, how long the
connection may be idle, how many requests it may have, and no bodies.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Protocol

from twisted.internet.interfaces import IHalfCloseableProtocol
from twisted.internet.protocol import connectionDone
from twisted.web.http import HTTPChannel, Request
from zope.interface import implementer

from netchat.admission.pending_logins import eviction_grace_of, has_unread
from netchat.admission.policy import client_key, host_at
from netchat.doors.transport.direct import carrier_of
from netchat.doors.transport.handover import hand_over
from netchat.doors.transport.keepalive import tune_connection
from netchat.doors.web.hooks import may_have_body
from netchat.doors.web.pages import send_page

if TYPE_CHECKING:
    from twisted.internet.interfaces import IAddress, IDelayedCall, IProtocol
    from twisted.python.failure import Failure

    from netchat.admission.connections import Connections

IDLE_TIMEOUT = 5.0
"""Seconds after which a connection is closed that has no request."""
HEADER_TIMEOUT = 10.0
"""Seconds in which a request has to arrive."""
CLOSE_TIMEOUT = 5.0
"""Seconds that a client has to read the last answer."""
MAX_REQUESTS = 32
"""How many requests a connection may have; a browser opens another one."""


class Answerer(Protocol):
    """What answers the requests of a connection."""

    connections: Connections

    def answer(self, connection: HttpConnection, request: Request) -> None:
        """Answer `request`, or have a WebSocket take over `connection`, before this returns."""


class WebRequest(Request):
    """A request that its connection has answered."""

    def process(self) -> None:
        """Called when all of the request has arrived."""
        connection: Any = self.channel
        connection.answer(self)


@implementer(IHalfCloseableProtocol)
class HttpConnection(HTTPChannel):
    """A connection of a client whose requests `door` answers; `proxied` is its address if a proxy
    has told it in a PROXY header."""

    requestFactory = WebRequest  # noqa: N815  # Twisted defines the names
    timeOut = None  # noqa: N815  # Twisted's timer begins again with each byte.
    factory = None
    transport: Any

    def __init__(self, door: Answerer, proxied: IAddress | None = None) -> None:
        super().__init__()
        self.proxied = proxied
        self.key = b""
        self._door = door
        self._clock = door.connections.clock
        self._timer: IDelayedCall | None = None
        self._is_reading = False
        self._requests_left = MAX_REQUESTS
        self._taken = 0
        self._closing = False
        self._successor: IProtocol | None = None

    def connectionMade(self) -> None:
        """Wait for a request."""
        super().connectionMade()
        tune_connection(self.transport, self._door.connections.limits.connection)
        self.key = client_key(host_at(self.address))
        if self._door.connections.try_add_http(self):
            self._set_timer(IDLE_TIMEOUT)
        else:
            self._closing = True
            self.transport.abortConnection()

    def dataReceived(self, data: bytes) -> None:
        """Take a read."""
        if self._closing:
            return
        if not self._is_reading:
            self._is_reading = True
            self._set_timer(HEADER_TIMEOUT)
        super().dataReceived(data)

    def rawDataReceived(self, data: bytes) -> None:
        """Take what follows a request in the same read."""
        if self._successor is not None:
            self._successor.dataReceived(data)
        elif not self._closing:
            super().rawDataReceived(data)

    def allHeadersReceived(self) -> None:
        """Refuse a request with a body, unless it is one of a webhook."""
        path = self._path.partition(b"?")[0]
        if self.length == 0 or may_have_body(self._command, path, self.length):
            super().allHeadersReceived()
            self._requests_left -= 1
            if not self._requests_left and self.persistent:
                self.persistent = 0
                self.requests[-1].responseHeaders.setRawHeaders(b"Connection", [b"close"])
            return
        request = self.requests[-1]
        request.method, request.uri, request.clientproto = self._command, self._path, self._version
        request.path = self._path
        request.responseHeaders.setRawHeaders(b"Connection", [b"close"])
        self.persistent = 0
        send_page(
            request, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "Send no body here, or a smaller one."
        )

    def answer(self, request: Request) -> None:
        """Answer a request that has arrived."""
        self._door.answer(self, request)

    def requestDone(self, request: Request) -> None:
        """Wait for the next request, or close."""
        self._is_reading = False
        self._set_timer(IDLE_TIMEOUT)
        super().requestDone(request)

    def loseConnection(self) -> None:
        """Close once everything is sent, or after CLOSE_TIMEOUT seconds in any case."""
        self._closing = True
        self._set_timer(CLOSE_TIMEOUT)
        super().loseConnection()

    def readConnectionLost(self) -> None:
        """Close: all requests that have arrived are answered."""
        self.loseConnection()

    def writeConnectionLost(self) -> None:
        """Do nothing: this half is closed only at the end."""

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Forget the connection."""
        self._set_timer(None)
        self._door.connections.remove_http(self)
        super().connectionLost(reason)

    def upgrade(self, response: bytes, successor: IProtocol) -> None:
        """Send `response`, and have `successor` take over the connection."""
        self._release()
        self.transport.write(response)
        self._successor = successor
        hand_over(self.transport, self, successor)

    def upgrade_and_close(self, response: bytes) -> None:
        """Send `response`, the whole conversation of a WebSocket, and close."""
        self.transport.write(response)
        self.requests.clear()
        self.loseConnection()

    @property
    def address(self) -> IAddress:
        """The address of the client, or of a web proxy."""
        address: IAddress = self.proxied or self.transport.getPeer()
        return address

    @property
    def eviction_grace(self) -> float:
        """The grace period of this kind of transport, in seconds (PendingLogin)."""
        return eviction_grace_of(self.transport)

    @property
    def unread(self) -> bool:
        """Whether the client has sent something that has not been read yet."""
        return has_unread(self.transport)

    def evict(self) -> None:
        """Close in favour of another connection: nothing is being answered."""
        if not self._closing:
            self.loseConnection()

    def abort(self) -> None:
        """Drop the connection and what is unsent."""
        self.transport.abortConnection()

    def _release(self) -> None:
        """Leave the transport to another protocol."""
        self._set_timer(None)
        self._door.connections.remove_http(self)
        self.requests.clear()
        self.transport.unregisterProducer()

    def _set_timer(self, seconds: float | None) -> None:
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._timer = None if seconds is None else self._clock.callLater(seconds, self._expire)

    def _expire(self) -> None:
        """Close, unless the client is still reading an answer."""
        carrier: Any = carrier_of(self.transport)
        if carrier is not None and carrier.unsent and carrier.taken != self._taken:
            self._taken = carrier.taken
            self._set_timer(CLOSE_TIMEOUT)
        elif self._closing or self._is_reading:
            self.abort()
        else:
            self.loseConnection()
