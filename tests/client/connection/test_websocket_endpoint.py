"""The endpoints of a tunnel and a WebSocket, in memory, with a clock that the test moves."""

from __future__ import annotations

from typing import Any

import pytest
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.error import ConnectionRefusedError, DNSLookupError, TimeoutError
from twisted.internet.interfaces import IProtocol, IStreamClientEndpoint
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from websockets.frames import Opcode
from websockets.http11 import Request
from websockets.server import ServerProtocol
from zope.interface import implementer

from netchat.client.connection.address import Address, WebAddress
from netchat.client.connection.proxy import Proxy
from netchat.client.connection.tunnel_endpoint import tunnel_endpoint
from netchat.client.connection.websocket_endpoint import WebSocketEndpoint
from netchat.dialects.jsonl.websocket import SUBPROTOCOL

CHAT = WebAddress("chat.test", 80)
PROXY = Proxy(Address("proxy.test", 3128), "HTTPS_PROXY")
NO_ANSWER = f"{CHAT} does not answer; check the address and the network."


@implementer(IStreamClientEndpoint)
class OneConnection:
    """An endpoint whose connection is a StringTransport, or fails with `error`."""

    def __init__(self, error: Exception | None = None) -> None:
        self._error = error
        self.protocol: Any = None
        self.transport = StringTransport()

    def connect(self, factory: Any) -> Deferred[IProtocol]:
        connected: Deferred[IProtocol] = Deferred()
        if self._error is not None:
            connected.errback(self._error)
            return connected
        self.protocol = factory.buildProtocol(None)
        self.protocol.makeConnection(self.transport)
        connected.callback(self.protocol)
        return connected

    def lose(self, reason: Exception) -> None:
        """Lose the connection."""
        self.protocol.connectionLost(Failure(reason))


class Recording(Protocol):
    """A protocol that records what it receives, and why it lost its connection."""

    transport: Any

    def __init__(self) -> None:
        self.received = b""
        self.reason = ""

    def dataReceived(self, data: bytes) -> None:
        self.received += data

    def connectionLost(self, reason: Any = None) -> None:
        self.reason = str(reason.value)


class Connecting:
    """A client that connects; `server` is the other end, as soon as `accept` is called."""

    def __init__(self, error: Exception | None = None) -> None:
        self.clock = Clock()
        self.below = OneConnection(error)
        self.user = Recording()
        self.endpoint = WebSocketEndpoint(self.below, CHAT, self.clock)
        self.result: list[Any] = []
        self.connecting = self.endpoint.connect(Factory.forProtocol(lambda: self.user))
        self.connecting.addBoth(self.result.append)
        self.server = ServerProtocol(subprotocols=[SUBPROTOCOL])

    @property
    def failure(self) -> str:
        """Why the attempt failed."""
        (failure,) = self.result
        return str(failure.value)

    def accept(self) -> Connecting:
        """Accept the handshake; what the server has sent before arrives with the answer."""
        self.server.receive_data(self.below.transport.value())
        self.below.transport.clear()
        (request,) = self.server.events_received()
        assert isinstance(request, Request)
        self.server.send_response(self.server.accept(request))
        return self

    def deliver(self) -> None:
        """Deliver what the server has sent."""
        self.below.protocol.dataReceived(b"".join(self.server.data_to_send()))

    def seen(self) -> list[Opcode]:
        """Let the server read; return the kinds of the frames that it receives."""
        self.server.receive_data(self.below.transport.value())
        self.below.transport.clear()
        return [event.opcode for event in self.server.events_received()]  # type: ignore[union-attr]


def connected() -> Connecting:
    """Return a client that is connected."""
    client = Connecting().accept()
    client.deliver()
    assert client.result == [client.user]
    return client


def test_what_comes_with_the_answer_to_the_handshake_is_not_lost() -> None:
    client = Connecting().accept()
    client.server.send_text(b"one")
    client.server.send_text(b"two")
    client.deliver()
    assert client.result == [client.user]
    assert client.user.received == b"one\ntwo\n"


def test_also_if_it_ends_with_a_closing_frame() -> None:
    client = Connecting().accept()
    client.server.send_text(b"one")
    client.server.send_close(1008, "flood")
    client.deliver()
    client.below.lose(ConnectionRefusedError())
    assert client.user.received == b"one\n"
    assert client.user.reason == f"{CHAT} closed the connection (1008 flood); try again later."
    assert not client.clock.getDelayedCalls()


def test_a_ping_is_answered_before_the_line_that_comes_with_it_is_handled() -> None:
    client = connected()
    client.user.dataReceived = client.user.transport.write  # type: ignore[method-assign]
    client.server.send_ping(b"x")
    client.server.send_text(b"line")
    client.deliver()
    assert client.seen() == [Opcode.PONG, Opcode.TEXT]


def test_each_line_is_a_frame() -> None:
    client = connected()
    client.user.transport.write(b"one\ntwo\n")
    client.user.transport.writeSequence([b"three\n"])
    assert client.seen() == [Opcode.TEXT] * 3


def test_a_handshake_has_twenty_seconds() -> None:
    client = Connecting()
    client.clock.advance(19.9)
    assert not client.result
    client.clock.advance(0.2)
    assert client.failure == NO_ANSWER
    assert client.below.transport.disconnected
    client.below.lose(ConnectionRefusedError())
    assert not client.clock.getDelayedCalls()


def test_an_attempt_can_be_cancelled() -> None:
    client = Connecting()
    client.connecting.cancel()
    (failure,) = client.result
    assert failure.check(CancelledError)
    assert client.below.transport.disconnected
    client.accept().deliver()
    assert not client.user.received


def test_a_silent_server_is_asked_for_a_sign_of_life() -> None:
    client = connected()
    client.clock.pump([20, 19.9])
    assert client.seen() == []
    client.clock.advance(0.1)
    assert client.seen() == [Opcode.PING]
    client.deliver()
    client.clock.pump([20, 20])
    assert client.seen() == [Opcode.PING]
    assert not client.below.transport.disconnected
    client.clock.advance(20)
    assert client.below.transport.disconnected
    client.below.lose(ConnectionRefusedError())
    assert client.user.reason == NO_ANSWER


def test_while_reading_is_paused_a_server_is_not_taken_for_silent() -> None:
    client = connected()
    client.user.transport.pauseProducing()
    assert client.below.transport.producerState == "paused"
    client.clock.pump([20] * 10)
    assert client.seen() == []
    client.user.transport.resumeProducing()
    assert client.below.transport.producerState == "producing"
    client.clock.pump([20, 20])
    assert client.seen() == [Opcode.PING]
    client.user.transport.abortConnection()
    client.below.lose(ConnectionRefusedError())


def test_a_server_that_does_not_close_is_given_two_seconds() -> None:
    client = connected()
    client.user.transport.pauseProducing()
    client.user.transport.loseConnection()
    assert client.below.transport.producerState == "producing"
    client.server.send_text(b"too late")
    client.deliver()
    assert client.seen() == [Opcode.CLOSE]
    client.clock.advance(1.9)
    client.deliver()
    assert not client.below.transport.disconnected
    client.clock.advance(0.1)
    assert client.below.transport.disconnected
    client.below.lose(ConnectionRefusedError("x"))
    assert client.user.received == b""


def test_the_end_of_the_program_waits_for_the_closing_handshake() -> None:
    client = connected()
    ended: list[Any] = []
    client.endpoint.close().addCallback(ended.append)
    assert client.seen() == [Opcode.CLOSE]
    assert not ended
    client.below.lose(ConnectionRefusedError())
    assert ended
    client.endpoint.close().addCallback(ended.append)
    assert len(ended) == 2


def test_a_failure_of_what_is_below_is_passed_on() -> None:
    error = ValueError("certificate verify failed")
    client = Connecting()
    client.below.lose(error)
    assert client.failure == str(error)
    assert "DNS lookup failed" in Connecting(DNSLookupError()).failure


class Tunneling:
    """A client that asks a proxy for a tunnel."""

    def __init__(self, error: Exception | None = None) -> None:
        self.clock = Clock()
        self.below = OneConnection(error)
        self.user = Recording()
        self.result: list[Any] = []
        self.connecting = tunnel_endpoint(self.below, PROXY, CHAT, self.clock).connect(
            Factory.forProtocol(lambda: self.user)
        )
        self.connecting.addBoth(self.result.append)

    @property
    def failure(self) -> str:
        """Why the attempt failed."""
        (failure,) = self.result
        return str(failure.value)


def test_in_a_tunnel_bytes_are_passed_on_as_they_are() -> None:
    client = Tunneling()
    assert client.below.transport.value().startswith(b"CONNECT chat.test:80 HTTP/1.1\r\n")
    client.below.protocol.dataReceived(b"HTTP/1.1 200 OK\r\n")
    assert not client.result
    client.below.protocol.dataReceived(b"\r\nrest")
    client.below.protocol.dataReceived(b", more")
    assert client.result == [client.user]
    assert client.user.received == b"rest, more"
    assert client.user.transport is client.below.transport
    client.below.lose(ConnectionRefusedError("x"))
    assert client.user.reason.startswith("Connection was refused")
    assert not client.clock.getDelayedCalls()


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (DNSLookupError(), "there is no such host"),
        (ConnectionRefusedError(), "nothing listens there"),
        (TimeoutError(), "it does not answer"),
        (OSError("No route."), "No route"),
    ],
)
def test_a_proxy_that_cannot_be_reached_is_named(error: Exception, why: str) -> None:
    expected = f"The proxy {PROXY} cannot be reached ({why}); check HTTPS_PROXY."
    assert Tunneling(error).failure == expected


def test_a_proxy_that_says_nothing_is_named() -> None:
    client = Tunneling()
    client.clock.advance(20)
    assert client.failure == f"The proxy {PROXY} does not answer; check HTTPS_PROXY."
    assert client.below.transport.disconnected
    client = Tunneling()
    client.below.lose(ConnectionRefusedError())
    assert client.failure.startswith(f"The proxy {PROXY} closed the connection without an answer;")
    assert not client.clock.getDelayedCalls()


def test_a_tunnel_can_be_cancelled() -> None:
    client = Tunneling()
    client.connecting.cancel()
    (failure,) = client.result
    assert failure.check(CancelledError)
    assert client.below.transport.disconnected
