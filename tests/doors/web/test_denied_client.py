"""Clients whose address is denied, in memory: each is told so in what it speaks, and closed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from netchat.admission.connections import LOCAL_REJECTIONS, MAX_REJECTIONS
from netchat.admission.policy import parse_host
from netchat.admission.rejection import CLOSE_TIME, HEALTH_CHECK_TIMEOUT
from netchat.doors.web.denied_client import DeniedClient
from netchat.doors.web.pages import SECURITY_HEADERS
from netchat.testing import Guest, Network
from tests.support.web import browser, request

if TYPE_CHECKING:
    from tests.support.web import Browser

DENIED = "203.0.113.9"
SENTENCE = "This server takes no connections from your address."


@pytest.fixture
def network() -> Network:
    return Network("--deny", "203.0.113.0/24")


def guest(network: Network) -> Guest:
    made = Guest()
    made.network = network
    return network.connect(made, DENIED)


def on_the_port_of_the_page(network: Network) -> Browser:
    """Return a browser's connection to the port on which nothing but HTTP is spoken."""
    network.service.factory = next(  # type: ignore[assignment]
        given[1] for given in network.clock.tcpServers if given[0] == 5080
    )
    return browser(network, DENIED)


def test_a_browser_gets_a_page_that_says_so(network: Network) -> None:
    connection = browser(network, DENIED)
    answer = connection.ask("/")
    assert answer.status == 403
    assert SENTENCE in answer.text
    assert answer.headers.items() >= SECURITY_HEADERS.items()
    assert answer.headers["connection"] == "close"
    assert "server" not in answer.headers
    assert not connection.online
    assert network.service.factory.connections.rejections == {}


def test_nothing_but_the_headers_answers_a_head(network: Network) -> None:
    connection = browser(network, DENIED)
    connection.request("/", "HEAD")
    head, _, body = connection.received.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 403 ")
    assert body == b""


def test_a_request_may_arrive_in_pieces(network: Network) -> None:
    connection = browser(network, DENIED)
    for byte in request("/")[:20]:
        connection.send(bytes([byte]))
    assert connection.received.startswith(b"HTTP/1.1 403 ")


@pytest.mark.parametrize("line", [b"Alice\n", b'{"type":"hello","name":"x"}\n', b"GET\n", b"GE"])
def test_any_other_client_gets_the_sentence(network: Network, line: bytes) -> None:
    client = guest(network)
    client.send(line)
    network.advance(HEALTH_CHECK_TIMEOUT)
    assert client.heard() == [f"! {SENTENCE}"]
    assert not client.online


def test_a_silent_client_gets_the_sentence_after_a_moment(network: Network) -> None:
    client = guest(network)
    assert client.online
    network.advance(HEALTH_CHECK_TIMEOUT)
    assert client.heard() == [f"! {SENTENCE}"]
    assert not client.online


def test_without_a_page_the_sentence_comes_at_once() -> None:
    client = guest(Network("--no-web", "--no-ssh", "--deny", "203.0.113.0/24"))
    assert client.heard() == [f"! {SENTENCE}"]


def test_on_the_port_of_the_page_a_browser_gets_a_page_too(network: Network) -> None:
    answer = on_the_port_of_the_page(network).ask("/")
    assert answer.status == 403
    assert SENTENCE in answer.text


def test_on_the_port_of_the_page_a_connection_opened_ahead_is_closed_without_a_word(
    network: Network,
) -> None:
    connection = on_the_port_of_the_page(network)
    network.advance(HEALTH_CHECK_TIMEOUT)
    assert connection.received == b""
    assert not connection.online


def test_a_client_that_does_not_read_the_sentence_is_dropped(network: Network) -> None:
    client = guest(network)
    door = network.door(client)
    transport: Any = door.transport
    transport.loseConnection = lambda: None
    network.advance(HEALTH_CHECK_TIMEOUT)
    assert client.online
    network.advance(CLOSE_TIME)
    assert not client.online


def test_denied_clients_leave_places_to_the_health_check(network: Network) -> None:
    connections = network.service.factory.connections
    clients = [guest(network) for _ in range(MAX_REJECTIONS + 5)]
    waiting = [client for client in clients if client.online]
    assert len(waiting) == MAX_REJECTIONS - LOCAL_REJECTIONS
    assert connections.can_reject(parse_host("127.0.0.1"))
    assert not connections.can_reject(parse_host("192.0.2.1"))
    assert isinstance(network.door(waiting[0]), DeniedClient)
