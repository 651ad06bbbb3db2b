"""LineProtocol on in-memory transports, with a clock that each test advances."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import IHalfCloseableDescriptor, ITCPTransport
from twisted.internet.protocol import Protocol
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from zope.interface import alsoProvides, implementer

from netchat.admission.connections import Connections
from netchat.chat.chat import Chat
from netchat.chat.delivery.backfill import PAGE
from netchat.chat.sequencer import MAX_IN_FLIGHT
from netchat.doors.connection.input_queue import LINES_PER_TURN
from netchat.doors.line.factory import LineFactory
from netchat.doors.line.protocol import PROMPT_DELAY, LineProtocol
from netchat.doors.transport.opening import Opening
from netchat.journal.memory.journal import MemoryJournal
from netchat.model.events import Closing
from netchat.model.limits import ConnectionLimits, Limits
from netchat.observability.connection_log import peer_name
from netchat.session.session import Session
from tests.support.listeners import ManualTurn, SlowJournal, immediate_chat
from tests.support.sockets import DirectConnection

if TYPE_CHECKING:
    from collections.abc import Callable

    from twisted.internet.interfaces import IAddress, IDelayedCall
    from twisted.logger import LogEvent


class TurnClock(Clock):
    """A clock on which a turn takes 1 ms, and calls without delay run in the next turn."""

    def callLater(
        self, delay: float, callable: Callable[..., object], *args: object, **kw: object
    ) -> IDelayedCall:
        return super().callLater(delay or 0.001, callable, *args, **kw)


class Server:
    """A line factory, and the connections that it makes."""

    def __init__(self, limits: ConnectionLimits | None = None, chat: Chat | None = None) -> None:
        self.clock = TurnClock()
        chat = chat or immediate_chat()
        connection = limits or ConnectionLimits(rate=0)
        self.connections = Connections(Limits(connection=connection), self.clock)
        self.factory = LineFactory(chat, self.connections)

    def guest(self, lines: bytes = b"") -> tuple[LineProtocol, StringTransport]:
        protocol: Any = self.factory.buildProtocol(IPv4Address("TCP", "192.168.1.2", 35764))
        transport = StringTransport()
        protocol.makeConnection(transport)
        protocol.dataReceived(lines)
        return protocol, transport


def test_at_most_64_lines_of_one_guest_are_taken_in_a_turn_and_none_is_lost() -> None:
    server = Server()
    _, carol = server.guest(b"Carol\n")
    bob, transport = server.guest(b"Bob\n")
    bob.dataReceived(b"".join(b"%d\n" % number for number in range(150)))
    assert transport.producerState == "paused"
    bob.dataReceived(b"150\n")
    bob.readConnectionLost()
    seen = []
    for _ in range(4):
        seen.append(carol.value().count(b"Bob: "))
        server.clock.advance(0.001)
    assert seen == [64, 128, 151, 151]
    said = [line for line in carol.value().split(b"\n") if line.startswith(b"Bob: ")]
    assert said == [b"Bob: %d" % number for number in range(151)]
    assert carol.value().endswith(b"* Bob left\n")


def test_an_expensive_request_is_the_last_of_its_turn() -> None:
    server = Server()
    bob, transport = server.guest(b"Bob\n")
    bob.dataReceived(b"/history\n/names\nhello\n/rooms\n")
    answers = []
    for _ in range(4):
        answers.append(transport.value().count(b"\n") - 1)
        server.clock.advance(0.001)
    assert answers == [1, 2, 3, 3]
    assert transport.producerState == "producing"


def test_reading_pauses_while_the_disk_is_behind_and_no_line_is_lost() -> None:
    journal = SlowJournal()
    server = Server(chat=Chat(journal, later=lambda call: call(), now=lambda: 0.0))
    bob, transport = server.guest(b"Bob\n")
    journal.settle()
    for number in range(10):
        bob.dataReceived(b"line %d\n" % number)
    bob.dataReceived(b"".join(b"line %d\n" % number for number in range(10, 1000)))
    server.clock.pump([0.001] * 1000)
    assert bob.session.participant is not None
    assert MAX_IN_FLIGHT <= bob.session.participant.in_flight < MAX_IN_FLIGHT + LINES_PER_TURN
    assert transport.producerState == "paused"
    bob.dataReceived(b"/names\n")
    for _ in range(10):
        journal.settle()
        server.clock.pump([0.001] * 1000)
    assert transport.producerState == "producing"
    assert b"* In lobby: Bob\n" in transport.value()
    _, eve = server.guest(b"Eve\n/history 500\n")
    for _ in range(2):
        journal.settle()
        server.clock.pump([0.001] * 10)
    lines = [line for line in eve.value().decode().splitlines() if "Bob: " in line]
    assert [line.rpartition(" ")[2] for line in lines[50:]] == [str(n) for n in range(500, 1000)]


def test_missed_lines_are_sent_only_as_fast_as_the_client_reads_them() -> None:
    turn = ManualTurn()
    server = Server(chat=Chat(MemoryJournal(), later=turn.later, now=lambda: 0.0))
    bob, _ = server.guest(b"Bob\n")
    for _ in range(3 * PAGE):
        bob.dataReceived(b"line\n")
        turn.end()
    log, transport = server.guest()
    log._output.pauseProducing()
    log.dataReceived(b'{"type":"hello","name":"log","after":{"lobby":0}}\n')
    turn.end()
    server.clock.pump([0.001] * 100)
    assert transport.value().count(b"said") == PAGE
    log._output.resumeProducing()
    server.clock.pump([0.001] * 100)
    assert transport.value().count(b"said") == 3 * PAGE


def test_a_guest_who_hangs_up_while_reading_is_paused_leaves_and_their_lines_are_stored() -> None:
    journal = SlowJournal()
    server = Server(chat=Chat(journal, later=lambda call: call(), now=lambda: 0.0))
    bob, _ = server.guest(b"Bob\n")
    journal.settle()
    bob.dataReceived(b"".join(b"line %d\n" % number for number in range(1000)))
    server.clock.pump([0.001] * 100)
    bob.readConnectionLost()
    bob.connectionLost(Failure(ConnectionDone()))
    journal.settle()
    server.clock.pump([0.001] * 100)
    _, eve = server.guest(b"Eve\n/history 500\n/names\n")
    for _ in range(3):
        journal.settle()
        server.clock.pump([0.001] * 10)
    assert eve.value().endswith(b"Bob: line 999\n* In lobby: Eve\n")


def test_a_connection_that_lingers_does_not_delay_a_shutdown() -> None:
    server = Server()
    lingering = server.factory.admit(None)
    transport = HalfCloseableTransport()
    lingering.makeConnection(transport)
    lingering.dataReceived(b"Ann\nexit\n")
    assert transport.half_closed
    assert not transport.disconnecting
    Deferred.fromCoroutine(server.connections.close_all(Closing("shutdown", "Bye."), 3))
    assert transport.disconnecting


@implementer(IHalfCloseableDescriptor)
class HalfCloseableTransport(StringTransport):
    """A transport that can close one half, as TCP can."""

    half_closed = False

    def loseWriteConnection(self) -> None:
        self.half_closed = True

    def readConnectionLost(self, reason: Failure) -> None:
        """Not used: the test does not close the client's half."""

    def writeConnectionLost(self, reason: Failure) -> None:
        """Not used: the protocol ignores it."""


def test_a_bug_while_a_guest_leaves_does_not_keep_the_connection_open(
    bugs: list[LogEvent], monkeypatch: pytest.MonkeyPatch
) -> None:
    server = Server()
    bob, _ = server.guest(b"Bob\n")
    monkeypatch.setattr(Session, "connection_lost", lambda self: 1 // 0)
    bob.connectionLost()
    assert bugs.pop()["log_failure"].check(ZeroDivisionError)
    assert server.connections.open == {}


def test_a_client_that_does_not_read_its_last_line_is_dropped_after_5_seconds() -> None:
    server = Server()
    _, transport = server.guest(b"Bob\nexit\n")
    assert transport.disconnecting
    assert not transport.disconnected
    server.clock.advance(5)
    assert transport.disconnected


def test_a_guest_whose_connection_is_lost_while_leaving_does_not_keep_another_from_leaving() -> (
    None
):
    turn = ManualTurn()
    server = Server(chat=Chat(MemoryJournal(), later=turn.later, now=lambda: 0.0))
    gone, _ = server.guest(b"Gone\nexit\n")
    _, stays = server.guest(b"Stays\nexit\n")
    gone.connectionLost()
    turn.end()
    assert stays.value().endswith(b"DISCONNECTED!!\n")
    assert stays.disconnecting


def test_an_endless_line_frees_the_name_at_once_and_the_client_may_hang_up() -> None:
    server = Server()
    _, alice = server.guest(b"Alice\n")
    endless, transport = server.guest(b"Endless\n" + b"x" * 70_000)
    assert b"* Endless left\n" in alice.value()
    endless.readConnectionLost()
    assert transport.value().endswith(
        b"! That line goes on and on; connect again and send shorter ones.\n"
    )


def test_nothing_is_written_after_the_last_line() -> None:
    server = Server()
    bob, transport = server.guest(b"Bob\nexit\nmore\n")
    bob.dataReceived(b"and more\n" * 3)
    bob.write(b"behind")
    assert transport.value().endswith(b"DISCONNECTED!!\n")
    assert transport.producer is None


def test_a_bug_in_a_session_ends_its_connection_only_and_is_logged(
    bugs: list[LogEvent], monkeypatch: pytest.MonkeyPatch
) -> None:
    server = Server()
    bob, transport = server.guest(b"Bob\n")
    _, carol = server.guest(b"Carol\n")
    monkeypatch.setattr(Session, "receive_line", lambda self, line: 1 // 0)
    bob.dataReceived(b"/names\n")
    server.clock.advance(0.001)
    assert transport.disconnected
    assert not carol.disconnected
    assert bugs.pop()["log_failure"].check(ZeroDivisionError)


def test_small_lines_are_sent_without_delay() -> None:
    server = Server()
    protocol = server.factory.buildProtocol(IPv4Address("TCP", "127.0.0.1", 1))
    transport = StringTransport()
    nodelay: list[bool] = []
    transport.setTcpNoDelay = nodelay.append  # type: ignore[attr-defined]
    alsoProvides(transport, ITCPTransport)
    protocol.makeConnection(transport)
    assert nodelay == [True]


def test_no_question_is_asked_while_a_request_waits_to_be_read() -> None:
    clock = Clock()
    connections = Connections(Limits(), clock)
    factory = LineFactory(immediate_chat(), connections, {Opening.HTTP: lambda _: Protocol()})
    connection = DirectConnection(factory.admit(IPv4Address("TCP", "127.0.0.1", 1)))
    connection.far.sendall(b"GET / HTTP/1.1\r\n\r\n")
    # The server was busy: its timers come before what has arrived meanwhile.
    clock.advance(PROMPT_DELAY)
    connection.near.doRead()
    clock.advance(PROMPT_DELAY)
    assert connection.near.connected
    connection.far.setblocking(False)
    with pytest.raises(BlockingIOError):
        connection.far.recv(100)
    connection.close()


@pytest.mark.parametrize(
    ("address", "name"),
    [
        (IPv4Address("TCP", "192.168.1.2", 35764), "(192.168.1.2, 35764)"),
        (IPv6Address("TCP", "::1", 35764), "(::1, 35764)"),
        (UNIXAddress(None), "(unix)"),
        (None, "(unix)"),
    ],
)
def test_the_log_names_the_address_of_a_client(address: IAddress | None, name: str) -> None:
    assert peer_name(address) == name
