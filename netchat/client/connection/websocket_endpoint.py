"""The endpoint of a server that is reached by WebSocket, over TCP, TLS or a tunnel.

The protocol that uses it reads and writes JSON lines with their line ends, as over TCP.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from twisted.internet import error
from twisted.internet.defer import Deferred, DeferredList
from twisted.internet.interfaces import (
    IProtocol,
    IProtocolFactory,
    IReactorTime,
    IStreamClientEndpoint,
    ITransport,
)
from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure
from zope.interface import implementer

from netchat.client.connection.address import WebAddress
from netchat.client.connection.errors import UserFacingError, closed_silently
from netchat.client.connection.handshake import HandshakeEndpoint, HandshakeProtocol
from netchat.client.connection.keepalive import enable_keepalive
from netchat.client.connection.websocket import WebSocket
from netchat.client.connection.websocket_errors import timed_out
from netchat.model.lines import whole_lines

CLOSE_TIMEOUT = 2.0
"""Seconds to wait for the server's end of the closing handshake."""
CHECK_INTERVAL = 20.0
"""Seconds between checks. After a whole one in silence, the client asks for a sign of life; after
another one, it gives up. Proxies, which keep-alive does not cross, often close after 60 seconds."""


@implementer(IStreamClientEndpoint)
class WebSocketEndpoint:
    """The WebSocket at `address`; `below` is the endpoint of the connection that carries it."""

    def __init__(
        self, below: IStreamClientEndpoint, address: WebAddress, clock: IReactorTime
    ) -> None:
        self._open: set[_WebSocketProtocol] = set()
        self._endpoint = HandshakeEndpoint(
            below, lambda factory: _WebSocketProtocol(factory, clock, address, self._open)
        )

    def connect(self, factory: IProtocolFactory) -> Deferred[IProtocol]:
        """Connect; the Deferred fires when the server has accepted the WebSocket."""
        return self._endpoint.connect(factory)

    def close(self) -> Deferred[Any]:
        """Close every connection; the Deferred fires when the closing handshakes are done."""
        open_now = list(self._open)
        for connection in open_now:
            connection.loseConnection()
        return DeferredList([connection.lost for connection in open_now])


@implementer(ITransport)
class _WebSocketProtocol(HandshakeProtocol):
    """The WebSocket as the connection sees it, and the transport of the protocol that uses it."""

    disconnecting = False

    def __init__(
        self,
        factory: IProtocolFactory,
        clock: IReactorTime,
        address: WebAddress,
        open_connections: set[_WebSocketProtocol],
    ) -> None:
        super().__init__(factory, clock)
        self.lost: Deferred[None] = Deferred()
        self._address = address
        self._socket = WebSocket(address)
        self._open = open_connections
        self._paused = self._ending = False
        self._problem: Exception | None = None
        self._silent = True
        self._silent_checks = 0

    def connectionMade(self) -> None:
        """Begin the handshake."""
        super().connectionMade()
        self._open.add(self)
        enable_keepalive(self.transport)
        self._flush()

    def timed_out(self) -> Exception:
        """Return the error for a server that does not answer."""
        return timed_out(self._address)

    def dataReceived(self, data: bytes) -> None:
        """Pass on the lines in `data`; answer pings before that."""
        if self.inner is None and self.done.called:
            return
        self._silent = False
        self._silent_checks = 0
        try:
            lines = self._socket.feed(data)
        except UserFacingError as problem:
            self.fail(problem)
            return
        self._flush()
        if self.inner is None and self._socket.is_accepted:
            self._set_check()
            self.finish(self)
        # The protocol has asked for the end, or does so while it reads.
        if lines and not self.disconnecting:
            self.inner.dataReceived(b"".join(lines))
        if self._socket.is_closing:
            self._expect_end()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Report the loss, with the server's own reason if it gave one."""
        self._open.discard(self)
        self.timers.cancel_all()
        if self.inner is None:
            self.report(self._handshake_problem(reason))
        else:
            problem = self._problem or self._socket.problem()
            self.inner.connectionLost(Failure(problem) if problem else reason)
        self.lost.callback(None)

    def write(self, data: bytes) -> None:
        """Send the lines in `data`, each with a line end."""
        for line in whole_lines(data):
            self._socket.send_line(line)
        self._flush()

    def writeSequence(self, data: Iterable[bytes]) -> None:
        """Send the lines in `data`."""
        self.write(b"".join(data))

    def loseConnection(self) -> None:
        """Begin the closing handshake; nothing is received after it."""
        if self.inner is None:
            self.transport.abortConnection()
        elif not self.disconnecting:
            self.disconnecting = True
            self._socket.close()
            self._flush()
            self._expect_end()
            self.transport.resumeProducing()

    def abortConnection(self) -> None:  # noqa: N802  # Twisted's name
        """Close the connection without a handshake."""
        self.disconnecting = True
        self.transport.abortConnection()

    def pauseProducing(self) -> None:
        """Stop reading."""
        self._paused = True
        self.transport.pauseProducing()

    def resumeProducing(self) -> None:
        """Read again."""
        self._paused = False
        self.transport.resumeProducing()

    def getPeer(self) -> Any:
        """Return the address of the other end."""
        return self.transport.getPeer()

    def getHost(self) -> Any:
        """Return the address of this end."""
        return self.transport.getHost()

    def _flush(self) -> None:
        output = self._socket.take_output()
        if output:
            self.transport.write(output)

    def _expect_end(self) -> None:
        if not self._ending:
            self._ending = True
            self.timers.cancel("check")
            self.timers.set("close", CLOSE_TIMEOUT, self.transport.abortConnection)

    def _set_check(self) -> None:
        self.timers.set("check", CHECK_INTERVAL, self._check)

    def _check(self) -> None:
        # While reading is paused, no sign of life can arrive.
        self._silent_checks = 0 if self._paused else self._silent_checks + 1
        if self._silent_checks > 2:
            self._problem = timed_out(self._address)
            self.abortConnection()
            return
        if self._silent_checks == 2:
            self._socket.ping()
            self._flush()
        self._set_check()

    def _handshake_problem(self, reason: Failure) -> BaseException:
        assert reason.value is not None, "a failure has a reason"
        if not isinstance(reason.value, error.ConnectionClosed):
            return reason.value
        if self._silent:
            return closed_silently(self._address)
        try:
            self._socket.feed_end()
        except UserFacingError as problem:
            return problem
        return reason.value
