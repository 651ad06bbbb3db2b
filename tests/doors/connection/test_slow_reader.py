"""A client that does not read is closed; one that reads, however slowly, stays connected."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from twisted.internet.address import IPv4Address
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport

from netchat.admission.connections import Connections
from netchat.doors.connection.send_queue import SendQueue
from netchat.doors.line.factory import LineFactory
from netchat.model.limits import ConnectionLimits, Limits
from tests.support.listeners import immediate_chat
from tests.support.sockets import DirectConnection

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netchat.doors.line.protocol import LineProtocol

LAST = b"closing\n"
LIMITS = ConnectionLimits(max_backlog=300_000, stall_timeout=30, rate=0)


class OwnerDouble:
    """The owner of a send queue, which counts its calls."""

    def __init__(self) -> None:
        self.too_slow_times = 0
        self.changes = 0
        self.session: Any = self

    def fast_send_changed(self) -> None:
        self.changes += 1

    def too_slow(self) -> bytes:
        self.too_slow_times += 1
        return LAST


class Reader:
    """A send queue, and the client that reads from it."""

    def __init__(self, limits: ConnectionLimits = LIMITS) -> None:
        self.connection = DirectConnection()
        self.clock = Clock()
        self.owner = OwnerDouble()
        self.queue = SendQueue(self.connection.near, self.clock, limits, self.owner)

    @property
    def is_dropped(self) -> bool:
        return self.owner.too_slow_times == 1 and self.queue.closing

    def stop_reading(self) -> None:
        """Write until something stays in user space."""
        while not self.connection.near.unsent:
            self.queue.write(bytes(1 << 16))

    def read(self, size: int) -> None:
        """Read `size` bytes from the kernel, which then takes more."""
        while size > 0:
            self.connection.turn()
            size -= len(self.connection.far.recv(min(size, 1 << 16)))
        self.connection.turn()


@pytest.fixture
def reader() -> Iterator[Reader]:
    reader = Reader()
    yield reader
    reader.connection.close()


def test_a_client_that_does_not_read_is_dropped_when_its_backlog_is_exceeded(
    reader: Reader,
) -> None:
    reader.stop_reading()
    waits = reader.connection.near.unsent
    for _ in range(100):
        reader.queue.write(bytes(3000))
    assert not reader.is_dropped
    assert reader.connection.near.unsent == waits + 300_000
    reader.queue.write(b"x")
    assert reader.is_dropped
    reader.queue.write(b"after the drop")
    assert reader.connection.near.unsent == len(LAST)
    assert reader.is_dropped


def read_to_end(reader: Reader) -> bytes:
    """Let the client read all that it is sent, and the end of it."""
    reader.clock.advance(0)
    data, far = b"", reader.connection.far
    far.settimeout(5)
    while not data.endswith(LAST):
        reader.connection.turn()
        data += far.recv(1 << 16)
    reader.connection.turn()
    return data


def test_a_slow_client_that_reads_again_is_sent_whole_lines_and_why_it_was_closed(
    reader: Reader,
) -> None:
    line = b"x" * 999 + b"\n"
    while not reader.is_dropped:
        reader.queue.write(line)
    data = read_to_end(reader).removesuffix(LAST)
    assert data == line * (len(data) // 1000)
    assert reader.connection.far.recv(1) == b""


def test_a_slow_client_that_never_reads_again_is_dropped_after_a_few_seconds(
    reader: Reader,
) -> None:
    reader.stop_reading()
    reader.clock.pump([7.5] * 4)
    assert reader.is_dropped
    reader.clock.advance(0)
    assert not reader.connection.near._aborting
    reader.clock.advance(LIMITS.close_timeout)
    assert reader.connection.near._aborting


@pytest.mark.parametrize("behind", [True, False])
def test_changed_limits_apply_to_clients_that_are_behind_already_and_to_later_ones(
    behind: bool,
) -> None:
    reader = Reader(ConnectionLimits(max_backlog=0, stall_timeout=0))
    if behind:
        reader.stop_reading()
    reader.queue.apply_limits(ConnectionLimits(max_backlog=1000, stall_timeout=30))
    reader.stop_reading()
    reader.queue.write(bytes(1000))
    assert not reader.is_dropped
    reader.queue.write(b"x")
    assert reader.is_dropped
    reader.connection.close()


@pytest.mark.parametrize("before", [0, 1000])
def test_the_stall_timeout_can_change_while_a_client_is_behind(before: int) -> None:
    reader = Reader(ConnectionLimits(max_backlog=0, stall_timeout=before))
    reader.stop_reading()
    reader.queue.apply_limits(ConnectionLimits(max_backlog=0, stall_timeout=30))
    reader.clock.pump([7.5] * 4)
    assert reader.is_dropped
    reader.connection.close()


def test_a_client_that_reads_slowly_stays_however_much_is_written_to_it(reader: Reader) -> None:
    reader.stop_reading()
    for _ in range(100):
        reader.queue.write(bytes(60_000))
        reader.read(60_000)
        reader.clock.advance(5)
    assert not reader.is_dropped


def test_one_long_answer_does_not_count_against_the_backlog(reader: Reader) -> None:
    reader.queue.write(bytes(8_000_000))
    assert reader.connection.near.unsent > LIMITS.max_backlog
    for _ in range(100):
        reader.queue.write(bytes(3000))
    assert not reader.is_dropped
    reader.queue.write(b"x")
    assert reader.is_dropped


def test_a_client_that_reads_nothing_for_30_seconds_is_dropped(reader: Reader) -> None:
    reader.clock.advance(1000)
    reader.stop_reading()
    reader.clock.pump([1] * 29)
    assert not reader.is_dropped
    reader.clock.pump([1] * 10)
    assert reader.is_dropped


def test_a_client_that_reads_a_little_now_and_then_stays(reader: Reader) -> None:
    reader.stop_reading()
    reader.queue.write(bytes(90_000))
    for _ in range(3):
        reader.clock.pump([1] * 29)
        reader.read(200_000)
        reader.queue.write(bytes(200_000 - 1000))
        assert reader.connection.near.unsent
    assert not reader.is_dropped


def test_a_client_that_keeps_up_has_no_timer(reader: Reader) -> None:
    reader.queue.write(b"hello\n")
    assert reader.clock.getDelayedCalls() == []
    reader.stop_reading()
    assert len(reader.clock.getDelayedCalls()) == 1
    reader.connection.far.setblocking(False)
    while reader.connection.near.unsent:
        reader.read(1)
    assert reader.clock.getDelayedCalls() == []
    assert reader.queue.fast_send is not None
    assert reader.owner.changes == 2


def test_no_client_is_dropped_where_the_limits_are_0() -> None:
    reader = Reader(ConnectionLimits(max_backlog=0, stall_timeout=0))
    reader.stop_reading()
    for _ in range(100):
        reader.queue.write(bytes(1 << 16))
    reader.clock.advance(10_000)
    assert not reader.is_dropped
    reader.connection.close()


class Server:
    """A line factory, and guests with transports in memory or real sockets."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.factory = LineFactory(
            immediate_chat(), Connections(Limits(connection=LIMITS), self.clock)
        )

    def guest(self, name: bytes) -> tuple[LineProtocol, StringTransport]:
        protocol: Any = self.factory.buildProtocol(IPv4Address("TCP", "192.168.1.2", 35764))
        transport = StringTransport()
        protocol.makeConnection(transport)
        protocol.dataReceived(name + b"\n")
        return protocol, transport

    def reader(self, name: bytes) -> DirectConnection:
        protocol: Any = self.factory.buildProtocol(IPv4Address("TCP", "192.168.1.2", 35764))
        connection = DirectConnection(protocol)
        protocol.dataReceived(name + b"\n")
        return connection


def test_a_client_that_does_not_read_delays_no_other_and_its_memory_is_freed() -> None:
    server = Server()
    (bob, _), (_, carol) = server.guest(b"Bob"), server.guest(b"Carol")
    deaf = server.reader(b"Deaf")
    most = said = 0
    while not carol.value().endswith(b"* Deaf left\n") and said < 100_000:
        bob.dataReceived(b"x" * 399 + b"\n")
        said += 1
        most = max(most, deaf.near.unsent)
        server.clock.advance(0)
    assert LIMITS.max_backlog - 1000 < most < LIMITS.max_backlog + 1000
    assert deaf.near.unsent < 1000
    bob.dataReceived(b"last\n")
    assert carol.value().count(b"Bob: ") == said + 1
    assert carol.value().endswith(b"* Deaf left\nBob: last\n")
    server.clock.advance(LIMITS.close_timeout)
    while deaf.reactor.calls:
        deaf.reactor.calls.pop()()
    assert not hasattr(deaf.near, "socket")
    deaf.far.close()


def test_a_slow_client_is_not_dropped_for_pages_that_are_sent_one_after_another() -> None:
    reader = Reader(ConnectionLimits(max_backlog=4_000))
    left = 200

    def turn_page() -> None:
        nonlocal left
        if left:
            left -= 1
            reader.queue.write(bytes(8_000))
            reader.queue.when_drained(turn_page)

    turn_page()
    for _ in range(1_000):
        reader.clock.advance(0)
        reader.read(1_000 if left else 0)
        assert not reader.is_dropped
    reader.connection.close()
    assert left < 150
