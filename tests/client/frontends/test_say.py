"""`netchat say`, in memory: every line is stored, or a sentence says why not."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from twisted.internet.error import ConnectionRefusedError, DNSLookupError
from twisted.internet.testing import StringTransport

from netchat.client.connection.endpoint import ServerEndpoint
from netchat.client.connection.persistent_connection import PersistentConnection
from netchat.client.conversation.conversation import Conversation
from netchat.client.conversation.interfaces import ChatClient, Frontend
from netchat.client.conversation.login import Target
from netchat.client.frontends.input import parse_literal
from netchat.client.frontends.say import SayFrontend
from netchat.testing import START, Network
from tests.support.client_fakes import ADDRESS, MemoryEndpoint


class Script:
    """The script that runs `netchat say`; the lines are `text`, or come on stdin."""

    def __init__(
        self,
        network: Network,
        text: str | None = None,
        *errors: Exception,
        name: str = "ci",
        room: str = "",
    ) -> None:
        self.network = network
        self.endpoint = MemoryEndpoint(network, *errors)
        self.target = Target(name, uuid4(), room, parse=parse_literal)
        self.saying = SayFrontend(self._connect, network.clock, 30)
        self.ends: list[str] = []
        self.saying.done.addCallback(self.ends.append)
        self.stdin = StringTransport()
        if text is None:
            saying: Any = self.saying
            saying.makeConnection(self.stdin)
        self.saying.start(text)
        network.settle()

    def _connect(self, frontend: Frontend) -> ChatClient:
        connection = PersistentConnection(
            Conversation(self.target, frontend, lambda: START + self.network.clock.seconds()),
            frontend,
            ServerEndpoint(ADDRESS, self.endpoint, keep_trying=True),
            clock=self.network.clock,
            random=lambda: 1.0,
        )
        connection.start()
        return connection

    def write(self, data: bytes) -> None:
        self.saying.dataReceived(data)
        self.network.settle()

    def close(self) -> None:
        self.saying.readConnectionLost()
        self.network.settle()

    def wait(self, seconds: int) -> None:
        for _ in range(seconds):
            self.network.advance(1)


def said(lines: list[str]) -> list[str]:
    return [line for line in lines if ": " in line]


def test_a_line_is_said_and_it_ends_once_the_line_is_stored(
    network: Network,
) -> None:
    bob = network.join("Bob")
    before = len(network.clock.getDelayedCalls())
    script = Script(network, "deploy done")
    assert bob.heard() == ["* ci joined", "ci: deploy done", "* ci left"]
    assert script.ends == [""]
    assert len(network.clock.getDelayedCalls()) == before


def test_each_line_of_the_text_is_a_line_and_none_is_a_command(network: Network) -> None:
    bob = network.join("Bob")
    Script(network, "one\n\n/quit\n//x\nexit\n")
    assert said(bob.heard()) == ["ci: one", "ci: /quit", "ci: //x", "ci: exit"]


def test_it_is_said_in_the_given_room(network: Network) -> None:
    bob = network.join("Bob")
    bob.say("/join dev")
    bob.heard()
    assert Script(network, "hi", room="dev").ends == [""]
    assert said(bob.heard()) == ["ci: hi"]


def test_lines_on_stdin_are_said_only_as_fast_as_they_are_stored(network: Network) -> None:
    bob = network.join("Bob")
    script = Script(network)
    assert script.stdin.producerState == "producing"
    script.write(b"one\ntwo")
    assert script.ends == []
    script.endpoint.drop_requests()
    script.write(b"".join(b"\n%d" % number for number in range(100)))
    assert script.stdin.producerState == "paused"
    script.endpoint.cut()
    network.advance(1)
    assert script.stdin.producerState == "producing"
    script.close()
    assert script.ends == [""]
    assert said(bob.heard()) == ["ci: one", "ci: two", *(f"ci: {x}" for x in range(100))]


def test_no_input_is_read_before_it_can_be_said(network: Network) -> None:
    script = Script(network, None, ConnectionRefusedError())
    assert script.stdin.producerState == "paused"


def test_a_server_that_restarts_is_waited_for(network: Network) -> None:
    bob = network.join("Bob")
    script = Script(network, "hi", *[ConnectionRefusedError()] * 4)
    script.wait(14)
    assert script.ends == []
    script.wait(1)
    assert script.ends == [""]
    assert said(bob.heard()) == ["ci: hi"]


def test_a_lost_connection_loses_and_doubles_no_line(network: Network) -> None:
    bob = network.join("Bob")
    script = Script(network)
    line: Any = script.endpoint.protocols[-1]
    line.dataReceived = lambda _: None
    script.write(b"one\n")
    script.endpoint.drop_requests()
    script.write(b"two\n")
    script.close()
    script.endpoint.cut()
    network.advance(1)
    assert script.ends == [""]
    assert said(bob.heard()) == ["ci: one", "ci: two"]


def test_at_the_timeout_it_gives_up_and_says_why(network: Network) -> None:
    script = Script(network, "hi", *[ConnectionRefusedError()] * 99)
    script.wait(29)
    assert script.ends == []
    script.wait(1)
    (why,) = script.ends
    assert why == (
        "Not all is stored: No server listens at chat.test:5001; "
        "check the address, or start the server."
    )
    attempts = len(script.endpoint.attempts)
    script.wait(100)
    assert len(script.endpoint.attempts) == attempts


def test_a_server_that_never_answers_is_given_up_too(network: Network) -> None:
    script = Script(network)
    script.endpoint.drop_requests()
    script.write(b"hi\n")
    script.close()
    script.wait(30)
    assert script.ends == [
        "Not all is stored: the server did not store it in time; try again later."
    ]


def test_a_server_that_cannot_store_is_retried_and_reported_in_the_end(
    network: Network,
) -> None:
    script = Script(network)
    script.endpoint.drop_requests()
    line: Any = script.endpoint.protocols[-1]
    script.write(b"hi\n")
    script.close()
    for _ in range(3):
        line.dataReceived(b'{"type":"error","code":"storage","message":"Full.","nonce":"1"}\n')
        script.wait(10)
    assert script.ends == ["Not all is stored: Full."]


def test_a_name_that_is_taken_or_not_allowed_is_reported_at_once(network: Network) -> None:
    network.join("ci")
    script = Script(network, "hi")
    assert script.ends == ["ci is taken; choose another name."]
    script.wait(60)
    assert len(script.endpoint.attempts) == 1
    (why,) = Script(network, "hi", name="a:b").ends
    assert why.startswith("A name has letters, digits")


def test_a_server_that_denies_the_address_is_reported_at_once() -> None:
    network = Network("--deny", "0.0.0.0/0")
    script = Script(network, "hi")
    assert script.ends == ["This server takes no connections from your address."]
    script.wait(60)
    assert len(script.endpoint.attempts) == 1


def test_a_full_server_is_waited_for() -> None:
    network = Network("--max-guests", "1")
    alice = network.join("Alice")
    script = Script(network, "hi")
    assert script.ends == []
    alice.hang_up()
    script.wait(20)
    assert script.ends == [""]


@pytest.mark.parametrize(
    ("error", "room", "why"),
    [
        (DNSLookupError(), "", "There is no host called chat.test; check the name."),
        (None, "a:b", "A room has letters, digits and _ . - only; choose another one."),
    ],
)
def test_an_error_that_will_not_go_away_is_reported_at_once(
    network: Network, error: Exception | None, room: str, why: str
) -> None:
    assert Script(network, "hi", *[error] if error else [], room=room).ends == [why]


def test_a_refused_line_is_reported_and_the_others_are_said(network: Network) -> None:
    bob = network.join("Bob")
    script = Script(network, "x" * 4100 + "\nfine\n" + "y" * 99_999)
    assert said(bob.heard()) == ["ci: fine"]
    assert script.ends == ["That line has 4100 bytes, and the server takes 4096; split it."]
    script = Script(network, "y" * 99_999 + "\nfine")
    assert said(bob.heard()) == ["ci: fine"]
    assert script.ends == ["A line of more than 4096 bytes was not sent; split it."]
    script = Script(network)
    script.write(b"\xff\nfine\n")
    script.close()
    assert script.ends == ["That line is not UTF-8, so it was not sent; send UTF-8."]


def test_an_interrupt_is_a_failure_unless_every_line_is_stored(network: Network) -> None:
    script = Script(network)
    script.write(b"one\n")
    script.saying.interrupt()
    network.settle()
    assert script.ends == ["Not all is stored: it was interrupted; try again."]


def test_an_empty_stdin_is_a_success(network: Network) -> None:
    script = Script(network)
    script.close()
    assert script.ends == [""]


def test_the_timeout_counts_from_the_last_line_that_was_stored() -> None:
    network = Network("--rate", "5", "--history", "0")
    bob = network.join("Bob")
    script = Script(network, "".join(f"{number}\n" for number in range(300)).rstrip())
    for _ in range(70 * 4):
        network.advance(0.25)
    assert script.ends == [""]
    assert said(bob.heard()) == [f"ci: {number}" for number in range(300)]
