"""`netchat` in a pipe, in memory: the test has stdin and stdout, the server is the real one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from random import Random
from typing import Any
from uuid import uuid4

import pytest
from twisted.internet.error import ConnectionRefusedError
from twisted.internet.protocol import Protocol
from twisted.internet.testing import StringTransport

from netchat.client.connection.endpoint import ServerEndpoint
from netchat.client.connection.persistent_connection import PersistentConnection
from netchat.client.conversation.conversation import Conversation
from netchat.client.conversation.interfaces import ChatClient, Frontend
from netchat.client.conversation.login import Target
from netchat.client.conversation.outbox import WINDOW
from netchat.client.frontends.pipe import PipeFrontend, PipeOptions
from netchat.testing import START, Network
from tests.support.client_fakes import ADDRESS, MemoryEndpoint


class Script:
    """The program at the other end of the pipe: it writes, reads, and waits for the exit."""

    stdio: Any

    def __init__(
        self,
        network: Network,
        name: str = "ci",
        errors: Sequence[Exception] = (),
        room: str = "",
        **options: Any,
    ) -> None:
        self.network = network
        self.endpoint = MemoryEndpoint(network, *errors)
        self.errors: list[str] = []
        self.stdio = StringTransport()
        self.history = 50 if options.get("replay") else 0
        self.room = room
        self.pipe = PipeFrontend(
            name, self._connect, replace(PipeOptions(self.errors.append), **options)
        )
        self.codes: list[int] = []
        self.pipe.done.addCallback(self.codes.append)
        pipe: Any = self.pipe
        pipe.makeConnection(self.stdio)
        network.settle()

    def _connect(self, name: str, frontend: Frontend) -> ChatClient:
        connection = PersistentConnection(
            Conversation(
                Target(name, uuid4(), self.room, self.history),
                frontend,
                lambda: START + self.network.clock.seconds(),
            ),
            frontend,
            ServerEndpoint(ADDRESS, self.endpoint),
            clock=self.network.clock,
            random=lambda: 1.0,
        )
        connection.start()
        return connection

    def write(self, data: bytes) -> None:
        self.pipe.dataReceived(data)
        self.network.settle()

    def close(self) -> None:
        self.pipe.readConnectionLost()
        self._close_stdout()

    def close_reader(self) -> None:
        """Stop reading, as `head` does."""
        self.pipe.writeConnectionLost()
        self.network.settle()

    def settle(self) -> None:
        self.network.settle()
        self._close_stdout()

    def _close_stdout(self) -> None:
        self.network.settle()
        # StandardIO does this once all its output has been read.
        if self.stdio.disconnecting and not self.codes:
            self.pipe.connectionLost()

    @property
    def reads(self) -> bool:
        state: str = self.stdio.producerState
        return state == "producing"

    @property
    def out(self) -> list[str]:
        """The output since the last call."""
        text: str = self.stdio.value().decode()
        self.stdio.clear()
        return text.splitlines()


def test_a_line_is_said_and_the_exit_code_is_0_once_the_server_stored_it(network: Network) -> None:
    bob = network.join("Bob")
    script = Script(network)
    script.write(b"deploy done\n")
    assert script.codes == []
    script.close()
    assert script.codes == [0]
    assert bob.heard() == ["* ci joined", "ci: deploy done", "* ci left"]
    assert (script.out, script.errors) == ([], [])
    assert script.stdio.producer is None


def test_the_last_line_needs_no_end_and_empty_lines_are_not_sent(network: Network) -> None:
    bob = network.join("Bob")
    script = Script(network)
    script.write(b"one\n\n   \ntw")
    script.write(b"o")
    script.close()
    assert bob.heard()[1:-1] == ["ci: one", "ci: two"]


def test_no_input_is_read_before_it_can_be_said(network: Network) -> None:
    script = Script(network)
    assert script.reads
    script.endpoint.cut()
    assert not script.reads
    network.advance(1)
    assert script.reads


def test_no_input_is_read_before_the_login(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(network.service.factory, "buildProtocol", lambda _: Protocol())
    assert not Script(network).reads


def test_the_server_is_not_read_while_stdout_is_full(network: Network) -> None:
    script = Script(network)
    line = []
    script.endpoint.protocols[0].transport.pauseProducing = lambda: line.append("paused")
    script.endpoint.protocols[0].transport.resumeProducing = lambda: line.append("resumed")
    producer: Any = script.stdio.producer
    producer.pauseProducing()
    producer.resumeProducing()
    assert line == ["paused", "resumed"]
    assert script.stdio.streaming
    producer.pauseProducing()
    script.close_reader()
    assert line[2:] == ["paused", "resumed"]


def test_the_rooms_lines_come_out_one_each_without_prompt_or_welcome(
    network: Network,
) -> None:
    bob = network.join("Bob")
    script = Script(network)
    bob.say("hello")
    bob.say("/msg ci psst")
    bob.say("/me waves")
    assert script.out == ["Bob: hello", "[Bob -> you] psst", "* Bob waves"]


def test_earlier_lines_come_out_only_on_request(network: Network) -> None:
    bob = network.join("Bob")
    bob.say("earlier")
    assert Script(network).out == []
    assert Script(network, "ci2", replay=True).out == ["[12:00] Bob: earlier"]


def test_earlier_lines_of_another_day_come_out_with_their_date_and_without_day_lines(
    network: Network,
) -> None:
    bob = network.join("Bob")
    bob.say("earlier")
    network.advance(86400)
    script = Script(network, replay=True)
    bob.say("now")
    assert script.out == ["[2026-01-01 12:00] Bob: earlier", "Bob: now"]


@pytest.mark.parametrize("char", "\u2028\u2029\x85\v\f\x1c\x1d\x1e", ids=ascii)
def test_a_hidden_line_break_in_the_input_makes_no_second_line(network: Network, char: str) -> None:
    bob = network.join("Bob")
    Script(network, "ci").write(f"x{char}/nick Evil\n".encode())
    assert bob.heard() == ["* ci joined", "ci: x /nick Evil"]


def test_lines_missed_while_offline_come_out(network: Network) -> None:
    bob = network.join("Bob")
    bob.say("earlier")
    script = Script(network, follow=True)
    script.endpoint.cut()
    bob.say("meanwhile")
    network.advance(1)
    assert [line[8:] for line in script.out] == ["Bob: meanwhile"]
    assert script.errors == [
        "netchat: chat.test:5001 closed the connection; coming back by itself.",
        "netchat: Connected again.",
    ]


def test_a_refusal_goes_to_stderr_and_the_exit_code_is_1(network: Network) -> None:
    script = Script(network)
    script.write(b"/nosuch\nfine\n")
    script.close()
    assert script.errors == ["! There is no command /nosuch; try /help."]
    assert script.codes == [1]


def test_a_server_that_shuts_down_is_reported_and_refuses_nothing(network: Network) -> None:
    script = Script(network)
    network.stop()
    assert script.errors == [
        "netchat: The server is shutting down; coming back by itself.",
    ]
    assert not script.pipe.done.called
    script.pipe.interrupt()
    script.settle()
    assert script.codes == [1]


def test_a_server_that_cannot_be_reached_is_reported_and_the_exit_code_is_1(
    network: Network,
) -> None:
    script = Script(network, errors=[ConnectionRefusedError()])
    script.settle()
    (shown,) = script.errors
    assert shown.startswith("netchat: No server listens at chat.test:5001; ")
    assert script.codes == [1]


def test_a_line_that_is_too_long_is_not_sent_and_does_not_end_the_conversation(
    network: Network,
) -> None:
    bob = network.join("Bob")
    script = Script(network)
    script.write(b"x" * 5000 + b"\n" + b"y" * 4096 + b"\n")
    script.close()
    assert bob.heard()[1:-1] == ["ci: " + "y" * 4096]
    assert script.errors == ["netchat: A line of more than 4096 bytes was not sent; split it."]
    assert script.codes == [1]


def test_only_the_text_of_a_line_counts_for_the_limit(network: Network) -> None:
    bob = network.join("Bob")
    script = Script(network)
    script.write(b"x" * 4100 + b"\n/me " + b"y" * 4096 + b"\n")
    script.close()
    assert bob.heard()[1:-1] == ["* ci " + "y" * 4096]
    assert script.errors == [
        "! That line has 4100 bytes, and the server takes 4096; split it.",
    ]


def test_an_endless_line_is_not_kept(network: Network) -> None:
    script = Script(network)
    for _ in range(100):
        script.write(b"x" * 65536)
    script.close()
    assert script.codes == [1]


def test_exit_leaves_and_the_lines_after_it_are_not_said(network: Network) -> None:
    bob = network.join("Bob")
    script = Script(network)
    script.write(b"one\nexit\ntwo\n")
    script.settle()
    assert bob.heard() == ["* ci joined", "ci: one", "* ci left"]
    assert script.codes == [0]


def test_over_reconnects_each_line_is_stored_once_and_in_order_and_the_exit_code_is_0(
    network: Network,
) -> None:
    bob = network.join("Bob")
    script = Script(network)
    script.write(b"one\ntwo\n")
    script.endpoint.drop_requests()
    script.write(b"three\nfour\n")
    script.close()
    assert script.codes == []
    script.endpoint.cut()
    network.advance(1)
    script.settle()
    assert [line for line in bob.heard() if ": " in line] == [
        f"ci: {number}" for number in ("one", "two", "three", "four")
    ]
    assert script.codes == [0]
    assert script.out == []


@pytest.mark.parametrize("seed", range(20))
def test_with_a_cut_at_every_third_step_each_line_is_stored_once_and_in_order(
    network: Network, seed: int
) -> None:
    """Cut between a request and its answer, before or after the server, and anywhere else."""
    dice = Random(seed)
    bob = network.join("Bob")
    script = Script(network)
    script.endpoint.should_cut = lambda: dice.random() < 0.3
    lines = [f"line {number}" for number in range(200)]
    for start in range(0, len(lines), 10):
        script.write("".join(f"{line}\n" for line in lines[start : start + 10]).encode())
        network.advance(dice.choice([0, 0.5, 1]))
    script.close()
    while not script.codes:
        network.advance(1)
        script.settle()
    assert script.codes == [0]
    assert len(script.endpoint.protocols) > 5
    assert [line for line in bob.heard() if ": " in line] == [f"ci: {line}" for line in lines]


def test_unstored_lines_are_counted_when_it_is_interrupted(
    network: Network,
) -> None:
    script = Script(network)
    script.endpoint.drop_requests()
    script.write(b"one\ntwo\n")
    script.pipe.interrupt()
    network.advance(2)
    script.settle()
    assert script.errors == ["netchat: The last 2 lines may not be stored."]
    assert script.codes == [1]


def test_input_is_read_only_as_fast_as_it_is_stored(network: Network) -> None:
    bob = network.join("Bob")
    script = Script(network)
    answers: list[bytes] = []
    line: Any = script.endpoint.protocols[-1]
    take, line.dataReceived = line.dataReceived, answers.append
    script.write(b"".join(b"%d\n" % number for number in range(WINDOW)))
    assert script.reads
    script.write(b"".join(b"%d\n" % number for number in range(WINDOW, 100)))
    assert not script.reads
    bob.heard()
    line.dataReceived = take
    for data in answers:
        line.dataReceived(data)
    script.settle()
    assert script.reads
    assert len(bob.heard()) == 100 - WINDOW
    script.close()
    assert script.codes == [0]


def test_the_end_of_the_input_while_offline_with_all_stored_ends_it(network: Network) -> None:
    script = Script(network)
    script.write(b"one\n")
    script.endpoint.cut()
    script.close()
    assert script.codes == [0]


def test_with_follow_it_stays_after_the_end_of_the_input(network: Network) -> None:
    bob = network.join("Bob")
    script = Script(network, follow=True)
    script.close()
    bob.say("still here?")
    assert script.out == ["Bob: still here?"]
    script.pipe.interrupt()
    script.settle()
    assert bob.heard() == ["* ci joined", "* ci left"]
    assert script.codes == [0]


def test_an_interrupt_before_the_end_of_the_input_is_a_failure(network: Network) -> None:
    script = Script(network)
    script.pipe.interrupt()
    script.settle()
    assert script.codes == [1]


def test_with_follow_it_ends_quietly_when_nobody_reads(network: Network) -> None:
    script = Script(network, follow=True)
    script.close()
    script.close_reader()
    assert (script.codes, script.errors) == ([0], [])


def test_lines_are_said_even_if_nobody_reads_the_output(network: Network) -> None:
    bob = network.join("Bob")
    script = Script(network)
    script.close_reader()
    bob.say("anybody?")
    script.write(b"one\n")
    script.close()
    assert bob.heard() == ["* ci joined", "ci: one", "* ci left"]
    assert (script.codes, script.out) == ([0], [])


def test_a_refused_name_is_reported_and_the_exit_code_is_1(network: Network) -> None:
    network.join("ci")
    script = Script(network)
    script.settle()
    assert script.errors == ["! ci is taken; choose another name."]
    assert script.codes == [1]
    script.write(b"Bob\n")
    script.pipe.interrupt()
    assert len(script.endpoint.attempts) == 1


def test_lines_are_said_in_the_given_room(network: Network) -> None:
    bob = network.join("Bob")
    bob.say("/join dev")
    bob.heard()
    script = Script(network, room="dev")
    script.write(b"one\n")
    script.close()
    assert bob.heard() == ["* ci joined", "ci: one", "* ci left"]
    assert (script.codes, script.out) == ([0], [])


def test_a_user_who_types_is_asked_for_a_name_until_one_is_granted(network: Network) -> None:
    network.join("Bob")
    asked: list[str] = []
    script = Script(network, "", prompt=asked.append)
    assert asked == [" CREATING NEW ID:\n", " Enter username: "]
    for line in (b"a b\n", b"\n", b"Bob\n"):
        asked.clear()
        script.write(line)
        assert asked == [" Enter username: "]
        assert script.reads
    assert script.errors == [
        "! A name has letters, digits and _ . - only; choose another one.",
        "! Bob is taken; choose another name.",
    ]
    asked.clear()
    script.write(b"Alice\nhello\n")
    script.close()
    assert asked == ["Welcome to chat room. Enter 'exit' anytime to exit\n", "DISCONNECTED!!\n"]
    assert script.codes == [0]


@pytest.mark.parametrize(("typed", "code"), [(b"exit\n", 0), (b"/quit\n", 0), (b"exit\nx\n", 1)])
def test_a_user_can_leave_at_the_question_for_a_name(
    network: Network, typed: bytes, code: int
) -> None:
    bob = network.join("Bob")
    script = Script(network, "", prompt=lambda _: None)
    script.pipe.dataReceived(typed)
    script.settle()
    assert script.codes == [code]
    assert bob.heard() == []


def test_a_user_who_types_can_leave_with_ctrl_c(network: Network) -> None:
    script = Script(network, prompt=lambda _: None)
    script.pipe.interrupt()
    script.settle()
    assert script.codes == [0]


def test_a_name_and_every_line_may_be_typed_at_once(network: Network) -> None:
    bob = network.join("Bob")
    script = Script(network, "", prompt=lambda _: None)
    script.pipe.dataReceived(b"Alice\nhello\n")
    script.close()
    assert bob.heard() == ["* Alice joined", "Alice: hello", "* Alice left"]
    assert script.codes == [0]


def test_text_typed_after_a_refused_name_is_neither_said_nor_a_name(
    network: Network,
) -> None:
    bob = network.join("Bob")
    script = Script(network, "", prompt=lambda _: None)
    script.write(b"Bob\nhello\n")
    script.write(b"Alice\n")
    script.close()
    assert bob.heard() == ["* Alice joined", "* Alice left"]


def test_ctrl_c_at_the_question_for_a_name_is_a_failure(network: Network) -> None:
    script = Script(network, "", prompt=lambda _: None)
    script.pipe.interrupt()
    script.settle()
    assert script.codes == [1]


def test_the_end_of_the_input_at_the_question_for_a_name_is_a_failure(network: Network) -> None:
    script = Script(network, "", prompt=lambda _: None)
    script.close()
    assert script.codes == [1]
    assert script.endpoint.attempts == []


@pytest.mark.parametrize(
    ("line", "stamped"), [("hi", "12:34 Bob: hi"), ("/me hums", "12:34 * Bob hums")]
)
def test_a_live_line_has_the_time_before_it(network: Network, line: str, stamped: str) -> None:
    bob = network.join("Bob")
    script = Script(network, timestamp=lambda: "12:34 ")
    bob.say(line)
    assert script.out == [stamped]


def test_a_thousand_lines_are_said_within_the_servers_rate_limit() -> None:
    network = Network("--rate", "5", "--history", "0")
    bob = network.join("Bob")
    script = Script(network)
    script.write(b"".join(b"%d\n" % number for number in range(1000)))
    script.close()
    seconds = 0.0
    while not script.codes:
        seconds += 0.25
        network.advance(0.25)
        script.settle()
        assert seconds < 260
    assert script.codes == [0]
    assert script.errors == []
    assert len(script.endpoint.attempts) == 1
    assert [line for line in bob.heard() if ": " in line] == [f"ci: {n}" for n in range(1000)]
    assert seconds > (1000 - 20) / 5
