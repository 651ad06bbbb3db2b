"""Who does not read is let go; who reads, however slowly, stays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from twisted.internet.address import IPv4Address
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport

from netchat.doors.line.factory import LineFactory
from netchat.doors.line.send_queue import SendQueue
from netchat.model.limits import ConnectionLimits, Limits
from tests.support.listeners import chat_now
from tests.support.sockets import Wire

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netchat.doors.line.protocol import LineProtocol

LIMITS = ConnectionLimits(max_backlog=300_000, stall_timeout=30, rate=0)


class Owner:
    """Whose outlet it is; he writes down what he learns."""

    def __init__(self) -> None:
        self.too_slow_times = 0
        self.changes = 0

    def fast_send_changed(self) -> None:
        self.changes += 1

    def too_slow(self) -> None:
        self.too_slow_times += 1


class Reader:
    """Somebody to whom an outlet writes."""

    def __init__(self, limits: ConnectionLimits = LIMITS) -> None:
        self.wire = Wire()
        self.clock = Clock()
        self.owner = Owner()
        self.outlet = SendQueue(self.wire.near, self.clock, limits, self.owner)

    @property
    def is_cut_off(self) -> bool:
        self.clock.advance(0)
        return bool(self.owner.too_slow_times) and self.wire.near._aborting

    def stops_reading(self) -> None:
        """Leave something in user space."""
        while not self.wire.near.unsent:
            self.outlet.write(bytes(1 << 16))

    def reads(self, size: int) -> None:
        """Take `size` bytes of what is in the kernel, which takes more then."""
        while size > 0:
            self.wire.turn()
            size -= len(self.wire.far.recv(min(size, 1 << 16)))
        self.wire.turn()


@pytest.fixture
def reader() -> Iterator[Reader]:
    reader = Reader()
    yield reader
    reader.wire.close()


def test_who_does_not_read_is_cut_off_when_more_than_his_backlog_waits(reader: Reader) -> None:
    reader.stops_reading()
    waits = reader.wire.near.unsent
    for _ in range(100):
        reader.outlet.write(bytes(3000))
    assert not reader.is_cut_off
    assert reader.wire.near.unsent == waits + 300_000
    reader.outlet.write(b"x")
    assert reader.is_cut_off
    reader.outlet.write(b"behind the cut")
    assert reader.wire.near.unsent == waits + 300_001
    assert reader.owner.too_slow_times == 1


@pytest.mark.parametrize("behind", [True, False])
def test_limits_that_change_hold_for_who_is_behind_already_and_for_who_will_be(
    behind: bool,
) -> None:
    reader = Reader(ConnectionLimits(max_backlog=0, stall_timeout=0))
    if behind:
        reader.stops_reading()
    reader.outlet.apply_limits(ConnectionLimits(max_backlog=1000, stall_timeout=30))
    reader.stops_reading()
    reader.outlet.write(bytes(1000))
    assert not reader.is_cut_off
    reader.outlet.write(b"x")
    assert reader.is_cut_off
    reader.wire.close()


@pytest.mark.parametrize("before", [0, 1000])
def test_the_time_in_which_something_must_be_taken_can_change(before: int) -> None:
    reader = Reader(ConnectionLimits(max_backlog=0, stall_timeout=before))
    reader.stops_reading()
    reader.outlet.apply_limits(ConnectionLimits(max_backlog=0, stall_timeout=30))
    reader.clock.pump([7.5] * 4)
    assert reader.is_cut_off
    reader.wire.close()


def test_who_reads_slowly_stays_however_much_is_written_to_him(reader: Reader) -> None:
    reader.stops_reading()
    for _ in range(100):
        reader.outlet.write(bytes(60_000))
        reader.reads(60_000)
        reader.clock.advance(5)
    assert not reader.is_cut_off


def test_one_long_answer_is_not_held_against_who_asked_for_it(reader: Reader) -> None:
    reader.outlet.write(bytes(8_000_000))
    assert reader.wire.near.unsent > LIMITS.max_backlog
    for _ in range(100):
        reader.outlet.write(bytes(3000))
    assert not reader.is_cut_off
    reader.outlet.write(b"x")
    assert reader.is_cut_off


def test_who_takes_nothing_for_30_seconds_is_cut_off(reader: Reader) -> None:
    reader.clock.advance(1000)
    reader.stops_reading()
    reader.clock.pump([1] * 29)
    assert not reader.is_cut_off
    reader.clock.pump([1] * 10)
    assert reader.is_cut_off


def test_who_takes_a_little_now_and_then_is_not(reader: Reader) -> None:
    reader.stops_reading()
    reader.outlet.write(bytes(90_000))
    for _ in range(3):
        reader.clock.pump([1] * 29)
        reader.reads(200_000)
        reader.outlet.write(bytes(200_000 - 1000))
        assert reader.wire.near.unsent
    assert not reader.is_cut_off


def test_nobody_asks_after_who_keeps_up(reader: Reader) -> None:
    reader.outlet.write(b"hello\n")
    assert reader.clock.getDelayedCalls() == []
    reader.stops_reading()
    assert len(reader.clock.getDelayedCalls()) == 1
    reader.wire.far.setblocking(False)
    while reader.wire.near.unsent:
        reader.reads(1)
    assert reader.clock.getDelayedCalls() == []
    assert reader.outlet.fast_send is not None
    assert reader.owner.changes == 2


def test_a_limit_that_is_off_cuts_nobody_off() -> None:
    reader = Reader(ConnectionLimits(max_backlog=0, stall_timeout=0))
    reader.stops_reading()
    for _ in range(100):
        reader.outlet.write(bytes(1 << 16))
    reader.clock.advance(10_000)
    assert not reader.is_cut_off
    reader.wire.close()


class House:
    """A line factory, and guests with real sockets or none."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.factory = LineFactory(chat_now(), Limits(connection=LIMITS), self.clock)

    def guest(self, name: bytes) -> tuple[LineProtocol, StringTransport]:
        door: Any = self.factory.buildProtocol(IPv4Address("TCP", "192.168.1.2", 35764))
        transport = StringTransport()
        door.makeConnection(transport)
        door.dataReceived(name + b"\n")
        return door, transport

    def reader(self, name: bytes) -> Wire:
        door: Any = self.factory.buildProtocol(IPv4Address("TCP", "192.168.1.2", 35764))
        wire = Wire(door)
        door.dataReceived(name + b"\n")
        return wire


def test_the_others_do_not_notice_who_does_not_read_and_his_memory_is_given_back() -> None:
    house = House()
    (bob, _), (_, carol) = house.guest(b"Bob"), house.guest(b"Carol")
    detached = house.reader(b"Deaf")
    most = said = 0
    while detached.near.connected and said < 100_000:
        bob.dataReceived(b"x" * 399 + b"\n")
        said += 1
        most = max(most, detached.near.unsent)
        house.clock.advance(0)
        while detached.reactor.calls:
            detached.reactor.calls.pop()()
    assert LIMITS.max_backlog < most < LIMITS.max_backlog + 1000
    bob.dataReceived(b"last\n")
    assert carol.value().count(b"Bob: ") == said + 1
    assert carol.value().endswith(b"* Deaf left\nBob: last\n")
    assert not hasattr(detached.near, "socket")
    detached.far.close()


def test_who_reads_slowly_is_not_cut_off_for_pages_that_come_when_he_has_taken_the_last() -> None:
    reader = Reader(ConnectionLimits(max_backlog=4_000))
    left = 200

    def turn_page() -> None:
        nonlocal left
        if left:
            left -= 1
            reader.outlet.write(bytes(8_000))
            reader.outlet.when_drained(turn_page)

    turn_page()
    for _ in range(1_000):
        reader.clock.advance(0)
        reader.reads(1_000 if left else 0)
        assert not reader.is_cut_off
    reader.wire.close()
    assert left < 150
