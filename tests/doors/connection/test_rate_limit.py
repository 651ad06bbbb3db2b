"""The rate limit delays lines and loses none; a client that floods for a minute is closed."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.address import IPv4Address
from twisted.internet.error import ConnectionDone, ConnectionLost
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure

from netchat.admission.connections import Connections
from netchat.chat.chat import Chat
from netchat.chat.sequencer import MAX_IN_FLIGHT
from netchat.doors.connection.rate_limit import TokenBucket
from netchat.doors.line.factory import LineFactory
from netchat.model.limits import ConnectionLimits, Limits
from netchat.session.session import Session
from netchat.testing import Network
from tests.support.listeners import SlowJournal, immediate_chat

if TYPE_CHECKING:
    from netchat.doors.line.protocol import LineProtocol
    from netchat.testing import Guest

FLOOD = "! You say more than others can read, and the rest was not said; say it more slowly."


class TwoGuests:
    """Carol, who listens, and Bob, whose bytes wait in a kernel buffer until they are read."""

    def __init__(self, limits: ConnectionLimits | None = None, chat: Chat | None = None) -> None:
        self.clock = Clock()
        connection = limits or ConnectionLimits(close_timeout=0)
        connections = Connections(Limits(connection=connection), self.clock)
        self.factory = LineFactory(chat or immediate_chat(), connections)
        _, self.carol_transport = self.connect(b"Carol\n")
        self.bob, self.bob_transport = self.connect(b"Bob\n")
        self.kernel = b""
        self.taken = 0

    def connect(self, lines: bytes) -> tuple[LineProtocol, StringTransport]:
        protocol: Any = self.factory.buildProtocol(IPv4Address("TCP", "192.168.1.2", 35764))
        transport = StringTransport()
        protocol.makeConnection(transport)
        protocol.dataReceived(lines)
        # Input is taken again in the turn after a join.
        self.clock.advance(0)
        return protocol, transport

    def send(self, data: bytes) -> None:
        """Let Bob send `data`, which is read when the connection is not paused."""
        self.kernel = self.kernel[self.taken :] + data
        self.taken = 0
        self.read()

    def read(self) -> None:
        """Read from the kernel until the connection is paused; a read is 64 KiB at most."""
        while self.taken < len(self.kernel) and self.bob_transport.producerState == "producing":
            data = self.kernel[self.taken : self.taken + (1 << 16)]
            self.taken += len(data)
            self.bob.dataReceived(data)

    def advance(self, seconds: float) -> None:
        """Let time pass in small steps that add up exactly."""
        for _ in range(round(seconds * 128)):
            self.clock.advance(1 / 128)
            self.read()

    @property
    def said(self) -> list[str]:
        """What Carol has heard from Bob."""
        heard = self.carol_transport.value().decode().splitlines()
        return [line.removeprefix("Bob: ") for line in heard if line.startswith("Bob: ")]


def numbered(count: int, first: int = 0) -> bytes:
    return b"".join(b"%d\n" % number for number in range(first, first + count))


def written(count: int) -> list[str]:
    return [str(number) for number in range(count)]


def test_a_burst_is_said_at_once_and_the_rest_at_5_lines_a_second_in_order() -> None:
    guests = TwoGuests()
    guests.send(numbered(20))
    assert guests.said == written(20)
    guests.send(numbered(30, 20))
    assert guests.said == written(20)
    guests.advance(1 / 64)
    for second in range(1, 8):
        guests.advance(1)
        assert guests.said == written(min(50, 20 + 5 * second))
    guests.advance(4)
    guests.send(numbered(21, 50))
    assert guests.said == written(70)
    guests.advance(0.25)
    assert guests.said == written(71)


def test_a_read_with_as_many_lines_as_there_are_tokens_is_taken_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole: list[int] = []

    def take(session: Session, data: bytes) -> bool:
        whole.append(data.count(b"\n"))
        return take_whole(session, data)

    take_whole = Session.receive_whole_lines
    monkeypatch.setattr(Session, "receive_whole_lines", take)
    guests = TwoGuests()
    guests.send(numbered(7))
    guests.send(numbered(13, 7))
    guests.send(numbered(1, 20))
    assert whole == [7, 13]
    assert guests.said == written(20)


def test_blank_lines_cost_nothing() -> None:
    guests = TwoGuests()
    guests.send(b"\n" * 5000 + numbered(20) + b"\r\n" * 5000)
    assert guests.said == written(20)


def test_thousands_of_blank_lines_cost_a_burst_and_more_are_a_flood() -> None:
    guests = TwoGuests()
    guests.send(b"\n" * 60_000 + numbered(1))
    assert guests.said == written(1)
    guests.send(numbered(1, 1))
    assert guests.said == written(1)
    guests.advance(5)
    assert guests.said == written(2)
    guests.send(b"\n" * 65536 * 1000)
    guests.advance(75)
    assert FLOOD in guests.bob_transport.value().decode()


def test_a_name_costs_nothing() -> None:
    guests = TwoGuests()
    guests.connect(b"Dan\n" + numbered(20) + b"/me waves\n")
    guests.clock.advance(0)
    heard = guests.carol_transport.value().decode()
    assert heard.count("Dan: ") == 20
    assert "waves" not in heard


def test_the_rate_limit_applies_before_the_login_too() -> None:
    guests = TwoGuests()
    _, transport = guests.connect(b'{"type":"ping"}\n' * 100)
    assert transport.value().count(b"pong") == 20


def test_a_flood_of_a_minute_closes_the_connection_and_what_was_said_before_stays() -> None:
    guests = TwoGuests()
    guests.send(numbered(100_000))
    guests.advance(60)
    assert guests.bob_transport.producer is not None
    guests.advance(0.3)
    said = guests.said
    assert said == written(len(said))
    assert len(said) in (20 + 5 * 60, 20 + 5 * 60 + 1)
    assert guests.bob_transport.value().decode().endswith(f"{FLOOD}\n")
    assert guests.carol_transport.value().endswith(b"* Bob left\n")
    assert guests.bob_transport.producer is None


def test_long_lines_are_a_flood_too() -> None:
    guests = TwoGuests()
    guests.send((b"x" * 4000 + b"\n") * 1000)
    guests.advance(61)
    assert guests.bob_transport.value().decode().endswith(f"{FLOOD}\n")
    assert len(guests.said) in range(310, 330)


def test_a_flood_in_small_reads_is_a_flood_too() -> None:
    guests = TwoGuests()
    for number in range(70):
        guests.send(numbered(10, 10 * number))
        guests.advance(1)
    assert guests.bob_transport.value().decode().endswith(f"{FLOOD}\n")


def test_300_pasted_lines_are_said_within_a_minute_and_the_guest_stays() -> None:
    guests = TwoGuests()
    guests.send(numbered(300))
    guests.advance(57)
    assert guests.said == written(300)
    guests.send(b"and stays\n")
    assert guests.said[-1] == "and stays"


def test_a_client_with_at_most_a_burst_outstanding_is_never_closed() -> None:
    guests = TwoGuests()
    sent = 20
    guests.send(numbered(20))
    for _ in range(128 * 200):
        guests.advance(1 / 128)
        taken = len(guests.said)
        if sent < taken + 20:
            guests.send(numbered(taken + 20 - sent, sent))
            sent = taken + 20
    assert guests.said == written(len(guests.said))
    assert len(guests.said) > 1000
    assert guests.bob_transport.producer is not None


def test_a_guest_who_ends_their_input_is_heard_to_the_end_at_the_rate() -> None:
    guests = TwoGuests()
    guests.send(numbered(50))
    guests.bob.readConnectionLost()
    guests.advance(5)
    assert len(guests.said) in (44, 45)
    guests.advance(1.5)
    assert guests.said == written(50)
    assert guests.bob_transport.value().endswith(b"DISCONNECTED!!\n")


@pytest.mark.parametrize("how", [ConnectionDone, ConnectionLost])
def test_the_lines_that_wait_are_said_when_the_guest_hangs_up_but_no_broken_line(
    how: type[Exception],
) -> None:
    guests = TwoGuests()
    guests.send(numbered(30) + b"rm -rf ")
    guests.bob.connectionLost(Failure(how()))
    assert guests.said == written(30) + ["rm -rf "] * (how is ConnectionDone)
    assert guests.carol_transport.value().endswith(b"* Bob left\n")


@pytest.mark.parametrize("how", [ConnectionDone, ConnectionLost])
def test_hanging_up_does_not_circumvent_the_rate_limit(how: type[Exception]) -> None:
    guests = TwoGuests()
    guests.send(numbered(1000))
    guests.bob.connectionLost(Failure(how()))
    assert guests.said == written(40)
    assert guests.carol_transport.value().endswith(b"* Bob left\n")
    guests.advance(10)


def test_neither_the_rate_limit_nor_the_disk_resumes_reading_that_the_other_has_paused() -> None:
    journal = SlowJournal()
    limits = ConnectionLimits(burst=300, close_timeout=0)
    guests = TwoGuests(limits, Chat(journal, later=lambda call: call(), now=lambda: 0.0))
    journal.settle()
    guests.send(numbered(400))
    guests.advance(1)
    participant = guests.bob.session.participant
    assert participant is not None
    taken = participant.in_flight
    assert MAX_IN_FLIGHT <= taken <= 300
    guests.advance(70)
    assert participant.in_flight == taken
    assert guests.bob_transport.producerState == "paused"
    guests.bob._input._bucket.take(600, guests.clock.seconds())  # type: ignore[union-attr]
    journal.settle()
    guests.advance(1)
    assert participant.in_flight == 0
    guests.advance(120)
    journal.settle()
    assert guests.said == written(400)


def test_waiting_for_the_disk_does_not_count_as_a_flood() -> None:
    journal = SlowJournal()
    limits = ConnectionLimits(burst=300, rate=100, flood_timeout=5, close_timeout=0)
    guests = TwoGuests(limits, Chat(journal, later=lambda call: call(), now=lambda: 0.0))
    journal.settle()
    guests.send(numbered(700))
    guests.advance(100)
    for _ in range(50):
        journal.settle()
        guests.advance(0.1)
    assert guests.said == written(700)
    assert guests.bob_transport.producer is not None


def test_waiting_for_the_disk_does_not_reset_the_time_of_a_flood() -> None:
    bucket = TokenBucket(ConnectionLimits(burst=1, rate=1, flood_timeout=10))
    bucket.waiting = 5
    assert not bucket.is_flooding(100)
    bucket.excuse(6)
    assert not bucket.is_flooding(115.9)
    assert bucket.is_flooding(116)


def test_without_a_limit_everything_is_said_at_once_and_no_bucket_is_kept() -> None:
    for limits in (ConnectionLimits(rate=0), ConnectionLimits(burst=0)):
        guests = TwoGuests(limits)
        guests.send(numbered(64))
        assert guests.said == written(64)
        assert guests.bob._input._bucket is None


def test_no_bucket_is_kept_for_a_guest_who_has_said_only_their_name() -> None:
    assert TwoGuests().bob._input._bucket is None


def test_the_rate_limit_applies_to_loopback_and_to_programs_too() -> None:
    network = Network("--rate", "5", "--history", "0")
    carol, bot = network.join("Carol"), network.program("bot")
    bot.send(b"".join(b'{"type":"say","room":"lobby","text":"%d"}\n' % n for n in range(30)))
    assert carol.heard()[1:] == [f"bot: {number}" for number in range(20)]
    for _ in range(5):
        network.advance(0.21)
    assert carol.heard() == [f"bot: {number}" for number in range(20, 25)]


def test_a_ping_every_10_seconds_is_within_the_rate_limit() -> None:
    network = Network("--rate", "5")
    bot = network.program("bot")
    bot.heard()
    for _ in range(100):
        bot.ask("ping")
        assert [told["type"] for told in bot.told()] == ["pong"]
        network.advance(10)


@pytest.mark.parametrize("dialect", ["text", "json"])
def test_a_flood_is_closed_with_a_reason_in_both_dialects(dialect: str) -> None:
    network = Network("--rate", "5", "--flood-timeout", "2")
    carol = network.join("Carol")
    bob: Guest = network.join("Bob") if dialect == "text" else network.program("Bob")
    line = b"x\n" if dialect == "text" else b'{"type":"say","room":"lobby","text":"x"}\n'
    bob.send(line * 200)
    for _ in range(50):
        network.advance(0.1)
    last = bob.heard()[-1]
    assert last == FLOOD if dialect == "text" else '"reason":"flood"' in last
    assert carol.heard()[-1] == "* Bob left"


@given(
    st.integers(1, 30),
    st.sampled_from([0.5, 1.0, 3.0, 5.0, 7.0]),
    st.lists(st.floats(0, 3), min_size=1, max_size=200),
)
def test_in_no_interval_are_more_lines_taken_than_a_burst_and_the_rate(
    burst: int, rate: float, gaps: list[float]
) -> None:
    bucket = TokenBucket(ConnectionLimits(burst=burst, rate=rate))
    now, said = 1e6, []
    for gap in gaps:
        now += gap
        allowed = bucket.allowed(now)
        assert 0 <= allowed <= burst
        for _ in range(min(allowed, 3)):
            bucket.take(1, now)
            said.append(now)
        if not bucket.allowed(now):
            now += bucket.wait(now)
            assert bucket.allowed(now) >= 1
    for first, _ in pairwise(range(len(said))):
        for last in range(first, len(said)):
            assert last - first + 1 <= burst + rate * (said[last] - said[first]) + 0.01
