"""The log of connections: complete, rate limited, and without control characters."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.address import IPv4Address, UNIXAddress
from twisted.internet.task import Clock
from twisted.logger import ILogObserver, formatEvent, globalLogPublisher
from zope.interface import implementer

from netchat.model.disconnects import LOGIN_TIMEOUT, LOGIN_TRIES
from netchat.observability.connection_log import MAX_NAMES, SECOND, ConnectionLog, peer_name
from netchat.testing import Network

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twisted.logger import LogEvent


@implementer(ILogObserver)
class Log:
    """A connection log, what it has written, and at which times of its clock."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.connections = ConnectionLog(self.clock)
        self.lines: list[str] = []
        self.times: list[float] = []

    def __call__(self, event: LogEvent) -> None:
        self.lines.append(formatEvent(event))
        self.times.append(self.clock.seconds())


@pytest.fixture
def log() -> Iterator[Log]:
    log = Log()
    globalLogPublisher.addObserver(log)
    yield log
    globalLogPublisher.removeObserver(log)


def test_every_client_that_connects_leaves_or_is_refused_has_a_line(log: Log) -> None:
    log.connections.connected("(192.168.1.2, 35764)", "Bob")
    log.connections.offline("(192.168.1.2, 35764)", "Bob")
    log.connections.too_slow("(192.168.1.2, 35764)")
    log.connections.refused("(192.168.1.2, 35764)", "too-many")
    log.connections.accept_failed("ENFILE")
    log.connections.nameless_closed("(192.168.1.2, 35764)", LOGIN_TRIES)
    log.connections.tls_failed("(192.168.1.2, 35764)", "no shared cipher")
    assert log.lines == [
        "Client (192.168.1.2, 35764) connected  [ Bob ]",
        "Client (192.168.1.2, 35764) is offline  [ Bob ]",
        "Client (192.168.1.2, 35764) does not read; it is closed (too-slow)",
        "Client (192.168.1.2, 35764) is refused  [ too-many ]",
        "A connection could not be accepted  [ ENFILE ]",
        "Client (192.168.1.2, 35764) is closed before it has a name  [ login-tries ]",
        "Client (192.168.1.2, 35764) fails at the TLS handshake  [ no shared cipher ]",
    ]


def test_a_flood_of_refused_clients_is_counted_and_does_not_hide_a_guest(log: Log) -> None:
    for number in range(1958):
        log.connections.refused("(192.168.1.2, 1)", f"r{number}")
    log.connections.connected("(192.168.1.3, 1)", "Bob")
    assert log.lines[-1] == "Client (192.168.1.3, 1) connected  [ Bob ]"
    assert len(log.lines) == 5
    log.clock.advance(SECOND)
    assert log.lines[5:] == ["... and 1,954 more connections were refused"]
    log.connections.refused("(192.168.1.2, 1)", "denied")
    assert log.lines[-1] == "Client (192.168.1.2, 1) is refused  [ denied ]"


def test_those_who_leave_at_once_are_all_named_in_one_line(log: Log) -> None:
    for number in range(40):
        log.connections.offline("(192.168.1.2, 1)", f"Guest{number}")
    assert len(log.lines) == 6
    log.clock.advance(SECOND)
    rest = ", ".join(f"Guest{number}" for number in range(6, 40))
    assert log.lines[6:] == [f"... and 34 more went offline  [ {rest} ]"]


def test_the_names_of_a_thousand_who_leave_at_once_have_room_in_one_line(log: Log) -> None:
    names = [f"Guest{number}" for number in range(1000)]
    for name in names:
        log.connections.offline("(192.168.1.2, 1)", name)
    log.clock.advance(SECOND)
    assert log.lines[-1].endswith(f" [ {', '.join(names[6:])} ]")


def test_the_line_of_names_has_a_bound_and_counts_those_beyond_it(log: Log) -> None:
    for _ in range(5006):
        log.connections.connected("(192.168.1.2, 1)", "N" * 30)
    log.clock.advance(SECOND)
    assert len(log.lines[-1]) < MAX_NAMES + 100
    assert log.lines[-1].startswith("... and 5,000 more connected  [ N")
    assert log.lines[-1].endswith(" and 4,500 more ]")


def test_a_hostile_name_in_a_summary_is_escaped_too(log: Log) -> None:
    for _ in range(7):
        log.connections.offline("(192.168.1.2, 1)", "\n{x}\x1b")
    log.clock.advance(SECOND)
    assert log.lines[-1] == "... and 1 more went offline  [ \\u000a{x}\\u001b ]"


@given(st.lists(st.tuples(st.sampled_from("cosrunt"), st.floats(0, 0.4)), max_size=80))
def test_there_are_at_most_ten_lines_in_a_second_and_every_event_is_counted(
    events: list[tuple[str, float]],
) -> None:
    log = Log()
    globalLogPublisher.addObserver(log)
    write = {
        "c": lambda: log.connections.connected("p", "n"),
        "o": lambda: log.connections.offline("p", "n"),
        "s": lambda: log.connections.too_slow("p"),
        "r": lambda: log.connections.refused("p", "w"),
        "u": lambda: log.connections.accept_failed("w"),
        "n": lambda: log.connections.nameless_closed("p", LOGIN_TIMEOUT),
        "t": lambda: log.connections.tls_failed("p", "w"),
    }
    for kind, seconds in events:
        write[kind]()
        log.clock.advance(seconds)
    log.connections.close()
    globalLogPublisher.removeObserver(log)
    counted = sum(int(line.split()[2]) if line.startswith("...") else 1 for line in log.lines)
    assert counted == len(events)
    assert not log.clock.getDelayedCalls()
    # Summaries are written at once when the server stops, and do not count.
    times = [
        time for time, line in zip(log.times, log.lines, strict=True) if not line.startswith("...")
    ]
    for time in times:
        assert sum(time <= other < time + 1 for other in times) <= 10


def test_control_characters_in_a_name_or_an_address_are_escaped(log: Log) -> None:
    log.connections.connected("(fe80::1%\x1b[2J, 1)", "{peer}\n\u202e\u009b%s\r")
    assert log.lines == [
        "Client (fe80::1%\\u001b[2J, 1) connected  [ {peer}\\u000a\\u202e\\u009b%s\\u000d ]"
    ]


def test_the_log_has_nothing_that_a_guest_says(log: Log) -> None:
    network = Network("--max-per-address", "1")
    alice = network.join("Alice", "203.0.113.9")
    network.guest("203.0.113.9")
    alice.say("my secret")
    alice.say("/msg Alice my secret")
    alice.say("/topic my secret")
    alice.send(b"\xff my secret\n")
    alice.say("/secret")
    alice.say("exit")
    alice.hang_up()
    network.guest().send(b"my secret" * 100 + b"\n")
    assert Counter("Client" in line for line in log.lines)[True] == 3
    assert "secret" not in "".join(log.lines)


def test_a_client_without_a_name_is_not_in_the_log(log: Log) -> None:
    guest = Network().guest("127.0.0.1")
    guest.send(b'{"type":"ping"}\n{"type":"bye"}\n')
    guest.hang_up()
    assert not [line for line in log.lines if "Client" in line]


def test_a_client_that_gives_no_name_in_time_is_in_the_log(log: Log) -> None:
    network = Network()
    network.guest("203.0.113.9")
    network.advance(15)
    assert log.lines[-1].endswith("is closed before it has a name  [ login-timeout ]")
    assert "203.0.113.9" in log.lines[-1]


def test_a_client_with_bad_names_only_is_in_the_log_without_them(log: Log) -> None:
    guest = Network().guest("203.0.113.9")
    for _ in range(5):
        guest.say("my secret\x07password!")
    assert not guest.online
    assert log.lines[-1].endswith("is closed before it has a name  [ login-tries ]")
    assert "secret" not in "".join(log.lines)


def test_a_client_whose_first_line_does_not_end_is_in_the_log(log: Log) -> None:
    guest = Network().guest("203.0.113.9")
    for _ in range(20):
        guest.send(b"x" * 4096)
    assert log.lines[-1].endswith("is closed before it has a name  [ line-too-long ]")


def test_clients_without_a_name_are_not_in_the_log_of_a_shutdown(log: Log) -> None:
    network = Network()
    network.guest("203.0.113.9")
    network.stop()
    network.advance(5)
    assert not [line for line in log.lines if "Client" in line]


def test_the_log_names_an_address_with_its_port() -> None:
    assert peer_name(IPv4Address("TCP", "192.168.1.2", 35764)) == "(192.168.1.2, 35764)"
    assert peer_name(UNIXAddress(None)) == peer_name(None) == "(unix)"
