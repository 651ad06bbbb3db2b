"""The line door on a transport that the test holds in its hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import IHalfCloseableDescriptor, ITCPTransport
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from zope.interface import alsoProvides, implementer

from netchat.chat.chat import Chat
from netchat.chat.delivery.backfill_reader import PAGE
from netchat.chat.sequencer import MAX_IN_FLIGHT
from netchat.doors.line.factory import LineFactory
from netchat.doors.line.input_queue import LINES_PER_TURN
from netchat.doors.line.protocol import LineProtocol
from netchat.journal.memory.journal import MemoryJournal
from netchat.model.events import Closing
from netchat.model.limits import ConnectionLimits, Limits
from netchat.observability.connection_log import peer_name
from netchat.session.session import Session
from tests.support.listeners import SlowJournal, Turn, chat_now

if TYPE_CHECKING:
    from collections.abc import Callable

    from twisted.internet.interfaces import IAddress, IDelayedCall
    from twisted.logger import LogEvent


class Turns(Clock):
    """A clock on which what is to come at once comes in the next turn, and a turn takes 1 ms."""

    def callLater(
        self, delay: float, callable: Callable[..., object], *args: object, **kw: object
    ) -> IDelayedCall:
        return super().callLater(delay or 0.001, callable, *args, **kw)


class House:
    """A line factory and the guests that came in through it."""

    def __init__(self, limits: ConnectionLimits | None = None, chat: Chat | None = None) -> None:
        self.clock = Turns()
        chat = chat or chat_now()
        connection = limits or ConnectionLimits(rate=0)
        self.factory = LineFactory(chat, Limits(connection=connection), self.clock)

    def guest(self, lines: bytes = b"") -> tuple[LineProtocol, StringTransport]:
        door: Any = self.factory.buildProtocol(IPv4Address("TCP", "192.168.1.2", 35764))
        transport = StringTransport()
        door.makeConnection(transport)
        door.dataReceived(lines)
        return door, transport


def test_at_most_64_lines_of_one_guest_are_taken_in_a_turn_and_none_is_lost() -> None:
    house = House()
    _, carol = house.guest(b"Carol\n")
    bob, transport = house.guest(b"Bob\n")
    bob.dataReceived(b"".join(b"%d\n" % number for number in range(150)))
    assert transport.producerState == "paused"
    bob.dataReceived(b"150\n")
    bob.readConnectionLost()
    seen = []
    for _ in range(4):
        seen.append(carol.value().count(b"Bob: "))
        house.clock.advance(0.001)
    assert seen == [64, 128, 151, 151]
    said = [line for line in carol.value().split(b"\n") if line.startswith(b"Bob: ")]
    assert said == [b"Bob: %d" % number for number in range(151)]
    assert carol.value().endswith(b"* Bob left\n")


def test_who_asks_for_much_has_no_more_of_that_turn() -> None:
    house = House()
    bob, transport = house.guest(b"Bob\n")
    bob.dataReceived(b"/history\n/names\nhello\n/rooms\n")
    answers = []
    for _ in range(4):
        answers.append(transport.value().count(b"\n") - 1)
        house.clock.advance(0.001)
    assert answers == [1, 2, 3, 3]
    assert transport.producerState == "producing"


def test_who_says_more_than_the_disk_takes_is_not_read_until_it_has_and_loses_nothing() -> None:
    journal = SlowJournal()
    house = House(chat=Chat(journal, later=lambda call: call(), now=lambda: 0.0))
    door, transport = house.guest(b"Bob\n")
    journal.settle()
    for number in range(10):
        door.dataReceived(b"line %d\n" % number)
    door.dataReceived(b"".join(b"line %d\n" % number for number in range(10, 1000)))
    house.clock.pump([0.001] * 1000)
    assert door.session.participant is not None
    assert MAX_IN_FLIGHT <= door.session.participant.in_flight < MAX_IN_FLIGHT + LINES_PER_TURN
    assert transport.producerState == "paused"
    door.dataReceived(b"/names\n")
    for _ in range(10):
        journal.settle()
        house.clock.pump([0.001] * 1000)
    assert transport.producerState == "producing"
    assert b"* In lobby: Bob\n" in transport.value()
    _, eve = house.guest(b"Eve\n/history 500\n")
    journal.settle()
    lines = [line for line in eve.value().decode().splitlines() if "Bob: " in line]
    assert [line.rpartition(" ")[2] for line in lines[50:]] == [str(n) for n in range(500, 1000)]


def test_who_is_far_behind_is_given_no_more_than_he_reads() -> None:
    turn = Turn()
    house = House(chat=Chat(MemoryJournal(), later=turn.later, now=lambda: 0.0))
    bob, _ = house.guest(b"Bob\n")
    for _ in range(3 * PAGE):
        bob.dataReceived(b"line\n")
        turn.end()
    log, transport = house.guest()
    log._output.pauseProducing()
    log.dataReceived(b'{"type":"hello","name":"log","after":{"lobby":0}}\n')
    turn.end()
    house.clock.pump([0.001] * 100)
    assert transport.value().count(b"said") == PAGE
    log._output.resumeProducing()
    house.clock.pump([0.001] * 100)
    assert transport.value().count(b"said") == 3 * PAGE


def test_who_hangs_up_while_he_is_not_read_is_gone_and_what_he_said_is_not() -> None:
    journal = SlowJournal()
    house = House(chat=Chat(journal, later=lambda call: call(), now=lambda: 0.0))
    door, _ = house.guest(b"Bob\n")
    journal.settle()
    door.dataReceived(b"".join(b"line %d\n" % number for number in range(1000)))
    house.clock.pump([0.001] * 100)
    door.readConnectionLost()
    door.connectionLost(Failure(ConnectionDone()))
    journal.settle()
    house.clock.pump([0.001] * 100)
    _, eve = house.guest(b"Eve\n/history 500\n/names\n")
    house.clock.pump([0.001] * 10)
    journal.settle()
    assert eve.value().endswith(b"Bob: line 999\n* In lobby: Eve\n")


def test_who_lingers_after_his_last_word_does_not_hold_a_shutdown_up() -> None:
    house = House()
    lingering = LineProtocol(house.factory)
    halves = Halves()
    lingering.makeConnection(halves)
    lingering.dataReceived(b"Ann\nexit\n")
    assert halves.half_closed
    assert not halves.disconnecting
    Deferred.fromCoroutine(house.factory.close_all(Closing("shutdown", "Bye."), 3))
    assert halves.disconnecting


@implementer(IHalfCloseableDescriptor)
class Halves(StringTransport):
    """A transport that can close one half, as TCP can."""

    half_closed = False

    def loseWriteConnection(self) -> None:
        self.half_closed = True

    def readConnectionLost(self, reason: Failure) -> None:
        """The test does not close the guest's half."""

    def writeConnectionLost(self, reason: Failure) -> None:
        """The door does not listen for it."""


def test_a_bug_as_a_guest_goes_does_not_keep_his_door_open(
    bugs: list[LogEvent], monkeypatch: pytest.MonkeyPatch
) -> None:
    house = House()
    bob, _ = house.guest(b"Bob\n")
    monkeypatch.setattr(Session, "connection_lost", lambda self: 1 // 0)
    bob.connectionLost()
    assert bugs.pop()["log_failure"].check(ZeroDivisionError)
    assert house.factory.doors == {}


def test_a_guest_who_does_not_take_his_last_line_is_dropped_after_a_while() -> None:
    house = House()
    _, transport = house.guest(b"Bob\nexit\n")
    assert transport.disconnecting
    assert not transport.disconnected
    house.clock.advance(5)
    assert transport.disconnected


def test_a_guest_whose_connection_dies_as_he_leaves_does_not_keep_another_from_leaving() -> None:
    turn = Turn()
    house = House(chat=Chat(MemoryJournal(), later=turn.later, now=lambda: 0.0))
    gone, _ = house.guest(b"Gone\nexit\n")
    _, stays = house.guest(b"Stays\nexit\n")
    gone.connectionLost()
    turn.end()
    assert stays.value().endswith(b"DISCONNECTED!!\n")
    assert stays.disconnecting


def test_an_endless_line_frees_the_name_at_once_and_is_no_bug_when_its_guest_hangs_up() -> None:
    house = House()
    _, alice = house.guest(b"Alice\n")
    door, transport = house.guest(b"Endless\n" + b"x" * 70_000)
    assert b"* Endless left\n" in alice.value()
    door.readConnectionLost()
    assert transport.value().endswith(
        b"! That line goes on and on; connect again and send shorter ones.\n"
    )


def test_nothing_is_written_behind_the_last_line() -> None:
    house = House()
    door, transport = house.guest(b"Bob\nexit\nmore\n")
    door.dataReceived(b"and more\n" * 3)
    door.write(b"behind")
    assert transport.value().endswith(b"DISCONNECTED!!\n")
    assert transport.producer is None


def test_a_bug_in_a_guests_conversation_ends_it_and_is_logged(
    bugs: list[LogEvent], monkeypatch: pytest.MonkeyPatch
) -> None:
    house = House()
    bob, transport = house.guest(b"Bob\n")
    _, carol = house.guest(b"Carol\n")
    monkeypatch.setattr(Session, "receive_line", lambda self, line: 1 // 0)
    bob.dataReceived(b"/names\n")
    house.clock.advance(0.001)
    assert transport.disconnected
    assert not carol.disconnected
    assert bugs.pop()["log_failure"].check(ZeroDivisionError)


def test_small_lines_leave_at_once() -> None:
    house = House()
    door = house.factory.buildProtocol(IPv4Address("TCP", "127.0.0.1", 1))
    transport = StringTransport()
    nodelay: list[bool] = []
    transport.setTcpNoDelay = nodelay.append  # type: ignore[attr-defined]
    alsoProvides(transport, ITCPTransport)
    door.makeConnection(transport)
    assert nodelay == [True]


@pytest.mark.parametrize(
    ("address", "name"),
    [
        (IPv4Address("TCP", "192.168.1.2", 35764), "(192.168.1.2, 35764)"),
        (IPv6Address("TCP", "::1", 35764), "(::1, 35764)"),
        (UNIXAddress(None), "(unix)"),
        (None, "(unix)"),
    ],
)
def test_the_log_names_an_address_as_it_is_seen(address: IAddress | None, name: str) -> None:
    assert peer_name(address) == name
