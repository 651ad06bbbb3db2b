"""The connection: there, away, and back by itself; against the real server, in memory."""

from __future__ import annotations

import pytest
from client_fakes import Client, Road
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.error import ConnectionRefusedError, DNSLookupError, TimeoutError
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.testing import MemoryReactorClock

from netchat.client.address import Address
from netchat.client.connection import LONGEST_WAIT, back_off
from netchat.client.lines import LONGEST_HEARD
from netchat.client.run import way_to
from netchat.testing import Network

IN = ["(recalled) Welcome to chat room. Enter 'exit' anytime to exit", "in"]


def test_one_logs_in_and_talks(network: Network) -> None:
    client = Client(network)
    assert client.news() == IN
    bob = network.join("Bob")
    client.say("Je suis Alice")
    bob.say("Je suis bob")
    assert bob.heard() == ["Alice: Je suis Alice"]
    assert client.news() == ["* Bob joined", "Bob: Je suis bob"]


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (ConnectionRefusedError(), "Nobody listens at chat.test:5001; check the address"),
        (DNSLookupError(), "There is no host called chat.test; check the name."),
        (TimeoutError(), "chat.test:5001 does not answer; check the address"),
        (OSError("No route"), "chat.test:5001 cannot be reached; check the address (No route)."),
    ],
)
def test_a_server_that_cannot_be_reached_at_first_ends_it_with_one_sentence(
    network: Network, error: Exception, sentence: str
) -> None:
    client = Client(network, road=Road(network, error))
    (told,) = client.news()
    assert told.startswith(f"over: {sentence}")
    network.advance(600)
    assert client.road.attempts == [0.0]


def test_a_name_that_is_refused_ends_it_and_the_connection_closes(network: Network) -> None:
    network.join("Alice")
    client = Client(network)
    assert client.news() == ["refused: Alice is taken; choose another name."]
    assert client.road.lines[0].transport.disconnected
    network.advance(600)
    assert client.news() == []


class Silent(Protocol):
    """Somebody who never says a word."""


def test_a_server_that_does_not_ask_for_the_name_is_given_up(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(network.service.factory, "buildProtocol", lambda _: Silent())
    client = Client(network)
    network.advance(19)
    assert client.news() == []
    network.advance(1)
    assert client.news() == [
        "over: chat.test:5001 does not answer as a netchat server does; "
        "check the port, and whether it wants --tls., 0 unproven"
    ]


def test_a_server_whose_line_has_no_end_is_left(network: Network) -> None:
    client = Client(network)
    client.news()
    client.talk.heard(b"x" * (LONGEST_HEARD + 1))
    network.settle()
    (told,) = client.news()
    assert told.startswith("over: chat.test:5001 sent a line without an end")
    assert client.road.lines[0].transport.disconnected


def test_a_lost_connection_comes_back_with_the_same_name_and_room(network: Network) -> None:
    client = Client(network, room="dev")
    client.say("/nick Ali")
    client.news()
    client.road.break_off()
    assert client.news() == ["cut: chat.test:5001 closed the connection, 1 unproven"]
    network.advance(1)
    assert client.news() == ["in again"]
    dev = network.join("Bob")
    dev.say("/join dev")
    dev.say("/names")
    assert dev.heard()[-1] == "* In dev: Ali, Bob"


def test_what_was_said_meanwhile_is_told_once(network: Network) -> None:
    bob = network.join("Bob")
    bob.say("before")
    client = Client(network)
    bob.say("seen")
    client.road.break_off()
    bob.say("missed")
    client.news()
    network.advance(1)
    told = client.news()
    assert [line.partition("] ")[2] or line for line in told] == ["in again", "Bob: missed"]


def test_what_one_says_while_away_arrives_when_the_connection_is_back(network: Network) -> None:
    bob = network.join("Bob")
    client = Client(network)
    client.road.break_off()
    client.say("one", "two")
    bob.heard()
    network.advance(1)
    assert bob.heard() == ["* Alice joined", "Alice: one", "Alice: two"]


def test_attempts_to_come_back_are_a_second_apart_then_two_then_four_and_never_over_a_minute(
    network: Network,
) -> None:
    client = Client(network)
    start = network.clock.seconds()
    client.road.errors = [ConnectionRefusedError()] * 9
    client.road.break_off()
    client.wait(400)
    attempts = [attempt - start for attempt in client.road.attempts[1:]]
    waits = [late - soon for soon, late in zip([0.0, *attempts], attempts, strict=False)]
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60, 60]
    assert client.news()[-1] == "in again"


def test_after_coming_back_the_next_wait_is_a_second_again(network: Network) -> None:
    client = Client(network)
    client.road.errors = [ConnectionRefusedError()] * 3
    client.road.break_off()
    client.wait(15)
    assert client.news()[-1] == "in again"
    client.road.break_off()
    network.advance(1)
    assert client.news()[-1] == "in again"


def test_a_ghost_of_ours_is_waited_for_with_longer_and_longer_pauses(network: Network) -> None:
    client = Client(network)
    client.road.break_off()
    ghost = network.join("Alice")
    client.news()
    client.wait(7)
    assert client.road.attempts == [0.0, 1.0, 3.0, 7.0]
    assert client.news() == []
    ghost.hang_up()
    client.wait(8)
    assert client.news() == ["in again"]


@given(st.integers(1, 10**6), st.floats(0, 1))
def test_no_wait_is_over_a_minute_or_under_half_of_its_turn(failures: int, chance: float) -> None:
    wait = back_off(failures, chance)
    assert 0.5 <= wait <= LONGEST_WAIT
    assert back_off(failures, 1) <= wait <= back_off(failures, 0)


def test_not_everybody_comes_back_at_the_same_moment(network: Network) -> None:
    client = Client(network, chance=lambda: 0.5)
    client.road.break_off()
    network.advance(0.7)
    assert client.road.attempts == [0.0]
    network.advance(0.05)
    assert client.road.attempts == [0.0, 0.75]


def test_a_server_that_shuts_down_says_so_and_is_sought_again(network: Network) -> None:
    client = Client(network)
    client.news()
    network.stop()
    assert client.news() == [
        "! The server is shutting down; come back later.",
        "cut: chat.test:5001 closed the connection, 0 unproven",
    ]


def test_lines_that_the_server_answered_for_are_not_feared_lost(network: Network) -> None:
    client = Client(network)
    client.say("one")
    network.advance(2)
    client.say("two")
    client.news()
    client.road.break_off()
    assert client.news() == ["cut: chat.test:5001 closed the connection, 1 unproven"]


def test_lines_that_were_kept_are_asked_about_as_well(network: Network) -> None:
    client = Client(network)
    client.road.break_off()
    client.say("kept")
    network.advance(1)
    network.advance(2)
    client.news()
    client.road.break_off()
    assert client.news() == ["cut: chat.test:5001 closed the connection, 0 unproven"]


def test_a_server_is_asked_once_for_many_lines_and_not_at_all_for_none(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = Client(network)
    sent: list[str] = []
    monkeypatch.setattr(client.talk, "send", sent.append)
    client.say("one", "two")
    network.advance(1)
    client.say("three")
    client.wait(9)
    assert sent == ["one", "two", "three", "/names"]
    client.talk.heard(b"* In lobby: Alice\n")
    client.wait(9)
    client.say("four", "/names")
    client.talk.heard(b"* In lobby: Alice\n")
    client.say("exit")
    client.wait(9)
    assert sent[4:] == ["four", "/names", "exit"]


def test_a_goodbye_that_nobody_asked_for_ends_it(network: Network) -> None:
    client = Client(network)
    client.news()
    client.talk.heard(b"DISCONNECTED!!\nBob: more\n")
    assert client.news() == ["over: , 0 unproven"]
    network.settle()
    assert client.road.lines[0].transport.disconnected


def test_the_end_is_told_once_and_nothing_is_left_behind(network: Network) -> None:
    before = list(network.clock.getDelayedCalls())
    client = Client(network)
    client.news()
    client.say("one")
    client.talk.leave(3.0)
    client.talk.leave(3.0)
    network.settle()
    client.talk.leave(3.0)
    client.say("late")
    network.settle()
    assert client.news() == ["over: , 0 unproven"]
    assert network.clock.getDelayedCalls() == before


def test_while_away_nothing_is_waited_for_but_the_next_attempt(network: Network) -> None:
    before = len(network.clock.getDelayedCalls())
    client = Client(network)
    client.say("one")
    client.road.break_off()
    assert len(network.clock.getDelayedCalls()) == before + 1


def test_leaving_is_said_and_ends_well(network: Network) -> None:
    bob = network.join("Bob")
    client = Client(network)
    client.say("last words")
    bob.heard()
    client.news()
    client.talk.leave(None)
    network.settle()
    assert bob.heard() == ["* Alice left"]
    assert client.news() == ["over: , 0 unproven"]
    network.advance(600)
    assert client.news() == []
    assert len(client.road.attempts) == 1


@pytest.mark.parametrize("words", ["exit", "/quit"])
def test_leaving_words_leave(network: Network, words: str) -> None:
    client = Client(network)
    client.news()
    client.say(words)
    assert client.news() == ["over: , 0 unproven"]


def test_leaving_does_not_wait_longer_than_its_patience(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = Client(network)
    client.say("into the void")
    client.news()
    monkeypatch.setattr(client.talk, "send", lambda _: None)
    client.talk.leave(3.0)
    network.advance(2.5)
    assert client.news() == []
    network.advance(0.5)
    assert client.news() == ["over: , 1 unproven"]


def test_leaving_while_away_ends_at_once_and_tells_what_was_never_sent(network: Network) -> None:
    client = Client(network)
    client.road.break_off()
    client.say("kept")
    client.news()
    client.talk.leave(None)
    assert client.news() == ["over: , 1 unproven"]
    network.advance(600)
    assert len(client.road.attempts) == 1


def test_what_may_be_lost_is_told_once(network: Network) -> None:
    client = Client(network)
    client.say("one")
    client.road.break_off()
    client.say("kept")
    client.news()
    client.talk.leave(None)
    assert client.news() == ["over: , 1 unproven"]


def test_the_front_is_paused_while_the_way_is_full(network: Network) -> None:
    client = Client(network)
    transport = client.road.lines[0].transport
    transport.producer.pauseProducing()
    transport.producer.pauseProducing()
    transport.producer.resumeProducing()
    assert client.front.flow == ["pause", "pause", "resume"]


def test_bytes_that_are_no_utf_8_reach_the_server_as_they_are(network: Network) -> None:
    client = Client(network)
    client.news()
    client.say(b"\xff".decode(errors="surrogateescape"))
    (told,) = client.news()
    assert told.startswith("! That is not UTF-8")


def test_a_host_may_have_a_name_as_docker_gives_it() -> None:
    """HostnameEndpoint refuses an underscore where the package idna is installed."""
    reactor = MemoryReactorClock()
    for host in ("chat_serveur", "127.0.0.1"):
        way_to(reactor, Address(host, 5001)).connect(Factory.forProtocol(Protocol))
    assert [host for host, *_ in reactor.tcpClients] == ["chat_serveur", "127.0.0.1"]
