"""Who speaks too fast waits, and loses nothing; who goes on for a minute is let go."""

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

from netchat.chat.chat import Chat
from netchat.chat.sequencer import MAX_IN_FLIGHT
from netchat.doors.line.factory import LineFactory
from netchat.doors.line.rate_limit import TokenBucket
from netchat.model.limits import ConnectionLimits, Limits
from netchat.session.session import Session
from netchat.testing import Network
from tests.support.listeners import SlowJournal, chat_now

if TYPE_CHECKING:
    from netchat.doors.line.protocol import LineProtocol
    from netchat.testing import Guest

FLOOD = "! You say more than others can read, and the rest was not said; say it more slowly."


class Room:
    """Carol, who listens, and Bob, whose bytes arrive as the kernel has them: if they are read."""

    def __init__(self, limits: ConnectionLimits | None = None, chat: Chat | None = None) -> None:
        self.clock = Clock()
        self.factory = LineFactory(
            chat or chat_now(),
            Limits(connection=limits or ConnectionLimits(close_timeout=0)),
            self.clock,
        )
        _, self.carol_wire = self.come(b"Carol\n")
        self.bob, self.bob_wire = self.come(b"Bob\n")
        self.kernel = b""
        self.taken = 0

    def come(self, lines: bytes) -> tuple[LineProtocol, StringTransport]:
        door: Any = self.factory.buildProtocol(IPv4Address("TCP", "192.168.1.2", 35764))
        wire = StringTransport()
        door.makeConnection(wire)
        door.dataReceived(lines)
        return door, wire

    def sends(self, data: bytes) -> None:
        """Let Bob send `data`, which is read when the door reads."""
        self.kernel = self.kernel[self.taken :] + data
        self.taken = 0
        self.read()

    def read(self) -> None:
        """Read what is in the kernel, as long as anybody wants to; a read is 64 KiB at most."""
        while self.taken < len(self.kernel) and self.bob_wire.producerState == "producing":
            data = self.kernel[self.taken : self.taken + (1 << 16)]
            self.taken += len(data)
            self.bob.dataReceived(data)

    def passes(self, seconds: float) -> None:
        """Let time pass in small steps that add up exactly."""
        for _ in range(round(seconds * 128)):
            self.clock.advance(1 / 128)
            self.read()

    @property
    def said(self) -> list[str]:
        """What Carol has heard of Bob."""
        heard = self.carol_wire.value().decode().splitlines()
        return [line.removeprefix("Bob: ") for line in heard if line.startswith("Bob: ")]


def numbered(count: int, first: int = 0) -> bytes:
    return b"".join(b"%d\n" % number for number in range(first, first + count))


def written(count: int) -> list[str]:
    return [str(number) for number in range(count)]


def test_a_burst_is_said_at_once_and_the_rest_at_5_lines_a_second_in_order() -> None:
    room = Room()
    room.sends(numbered(20))
    assert room.said == written(20)
    room.sends(numbered(30, 20))
    assert room.said == written(20)
    room.passes(1 / 64)
    for second in range(1, 8):
        room.passes(1)
        assert room.said == written(min(50, 20 + 5 * second))
    room.passes(4)
    room.sends(numbered(21, 50))
    assert room.said == written(70)
    room.passes(0.25)
    assert room.said == written(71)


def test_a_read_with_as_many_lines_as_there_are_tokens_is_taken_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole: list[int] = []

    def take(session: Session, data: bytes) -> bool:
        whole.append(data.count(b"\n"))
        return take_whole(session, data)

    take_whole = Session.receive_whole_lines
    monkeypatch.setattr(Session, "receive_whole_lines", take)
    room = Room()
    room.sends(numbered(7))
    room.sends(numbered(13, 7))
    room.sends(numbered(1, 20))
    assert whole == [7, 13]
    assert room.said == written(20)


def test_blank_lines_cost_nothing() -> None:
    room = Room()
    room.sends(b"\n" * 5000 + numbered(20) + b"\r\n" * 5000)
    assert room.said == written(20)


def test_blank_lines_by_the_thousand_are_a_burst_and_who_goes_on_floods() -> None:
    room = Room()
    room.sends(b"\n" * 60_000 + numbered(1))
    assert room.said == written(1)
    room.sends(numbered(1, 1))
    assert room.said == written(1)
    room.passes(5)
    assert room.said == written(2)
    room.sends(b"\n" * 65536 * 1000)
    room.passes(75)
    assert FLOOD in room.bob_wire.value().decode()


def test_a_name_costs_nothing() -> None:
    room = Room()
    room.come(b"Dan\n" + numbered(20) + b"/me waves\n")
    heard = room.carol_wire.value().decode()
    assert heard.count("Dan: ") == 19
    room.clock.advance(0)
    heard = room.carol_wire.value().decode()
    assert heard.count("Dan: ") == 20
    assert "waves" not in heard


def test_who_has_no_name_cannot_ask_faster_than_others_either() -> None:
    room = Room()
    _, wire = room.come(b'{"type":"ping"}\n' * 100)
    assert wire.value().count(b"pong") == 20


def test_a_minute_of_flood_closes_and_what_was_said_before_stays() -> None:
    room = Room()
    room.sends(numbered(100_000))
    room.passes(60)
    assert room.bob_wire.producer is not None
    room.passes(0.3)
    said = room.said
    assert said == written(len(said))
    assert len(said) in (20 + 5 * 60, 20 + 5 * 60 + 1)
    assert room.bob_wire.value().decode().endswith(f"{FLOOD}\n")
    assert room.carol_wire.value().endswith(b"* Bob left\n")
    assert room.bob_wire.producer is None


def test_long_lines_flood_as_short_ones_do() -> None:
    room = Room()
    room.sends((b"x" * 4000 + b"\n") * 1000)
    room.passes(61)
    assert room.bob_wire.value().decode().endswith(f"{FLOOD}\n")
    assert len(room.said) in range(310, 330)


def test_a_flood_over_small_reads_is_one_too() -> None:
    room = Room()
    for number in range(70):
        room.sends(numbered(10, 10 * number))
        room.passes(1)
    assert room.bob_wire.value().decode().endswith(f"{FLOOD}\n")


def test_who_pastes_300_lines_has_them_said_in_a_minute_and_stays() -> None:
    room = Room()
    room.sends(numbered(300))
    room.passes(57)
    assert room.said == written(300)
    room.sends(b"and stays\n")
    assert room.said[-1] == "and stays"


def test_whoever_waits_for_answers_with_a_burst_on_the_way_is_never_let_go() -> None:
    room = Room()
    sent = 20
    room.sends(numbered(20))
    for _ in range(128 * 200):
        room.passes(1 / 128)
        taken = len(room.said)
        if sent < taken + 20:
            room.sends(numbered(taken + 20 - sent, sent))
            sent = taken + 20
    assert room.said == written(len(room.said))
    assert len(room.said) > 1000
    assert room.bob_wire.producer is not None


def test_who_ends_his_input_is_heard_to_the_end_at_his_pace() -> None:
    room = Room()
    room.sends(numbered(50))
    room.bob.readConnectionLost()
    room.passes(5)
    assert len(room.said) in (44, 45)
    room.passes(1.5)
    assert room.said == written(50)
    assert room.bob_wire.value().endswith(b"DISCONNECTED!!\n")


@pytest.mark.parametrize("how", [ConnectionDone, ConnectionLost])
def test_who_hangs_up_has_said_what_waited_but_half_a_line(how: type[Exception]) -> None:
    room = Room()
    room.sends(numbered(30) + b"rm -rf ")
    room.bob.connectionLost(Failure(how()))
    assert room.said == written(30) + ["rm -rf "] * (how is ConnectionDone)
    assert room.carol_wire.value().endswith(b"* Bob left\n")


@pytest.mark.parametrize("how", [ConnectionDone, ConnectionLost])
def test_nobody_says_a_thousand_lines_by_hanging_up(how: type[Exception]) -> None:
    room = Room()
    room.sends(numbered(1000))
    room.bob.connectionLost(Failure(how()))
    assert room.said == written(40)
    assert room.carol_wire.value().endswith(b"* Bob left\n")
    room.passes(10)


def test_the_pace_does_not_let_go_whom_the_disk_holds_nor_the_disk_whom_the_pace_holds() -> None:
    journal = SlowJournal()
    limits = ConnectionLimits(burst=300, close_timeout=0)
    room = Room(limits, Chat(journal, later=lambda call: call(), now=lambda: 0.0))
    journal.settle()
    room.sends(numbered(400))
    room.passes(1)
    participant = room.bob.session.participant
    assert participant is not None
    taken = participant.in_flight
    assert MAX_IN_FLIGHT <= taken <= 300
    room.passes(70)
    assert participant.in_flight == taken
    assert room.bob_wire.producerState == "paused"
    room.bob._input._bucket.take(600, room.clock.seconds())  # type: ignore[union-attr]
    journal.settle()
    room.passes(1)
    assert participant.in_flight == 0
    room.passes(120)
    journal.settle()
    assert room.said == written(400)


def test_time_on_the_disk_is_not_held_against_a_guest() -> None:
    journal = SlowJournal()
    limits = ConnectionLimits(burst=300, rate=100, flood_timeout=5, close_timeout=0)
    room = Room(limits, Chat(journal, later=lambda call: call(), now=lambda: 0.0))
    journal.settle()
    room.sends(numbered(700))
    room.passes(100)
    for _ in range(50):
        journal.settle()
        room.passes(0.1)
    assert room.said == written(700)
    assert room.bob_wire.producer is not None


def test_time_on_the_disk_does_not_begin_the_time_anew_after_which_he_floods() -> None:
    pace = TokenBucket(ConnectionLimits(burst=1, rate=1, flood_timeout=10))
    pace.waiting = 5
    assert not pace.floods(100)
    pace.excuse(6)
    assert not pace.floods(115.9)
    assert pace.floods(116)


def test_without_a_limit_everything_is_said_at_once_and_nothing_is_kept() -> None:
    for limits in (ConnectionLimits(rate=0), ConnectionLimits(burst=0)):
        room = Room(limits)
        room.sends(numbered(64))
        assert room.said == written(64)
        assert room.bob._input._bucket is None


def test_nothing_is_kept_for_who_has_said_nothing_but_his_name() -> None:
    assert Room().bob._input._bucket is None


def test_loopback_is_limited_as_all_are_and_programs_as_people() -> None:
    network = Network("--rate", "5", "--history", "0")
    carol, bot = network.join("Carol"), network.program("bot")
    bot.send(b"".join(b'{"type":"say","room":"lobby","text":"%d"}\n' % n for n in range(30)))
    assert carol.heard()[1:] == [f"bot: {number}" for number in range(20)]
    for _ in range(5):
        network.advance(0.21)
    assert carol.heard() == [f"bot: {number}" for number in range(20, 25)]


def test_a_keep_alive_is_well_within_the_limit() -> None:
    network = Network("--rate", "5")
    bot = network.program("bot")
    bot.heard()
    for _ in range(100):
        bot.ask("ping")
        assert [told["type"] for told in bot.told()] == ["pong"]
        network.advance(10)


@pytest.mark.parametrize("dialect", ["text", "json"])
def test_a_flood_is_told_in_both_dialects(dialect: str) -> None:
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
def test_in_no_time_anybody_says_more_than_a_burst_and_the_rate(
    burst: int, rate: float, gaps: list[float]
) -> None:
    pace = TokenBucket(ConnectionLimits(burst=burst, rate=rate))
    now, said = 1e6, []
    for gap in gaps:
        now += gap
        allowed = pace.allowed(now)
        assert 0 <= allowed <= burst
        for _ in range(min(allowed, 3)):
            pace.take(1, now)
            said.append(now)
        if not pace.allowed(now):
            now += pace.wait(now)
            assert pace.allowed(now) >= 1
    for first, _ in pairwise(range(len(said))):
        for last in range(first, len(said)):
            assert last - first + 1 <= burst + rate * (said[last] - said[first]) + 0.01
