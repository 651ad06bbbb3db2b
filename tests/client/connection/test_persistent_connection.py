"""The connection is made, lost and restored; against the real server, in memory."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.error import ConnectionRefusedError, DNSLookupError, TimeoutError
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.testing import MemoryReactorClock
from twisted.test.iosim import FakeTransport

from netchat.client.connection.address import Address
from netchat.client.connection.connect import tcp_endpoint
from netchat.client.connection.retry import MAX_DELAY, MIN_DELAY, backoff_delay
from netchat.client.conversation.decoder import MAX_LINE_BYTES
from netchat.testing import Network
from tests.support.client_fakes import ADDRESS, ClientHarness, MemoryEndpoint

WELCOME = "(on entry) Welcome to chat room. Enter 'exit' anytime to exit"
NOT_NETCHAT = (
    f"{ADDRESS} does not answer as a netchat server does; "
    "check the port, and whether it needs --tls."
)
CLOSED = f"{ADDRESS} closed the connection; try again later."
SILENT = (
    f"{ADDRESS} closed the connection without an answer; "
    "try again later, or with --tls if the server speaks TLS."
)


def test_a_client_logs_in_and_talks(network: Network) -> None:
    client = ClientHarness(network)
    assert client.new_events() == [WELCOME, "in"]
    bob = network.join("Bob")
    client.say("Je suis Alice")
    bob.say("Je suis bob")
    assert bob.heard() == ["Alice: Je suis Alice"]
    assert client.new_events() == ["* Bob joined", "Bob: Je suis bob"]
    assert client.frontend.waiting == 0


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (ConnectionRefusedError(), "No server listens at chat.test:5001; check the address"),
        (DNSLookupError(), "There is no host called chat.test; check the name."),
        (TimeoutError(), "chat.test:5001 does not answer; check the address"),
        (OSError("No route"), "chat.test:5001 cannot be reached; check the address (No route)."),
    ],
)
def test_a_server_that_cannot_be_reached_at_first_ends_it_with_one_sentence(
    network: Network, error: Exception, sentence: str
) -> None:
    client = ClientHarness(network, endpoint=MemoryEndpoint(network, error))
    (shown,) = client.new_events()
    assert shown.startswith(f"closed: {sentence}")
    network.advance(600)
    assert client.endpoint.attempts == [0.0]


def test_with_keep_trying_a_server_that_cannot_be_reached_at_first_is_tried_again(
    network: Network,
) -> None:
    endpoint = MemoryEndpoint(network, ConnectionRefusedError(), TimeoutError())
    client = ClientHarness(network, endpoint=endpoint, keep_trying=True)
    client.wait(3)
    assert endpoint.attempts == [0.0, 1.0, 3.0]
    shown = client.new_events()
    assert shown[-1] == "in"
    assert [line[:35] for line in shown[:2]] == [
        "reconnecting: No server listens at ",
        "reconnecting: chat.test:5001 does n",
    ]


def test_a_host_that_does_not_exist_is_never_tried_again(network: Network) -> None:
    client = ClientHarness(
        network, endpoint=MemoryEndpoint(network, DNSLookupError()), keep_trying=True
    )
    assert client.new_events() == ["closed: There is no host called chat.test; check the name."]


@pytest.mark.parametrize("name", ["Alice", "a:b"])
def test_a_refused_name_ends_it_and_closes_the_connection(network: Network, name: str) -> None:
    network.join("Alice")
    client = ClientHarness(network, name)
    (shown,) = client.new_events()
    assert shown.startswith("name refused: ")
    assert client.endpoint.protocols[0].transport.disconnected
    network.advance(600)
    assert client.new_events() == []


def test_with_keep_trying_a_taken_name_is_waited_for(network: Network) -> None:
    ci = network.join("ci")
    client = ClientHarness(network, "ci", keep_trying=True)
    (shown,) = client.new_events()
    assert shown.startswith("reconnecting: ci is taken")
    ci.hang_up()
    network.advance(1)
    assert client.new_events()[-1] == "in"


def test_a_refused_room_ends_it(network: Network) -> None:
    client = ClientHarness(network, room="a:b")
    (shown,) = client.new_events()
    assert shown.startswith("closed: A room has letters, digits")


class Silent(Protocol):
    """A server that never sends a byte."""


class Banner(Protocol):
    """A server that sends `banner`, and closes."""

    transport: Any
    banner = b""

    def connectionMade(self) -> None:
        self.transport.write(self.banner)
        self.transport.loseConnection()


def test_a_server_that_does_not_answer_is_given_up(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(network.service.factory, "buildProtocol", lambda _: Silent())
    client = ClientHarness(network)
    network.advance(19)
    assert client.new_events() == []
    network.advance(1)
    assert client.new_events() == [f"closed: {NOT_NETCHAT}"]


@pytest.mark.parametrize(
    ("banner", "shown"),
    [
        (b"SSH-2.0-OpenSSH_9.6\r\n", NOT_NETCHAT),
        (b"\x15\x03\x01\x00\x02\x02\x46", NOT_NETCHAT),
        (b"", SILENT),
        (b"Enter username: ", CLOSED),
        (b"! Too many guests come from your address.\n", "Too many guests come from your address."),
    ],
)
def test_another_service_is_not_taken_for_a_server_that_is_away(
    network: Network, monkeypatch: pytest.MonkeyPatch, banner: bytes, shown: str
) -> None:
    monkeypatch.setattr(Banner, "banner", banner)
    monkeypatch.setattr(network.service.factory, "buildProtocol", lambda _: Banner())
    assert ClientHarness(network).new_events() == [f"closed: {shown}"]


def test_a_server_whose_line_never_ends_is_dropped_and_tried_again(network: Network) -> None:
    client = ClientHarness(network)
    client.new_events()
    client.connection.data_received(b"{" * (MAX_LINE_BYTES + 2))
    network.settle()
    assert client.new_events() == [f"reconnecting: {NOT_NETCHAT}"]
    assert client.endpoint.protocols[0].transport.disconnected
    network.advance(1)
    assert client.new_events() == ["in again"]


def test_a_client_reconnects_with_the_same_name_and_room(network: Network) -> None:
    client = ClientHarness(network, room="dev")
    client.say("/nick Ali")
    client.new_events()
    client.endpoint.cut()
    assert client.new_events() == [f"reconnecting: {CLOSED}"]
    network.advance(1)
    assert client.new_events() == ["in again"]
    dev = network.join("Bob")
    dev.say("/join dev")
    dev.say("/names")
    assert dev.heard()[-1] == "* In dev: Ali, Bob"


def test_lines_said_meanwhile_are_shown_once(network: Network) -> None:
    bob = network.join("Bob")
    bob.say("before")
    client = ClientHarness(network)
    bob.say("seen")
    client.endpoint.cut()
    bob.say("missed")
    client.new_events()
    network.advance(1)
    shown = client.new_events()
    assert [line.partition("] ")[2] or line[:10] for line in shown] == [
        "in again",
        "-- new sin",
        "Bob: missed",
    ]


def test_a_thousand_missed_lines_all_arrive_in_order(network: Network) -> None:
    bob = network.join("Bob")
    client = ClientHarness(network)
    client.endpoint.cut()
    for number in range(1000):
        bob.say(str(number))
    client.new_events()
    network.advance(1)
    shown = [line.partition("Bob: ")[2] for line in client.new_events() if "Bob: " in line]
    assert shown == [str(number) for number in range(1000)]


def test_a_line_said_while_offline_is_stored_after_the_reconnect(network: Network) -> None:
    bob = network.join("Bob")
    client = ClientHarness(network)
    client.endpoint.cut()
    client.say("one", "two")
    assert client.frontend.waiting == 2
    bob.heard()
    network.advance(1)
    assert bob.heard() == ["* Alice joined", "Alice: one", "Alice: two"]
    assert client.frontend.waiting == 0


def test_a_line_lost_on_the_way_is_sent_again_and_stored_once(network: Network) -> None:
    bob = network.join("Bob")
    client = ClientHarness(network)
    client.say("arrives")
    client.endpoint.drop_requests()
    client.say("lost")
    client.endpoint.cut()
    bob.heard()
    network.advance(1)
    assert bob.heard() == ["* Alice joined", "Alice: lost"]
    assert client.frontend.waiting == 0


def test_a_stored_line_whose_answer_was_lost_is_stored_and_shown_once(
    network: Network,
) -> None:
    bob = network.join("Bob")
    client = ClientHarness(network)
    line = client.endpoint.protocols[-1]
    line.dataReceived = lambda _: None
    client.say("stored")
    assert client.frontend.waiting == 1
    client.endpoint.cut()
    client.new_events()
    network.advance(1)
    assert [said for said in bob.heard() if ": " in said] == ["Alice: stored"]
    assert client.frontend.waiting == 0
    assert client.new_events() == ["in again"]


def test_the_clients_own_dead_connection_gives_way_to_the_new_one(network: Network) -> None:
    bob = network.join("Bob")
    client = ClientHarness(network)
    client.new_events()
    dead = client.endpoint.protocols[-1]
    client.connection.disconnected(dead, None)  # type: ignore[arg-type]
    second = ClientHarness(network)
    assert second.new_events()[-1] == "in"
    bob.say("/names")
    assert bob.heard()[-1] == "* In lobby: Bob, Alice"


def test_reconnects_wait_one_second_then_two_then_four_and_at_most_a_minute(
    network: Network,
) -> None:
    client = ClientHarness(network)
    start = network.clock.seconds()
    client.endpoint.errors = [ConnectionRefusedError()] * 9
    client.endpoint.cut()
    client.wait(400)
    attempts = [attempt - start for attempt in client.endpoint.attempts[1:]]
    waits = [late - soon for soon, late in zip([0.0, *attempts], attempts, strict=False)]
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60, 60]
    assert client.new_events()[-1] == "in again"


def test_after_a_reconnect_the_next_delay_is_a_second_again(network: Network) -> None:
    client = ClientHarness(network)
    client.endpoint.errors = [ConnectionRefusedError()] * 3
    client.endpoint.cut()
    client.wait(15)
    assert client.new_events()[-1] == "in again"
    client.endpoint.cut()
    network.advance(1)
    assert client.new_events()[-1] == "in again"


def test_a_name_that_was_taken_meanwhile_is_waited_for(network: Network) -> None:
    client = ClientHarness(network)
    client.endpoint.cut()
    other = network.join("Alice")
    client.new_events()
    client.wait(7)
    assert [int(attempt) for attempt in client.endpoint.attempts] == [0, 1, 3, 7]
    assert client.new_events() == []
    other.hang_up()
    client.wait(8)
    assert client.new_events() == ["in again"]


@given(st.integers(1, 10**6), st.floats(0, 1))
def test_a_delay_is_at_most_a_minute_and_never_zero(failures: int, jitter: float) -> None:
    wait = backoff_delay(failures, jitter)
    assert MIN_DELAY <= wait <= MAX_DELAY
    assert backoff_delay(failures, 0) <= wait <= backoff_delay(failures, 1)


def test_clients_do_not_all_reconnect_at_the_same_moment(network: Network) -> None:
    client = ClientHarness(network, jitter=lambda: 0.5)
    client.endpoint.cut()
    network.advance(0.4)
    assert client.endpoint.attempts == [0.0]
    network.advance(0.1)
    assert client.endpoint.attempts == [0.0, 0.5]


def test_a_server_that_shuts_down_says_when_to_reconnect(
    network: Network,
) -> None:
    client = ClientHarness(network, jitter=lambda: 0.5)
    client.new_events()
    client.connection.data_received(
        b'{"type":"closing","reason":"shutdown","message":"Bye.","retry":4}\n'
    )
    network.settle()
    assert client.new_events() == ["reconnecting: Bye."]
    client.wait(5)
    assert client.endpoint.attempts == [0.0]
    client.wait(1)
    assert client.endpoint.attempts == [0.0, 6.0]
    assert client.new_events() == ["in again"]


@pytest.mark.parametrize(("retry", "wait"), [("-5", 1), ("1e-9", 1), ("1e308", 1200)])
def test_no_server_makes_a_client_reconnect_at_once_or_never(
    network: Network, retry: str, wait: int
) -> None:
    client = ClientHarness(network)
    client.connection.data_received(
        b'{"type":"closing","reason":"x","message":"","retry":%b}\n' % retry.encode()
    )
    network.settle()
    assert len(client.endpoint.attempts) == 1
    network.advance(wait)
    assert len(client.endpoint.attempts) == 2


def test_a_server_that_forbids_to_reconnect_ends_it(network: Network) -> None:
    client = ClientHarness(network)
    client.new_events()
    client.connection.data_received(
        b'{"type":"closing","reason":"replaced","message":"Elsewhere.","retry":null}\n'
    )
    assert client.new_events() == ["closed: Elsewhere."]
    client.wait(100)
    assert client.endpoint.attempts == [0.0]


def test_a_goodbye_without_a_request_ends_it(network: Network) -> None:
    client = ClientHarness(network)
    client.new_events()
    client.connection.data_received(
        b'{"type":"closing","reason":"bye","message":"","retry":null}\n{"type":"x"}\n'
    )
    assert client.new_events() == ["closed: "]
    network.settle()
    assert client.endpoint.protocols[0].transport.disconnected


def test_the_end_is_reported_once_and_leaves_no_timer_and_no_connection(network: Network) -> None:
    before = list(network.clock.getDelayedCalls())
    client = ClientHarness(network)
    client.new_events()
    client.say("one")
    client.connection.leave(3.0)
    client.connection.leave(3.0)
    network.settle()
    client.connection.leave(3.0)
    client.say("late")
    network.settle()
    assert client.new_events() == ["closed: "]
    assert network.clock.getDelayedCalls() == before


def test_while_offline_the_only_timer_is_the_next_attempt(network: Network) -> None:
    before = len(network.clock.getDelayedCalls())
    client = ClientHarness(network)
    client.say("one")
    client.endpoint.cut()
    assert len(network.clock.getDelayedCalls()) == before + 1


def test_leaving_says_goodbye_and_ends_well(network: Network) -> None:
    bob = network.join("Bob")
    client = ClientHarness(network)
    client.say("last words")
    bob.heard()
    client.new_events()
    client.connection.leave(None)
    network.settle()
    assert bob.heard() == ["* Alice left"]
    assert client.new_events() == ["closed: "]
    network.advance(600)
    assert client.new_events() == []
    assert len(client.endpoint.attempts) == 1


@pytest.mark.parametrize("words", ["exit", "/quit"])
def test_exit_words_end_the_conversation(network: Network, words: str) -> None:
    client = ClientHarness(network)
    client.new_events()
    client.say(words)
    assert client.new_events() == ["closed: "]


def test_leaving_takes_at_most_the_timeout(network: Network) -> None:
    client = ClientHarness(network)
    client.endpoint.drop_requests()
    client.say("into the void")
    client.new_events()
    client.connection.leave(3.0)
    network.advance(2.5)
    assert client.new_events() == []
    network.advance(0.5)
    assert client.new_events() == ["closed:  (1 unstored)"]


def test_leaving_while_offline_waits_until_every_line_is_stored(network: Network) -> None:
    bob = network.join("Bob")
    client = ClientHarness(network)
    client.endpoint.cut()
    client.say("kept")
    client.connection.leave(3.0)
    network.settle()
    client.new_events()
    network.advance(1)
    assert bob.heard()[-2:] == ["Alice: kept", "* Alice left"]
    assert client.new_events() == ["in again", "closed: "]


def test_leaving_while_offline_with_nothing_to_store_ends_at_once(network: Network) -> None:
    client = ClientHarness(network)
    client.endpoint.cut()
    client.new_events()
    client.connection.leave(None)
    assert client.new_events() == ["closed: "]
    network.advance(600)
    assert len(client.endpoint.attempts) == 1


def test_a_connection_lost_after_the_goodbye_ends_well(network: Network) -> None:
    client = ClientHarness(network)
    client.say("one")
    client.new_events()
    client.endpoint.drop_requests()
    client.connection.leave(None)
    client.endpoint.cut()
    assert client.new_events() == ["closed: "]


def test_a_line_that_cannot_be_stored_is_sent_again(network: Network) -> None:
    client = ClientHarness(network)
    bob = network.join("Bob")
    client.endpoint.drop_requests()
    client.say("one")
    client.new_events()
    client.connection.data_received(
        b'{"type":"error","code":"storage","message":"Full.","nonce":"1"}\n'
    )
    assert client.new_events()[0].startswith("! Full. What you say is kept here")
    del network.door(client.endpoint.protocols[-1]).dataReceived
    network.advance(0.9)
    assert bob.heard() == []
    network.advance(0.1)
    assert bob.heard() == ["Alice: one"]
    assert client.frontend.waiting == 0


def test_a_paused_client_does_not_read_on_any_connection(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    flow: list[str] = []
    monkeypatch.setattr(FakeTransport, "pauseProducing", lambda _: flow.append("pause"))
    monkeypatch.setattr(FakeTransport, "resumeProducing", lambda _: flow.append("resume"))
    client = ClientHarness(network)
    client.connection.pauseProducing()
    client.endpoint.cut()
    network.advance(1)
    assert flow == ["pause", "pause"]
    client.connection.resumeProducing()
    client.endpoint.cut()
    network.advance(1)
    assert flow == ["pause", "pause", "resume"]


def test_while_reading_is_paused_a_login_does_not_time_out(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(network.service.factory, "buildProtocol", lambda _: Silent())
    client = ClientHarness(network)
    client.connection.pauseProducing()
    client.wait(60)
    assert client.new_events() == []
    client.connection.resumeProducing()
    client.wait(20)
    assert client.new_events() == [f"closed: {NOT_NETCHAT}"]


def test_a_host_name_may_have_an_underscore_as_in_docker() -> None:
    """HostnameEndpoint refuses an underscore where the package idna is installed."""
    reactor = MemoryReactorClock()
    for host in ("chat_serveur", "127.0.0.1"):
        tcp_endpoint(reactor, Address(host, 5001)).connect(Factory.forProtocol(Protocol))
    assert [host for host, *_ in reactor.tcpClients] == ["chat_serveur", "127.0.0.1"]
