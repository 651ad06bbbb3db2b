"""Browsers on a port with TLS, in memory: the handshake tells that they speak HTTP."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from OpenSSL import SSL
from twisted.internet.address import IPv4Address
from twisted.internet.testing import StringTransport
from twisted.protocols.tls import TLSMemoryBIOFactory

from netchat.doors.line.protocol import PROMPT_DELAY
from netchat.testing import Network
from tests.support.certificates import identity

if TYPE_CHECKING:
    from pathlib import Path

# Twisted 26.10 passes pyOpenSSL 26 objects of a deprecated type; nothing here can change that.
pytestmark = pytest.mark.filterwarnings("ignore:Passing pyOpenSSL:DeprecationWarning")
QUESTION = b"Enter username: "


class Wire(StringTransport):
    """What is sent and received, as on a TCP connection."""

    def setTcpNoDelay(self, _: bool) -> None:
        """Do nothing."""


class SecureClient:
    """A client that offers the protocols `offers`; its handshake goes on at each `step`."""

    def __init__(self, network: Network, offers: list[bytes]) -> None:
        _, factory, creator, *_ = network.clock.sslServers[0]
        secure = TLSMemoryBIOFactory(creator, False, factory, network.clock)
        self.network = network
        wire: Any = Wire
        self.transport = wire(peerAddress=IPv4Address("TCP", "192.168.1.2", 4))
        self._door = secure.buildProtocol(self.transport.getPeer())
        assert self._door is not None
        self._door.makeConnection(self.transport)
        context = SSL.Context(SSL.TLS_METHOD)
        if offers:
            context.set_alpn_protos(offers)
        self.connection = SSL.Connection(context, None)
        self.connection.set_connect_state()

    def step(self) -> None:
        """Send what the client has to say now, and take the answer."""
        with suppress(SSL.WantReadError):
            self.connection.do_handshake()
        with suppress(SSL.WantReadError):
            assert self._door is not None
            self._door.dataReceived(self.connection.bio_read(65536))
        self.network.settle()
        self._take()

    def read(self) -> bytes:
        """Return what the server has written since the last call."""
        self._take()
        with suppress(SSL.WantReadError):
            return self.connection.recv(65536)
        return b""

    def _take(self) -> None:
        if sent := self.transport.value():
            self.connection.bio_write(sent)
            self.transport.clear()

    def send(self, data: bytes) -> None:
        self.connection.send(data)
        self.step()


@pytest.fixture
def network(tmp_path: Path) -> Network:
    endpoint = identity(tmp_path, "127.0.0.1").put(tmp_path / "door.pem")
    return Network("--listen", endpoint)


def test_a_browser_is_not_asked_for_a_name_however_long_it_waits(network: Network) -> None:
    browser = SecureClient(network, [b"h2", b"http/1.1"])
    browser.step()
    browser.step()
    assert browser.connection.get_alpn_proto_negotiated() == b"http/1.1"
    network.advance(PROMPT_DELAY)
    connections = network.service.factory.connections
    assert (len(connections.open), len(connections.http)) == (0, 1)
    network.advance(3)
    assert browser.read() == b""
    browser.send(b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n")
    assert browser.read().startswith(b"HTTP/1.1 200 ")
    assert not browser.transport.disconnecting


def test_a_browser_that_sends_its_request_at_once_is_answered(network: Network) -> None:
    browser = SecureClient(network, [b"http/1.1"])
    browser.step()
    browser.step()
    browser.send(b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n")
    assert browser.read().startswith(b"HTTP/1.1 200 ")


def test_half_a_request_that_has_arrived_is_handed_on(network: Network) -> None:
    browser = SecureClient(network, [b"http/1.1"])
    browser.step()
    browser.step()
    browser.send(b"GET / HT")
    network.advance(PROMPT_DELAY)
    browser.send(b"TP/1.1\r\nhost: localhost\r\n\r\n")
    assert browser.read().startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("offers", [[], [b"h2"], [b"irc"]])
def test_any_other_client_is_asked_once_its_handshake_is_over(
    network: Network, offers: list[bytes]
) -> None:
    client = SecureClient(network, offers)
    client.step()
    network.advance(10 * PROMPT_DELAY)
    assert len(network.service.factory.connections.open) == 1
    client.step()
    network.advance(PROMPT_DELAY)
    assert client.read() == QUESTION
    client.send(b"Alice\n")
    assert client.read().startswith(b"Welcome")


def test_no_question_waits_in_a_handshake_for_the_request_behind_it(network: Network) -> None:
    browser = SecureClient(network, [])
    browser.step()
    network.advance(10 * PROMPT_DELAY)
    # The last of the handshake and the request come together, as browsers send them.
    with suppress(SSL.WantReadError):
        browser.connection.do_handshake()
    browser.send(b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n")
    assert browser.read().startswith(b"HTTP/1.1 200 ")


def test_without_a_page_everybody_is_asked(tmp_path: Path) -> None:
    endpoint = identity(tmp_path, "127.0.0.1").put(tmp_path / "door.pem")
    client = SecureClient(Network("--listen", endpoint, "--no-web"), [b"http/1.1"])
    client.step()
    client.step()
    client.network.advance(PROMPT_DELAY)
    assert client.read() == QUESTION
