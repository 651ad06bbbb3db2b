"""`netchat tail`, in memory: each line once and in order, whatever happens."""

from __future__ import annotations

import json
import time
from random import Random
from typing import Any
from uuid import uuid4

import pytest
from twisted.internet.error import ConnectionRefusedError
from twisted.internet.testing import StringTransport

from netchat.client.connection.endpoint import ServerEndpoint
from netchat.client.connection.persistent_connection import PersistentConnection
from netchat.client.conversation.conversation import Conversation
from netchat.client.conversation.interfaces import ChatClient, Frontend
from netchat.client.conversation.login import Target
from netchat.client.frontends.tail import TailFrontend, to_json, to_text
from netchat.testing import START, Network
from tests.support.client_fakes import ADDRESS, MemoryEndpoint


class Script:
    """The script that runs `netchat tail`."""

    def __init__(
        self,
        network: Network,
        *errors: Exception,
        in_json: bool = False,
        follow: bool = False,
        **target: Any,
    ) -> None:
        self.network = network
        self.endpoint = MemoryEndpoint(network, *errors)
        self.endpoint.cut_after_login = target.pop("cut_first", False)
        history = target.pop("last", 10)
        self.target = Target(target.pop("name", "log"), uuid4(), history=history, **target)
        self.errors: list[str] = []
        write = to_json if in_json else to_text
        self.tail = TailFrontend(self._connect, self.errors.append, write=write, follow=follow)
        self.codes: list[int] = []
        self.tail.done.addCallback(self.codes.append)
        self.stdout: Any = StringTransport()
        tail: Any = self.tail
        tail.makeConnection(self.stdout)
        self.settle()

    def _connect(self, frontend: Frontend) -> ChatClient:
        connection = PersistentConnection(
            Conversation(self.target, frontend, lambda: START + self.network.clock.seconds()),
            frontend,
            ServerEndpoint(ADDRESS, self.endpoint),
            clock=self.network.clock,
            random=lambda: 1.0,
        )
        connection.start()
        return connection

    def settle(self) -> None:
        self.network.settle()
        # StandardIO does this once all its output has been read.
        if self.stdout.disconnecting and not self.codes:
            self.tail.connectionLost()

    def advance(self, seconds: float) -> None:
        self.network.advance(seconds)
        self.settle()

    @property
    def out(self) -> list[str]:
        """The output since the last call."""
        text: str = self.stdout.value().decode()
        self.stdout.clear()
        return text.splitlines()

    @property
    def said(self) -> list[str]:
        """The texts in the output, without the times and the names."""
        return [line.partition("Bob: ")[2] or line for line in self.out]


@pytest.fixture
def room(network: Network) -> Network:
    """A network where Bob has said 1 to 20 in the lobby."""
    bob = network.join("Bob")
    for number in range(1, 21):
        bob.say(str(number))
    bob.hang_up()
    return network


def numbers(first: int, last: int) -> list[str]:
    return [str(number) for number in range(first, last + 1)]


def test_the_last_ten_lines_come_out_with_their_date_and_nothing_else(room: Network) -> None:
    script = Script(room)
    first, *rest = script.out
    when = time.strftime("%Y-%m-%d %H:%M", time.localtime(START + room.clock.seconds()))
    assert first == f"[{when}] Bob: 11"
    assert len(rest) == 9
    assert (script.codes, script.errors) == ([0], [])


@pytest.mark.parametrize(("last", "first"), [(1, 20), (3, 18), (500, 1), (0, 21)])
def test_as_many_of_the_last_lines_come_out_as_are_wanted(
    room: Network, last: int, first: int
) -> None:
    script = Script(room, last=last)
    assert script.said == numbers(first, 20)
    assert script.codes == [0]


@pytest.mark.parametrize("name", ["", "lobby", "LOBBY"])
@pytest.mark.parametrize(("after", "first"), [(0, 1), (15, 16), (20, 21)])
def test_all_lines_above_an_id_come_out(room: Network, name: str, after: int, first: int) -> None:
    script = Script(room, room=name, after=after)
    assert script.said == numbers(first, 20)
    assert (script.codes, script.errors) == ([0], [])


def test_any_number_of_lines_comes_out(network: Network) -> None:
    bob = network.join("Bob")
    bob.send(b"".join(b"%d\n" % number for number in range(1, 3001)))
    script = Script(network, after=0)
    assert script.said == numbers(1, 3000)
    assert script.codes == [0]


def test_an_empty_room_prints_nothing(network: Network) -> None:
    for script in (Script(network), Script(network, after=0), Script(network, room="dev")):
        assert script.out == []
        assert (script.codes, script.errors) == ([0], [])


def test_json_is_what_the_server_sent(room: Network) -> None:
    lines = Script(room, in_json=True, last=2).out
    assert lines == Script(room, in_json=True, after=18).out
    assert [json.loads(line)["id"] for line in lines] == [19, 20]
    assert set(json.loads(lines[0])) == {"type", "room", "id", "time", "from", "text", "action"}


def test_lines_that_are_not_kept_are_reported() -> None:
    network = Network("--keep-lines", "5")
    bob = network.join("Bob")
    for number in range(1, 10):
        bob.say(str(number))
    assert Script(network, after=2).out[0] == "* Lines 3 to 4 of lobby are no longer kept"
    first, *rest = Script(network, after=2, in_json=True).out
    assert json.loads(first) == {"type": "gap", "room": "lobby", "from": 3, "to": 4}
    assert [json.loads(line)["id"] for line in rest] == [5, 6, 7, 8, 9]


def test_with_follow_it_prints_lines_but_not_joins_and_leaves(room: Network) -> None:
    script = Script(room, follow=True, last=1)
    eve = room.join("Eve")
    eve.say("hello")
    eve.say("/me waves")
    eve.say("/nick Eva")
    eve.hang_up()
    script.settle()
    assert [line[19:] for line in script.out] == ["Bob: 20", "Eve: hello", "* Eve waves"]
    assert script.codes == []
    script.tail.interrupt()
    script.settle()
    assert (script.codes, script.errors) == ([0], [])


def test_with_follow_it_reconnects_without_a_gap_or_a_duplicate(room: Network) -> None:
    bob = room.join("Bob")
    script = Script(room, follow=True, after=18)
    for number in range(21, 30):
        bob.say(str(number))
        if number % 3 == 0:
            script.endpoint.cut()
        if number % 3 == 1:
            script.advance(1)
    script.advance(1)
    assert script.said == numbers(19, 29)
    assert script.errors == []


@pytest.mark.parametrize("seed", range(20))
def test_with_cuts_anywhere_it_prints_each_line_once_and_in_order(room: Network, seed: int) -> None:
    dice = Random(seed)
    bob = room.join("Bob")
    script = Script(room, room="lobby", follow=True, last=20)
    script.endpoint.should_cut = lambda: dice.random() < 0.2
    for number in range(21, 61):
        bob.say(str(number))
        script.advance(dice.choice([0, 0.2, 1]))
    script.endpoint.should_cut = lambda: False
    for _ in range(70):
        script.advance(1)
    assert script.said == numbers(1, 60)
    assert len(script.endpoint.protocols) > 1


def test_without_follow_it_reconnects_until_every_line_has_come(room: Network) -> None:
    script = Script(room, room="lobby", after=0, cut_first=True)
    assert script.codes == []
    script.advance(1)
    assert script.said == numbers(1, 20)
    assert script.codes == [0]


def test_an_interrupt_before_every_line_has_come_is_a_failure(room: Network) -> None:
    script = Script(room, room="lobby", after=0, cut_first=True)
    script.tail.interrupt()
    script.settle()
    assert (script.codes, script.errors) == ([1], [])


def test_the_server_is_not_read_while_stdout_is_full(room: Network) -> None:
    script = Script(room, follow=True)
    flow: list[str] = []
    script.endpoint.protocols[0].transport.pauseProducing = lambda: flow.append("pause")
    script.endpoint.protocols[0].transport.resumeProducing = lambda: flow.append("resume")
    script.stdout.producer.pauseProducing()
    script.stdout.producer.resumeProducing()
    assert flow == ["pause", "resume"]


def test_a_tail_whose_output_is_closed_leaves_well(room: Network) -> None:
    bob = room.join("Bob")
    script = Script(room, follow=True)
    bob.heard()
    script.tail.writeConnectionLost()
    script.settle()
    assert bob.heard() == ["* log left"]
    assert (script.codes, script.errors) == ([0], [])


@pytest.mark.parametrize(
    ("wanted", "why"),
    [
        ({"name": "Bob"}, "Bob is taken; choose another name."),
        ({"room": "a:b"}, "A room has letters, digits and _ . - only; choose another one."),
    ],
)
def test_a_refused_name_or_room_is_reported_and_the_exit_code_is_1(
    room: Network, wanted: dict[str, Any], why: str
) -> None:
    room.join("Bob")
    script = Script(room, **wanted)
    script.settle()
    assert (script.codes, script.errors) == ([1], [f"netchat: {why}"])


def test_a_server_that_cannot_be_reached_is_reported_and_the_exit_code_is_1(room: Network) -> None:
    script = Script(room, ConnectionRefusedError())
    script.settle()
    assert script.codes == [1]
    assert script.errors[0].startswith("netchat: No server listens at chat.test:5001; ")


def test_a_server_that_has_lost_its_lines_is_reported_and_read_from_there(room: Network) -> None:
    script = Script(room, follow=True, after=30)
    assert script.errors == ["netchat: The server has lost what was said in lobby; it begins anew."]
    room.join("Eve").say("new")
    script.settle()
    assert [line[19:] for line in script.out] == ["Eve: new"]


def test_a_server_that_has_another_journal_is_reported_and_read_from_its_first_line(
    room: Network,
) -> None:
    script = Script(room, follow=True, last=3)
    assert script.said == numbers(18, 20)
    other = Network()
    bob = other.join("Bob")
    for number in range(101, 131):
        bob.say(str(number))
    script.endpoint.cut()
    script.endpoint.network = other
    for _ in range(9):
        script.advance(1)
        other.advance(1)
    bob.say("131")
    assert script.said == numbers(101, 131)
    assert "netchat: The server has another journal now; lobby begins anew." in script.errors
