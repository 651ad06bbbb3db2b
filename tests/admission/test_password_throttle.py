"""Password attempts: one a second from an address, and no guest is locked out by that."""

from __future__ import annotations

from ipaddress import ip_network
from typing import TYPE_CHECKING

import pytest
from twisted.internet.address import IPv4Address
from twisted.internet.task import Clock
from twisted.logger import ILogObserver, formatEvent, globalLogPublisher
from twisted.python.failure import Failure
from zope.interface import implementer

from netchat.admission.password_throttle import DELAY, PasswordThrottle
from netchat.admission.policy import AdmissionPolicy, client_key, parse_host
from netchat.model.disconnects import SHUTDOWN
from netchat.model.limits import AdmissionLimits
from netchat.observability.connection_log import ConnectionLog
from netchat.testing import Guest, Network

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from twisted.logger import LogEvent

    from netchat.doors.line.protocol import LineProtocol

HERE, THERE = "203.0.113.7", "203.0.113.8"
NAME, ASKED = "Enter username: ", "Enter password: "
WRONG = "! That is not the password; try again."
WELCOME = "Welcome to chat room. Enter 'exit' anytime to exit"


class ClientDouble:
    """A client that gives a password; `answer` is None until it has been answered."""

    def __init__(self, harness: Harness, host: str, *, right: bool, bug: bool = False) -> None:
        self.addr = IPv4Address("TCP", host, 1)
        self.key = client_key(parse_host(host))
        self.answer: bool | None = None
        self.asked = self.failed = False
        self._right, self._bug = right, bug
        self.wait = harness.throttle.verify(self, self._check, self._answer)

    def fail(self) -> None:
        self.failed = True

    def _check(self, answer: Callable[[bool], None]) -> None:
        self.asked = True
        answer(self._right)

    def _answer(self, answer: bool) -> None:
        if self._bug:
            raise RuntimeError
        self.answer = answer


class Harness:
    """A password throttle, and a clock."""

    def __init__(self) -> None:
        self.clock = Clock()
        policy = AdmissionPolicy(AdmissionLimits(trust=(ip_network("10.0.0.0/8"),)))
        self.throttle = PasswordThrottle(self.clock, policy, ConnectionLog(self.clock))

    def give_wrong(self, host: str = HERE, times: int = 1) -> list[ClientDouble]:
        return [ClientDouble(self, host, right=False) for _ in range(times)]

    def give_right(self, host: str = HERE) -> ClientDouble:
        return ClientDouble(self, host, right=True)


@implementer(ILogObserver)
class Log(list[str]):
    """The lines of the log about passwords."""

    def __call__(self, event: LogEvent) -> None:
        line = formatEvent(event)
        if "password" in line:
            self.append(line)


@pytest.fixture
def harness() -> Harness:
    return Harness()


@pytest.fixture
def log() -> Iterator[Log]:
    log = Log()
    globalLogPublisher.addObserver(log)
    yield log
    globalLogPublisher.removeObserver(log)


@pytest.fixture
def network(tmp_path: Path) -> Network:
    return with_password(tmp_path)


def with_password(folder: Path, *arguments: str) -> Network:
    path = folder / "password"
    path.write_text("sesame\n", encoding="utf-8")
    path.chmod(0o600)
    return Network("--password-file", str(path), *arguments)


def say(network: Network, name: str, password: str, host: str = HERE) -> Guest:
    """Return a guest who has sent both; no time passes, unlike with `network.guest`."""
    guest = Guest()
    guest.network = network
    network.connect(guest, host)
    guest.send(f"{name}\n{password}\n".encode())
    return guest


def test_an_address_has_one_attempt_a_second_however_many_connections_it_has(
    harness: Harness,
) -> None:
    clients = harness.give_wrong(times=16)
    asked, answered = [], []
    for _ in range(5):
        asked.append(sum(client.asked for client in clients))
        answered.append([client.answer for client in clients].count(False))
        harness.clock.advance(DELAY)
    assert asked == [1, 2, 3, 4, 5]
    assert answered == [0, 1, 2, 3, 4]


def test_a_client_does_not_wait_for_attempts_from_another_address(harness: Harness) -> None:
    harness.give_wrong(times=16)
    assert harness.give_right(THERE).answer is True


def test_a_right_password_is_answered_at_once_and_delays_no_other(harness: Harness) -> None:
    assert [harness.give_right().answer for _ in range(3)] == [True] * 3
    assert harness.give_right().wait == 0


def test_a_right_password_waits_for_its_turn_so_that_its_timing_tells_nothing(
    harness: Harness,
) -> None:
    harness.give_wrong()
    guests = [harness.give_right(), harness.give_right()]
    assert [guest.answer for guest in guests] == [None, None]
    harness.clock.advance(DELAY)
    assert [guest.answer for guest in guests] == [True, True]


def test_the_last_of_sixteen_clients_is_verified_before_it_gives_up(
    harness: Harness,
) -> None:
    harness.give_wrong(times=15)
    guest = harness.give_right()
    assert guest.wait <= 17
    for _ in range(15):
        assert guest.answer is None
        harness.give_wrong()
        harness.clock.advance(DELAY)
    assert guest.answer is True


def test_every_client_is_answered_within_the_time_that_was_returned(harness: Harness) -> None:
    clients = harness.give_wrong(times=4)
    for second in range(1, 6):
        harness.clock.advance(DELAY)
        assert all(client.answer is False for client in clients if client.wait <= second)


@pytest.mark.parametrize("host", ["127.0.0.1", "10.1.2.3"])
def test_each_connection_from_this_machine_or_a_trusted_network_has_its_own_queue(
    harness: Harness, host: str
) -> None:
    clients = harness.give_wrong(host, 20)
    assert harness.give_right(host).answer is True
    assert [client.answer for client in clients] == [None] * 20
    harness.clock.advance(DELAY)
    assert [client.answer for client in clients] == [False] * 20


def test_nothing_is_kept_of_an_address_after_its_last_answer(harness: Harness) -> None:
    for number in range(1000):
        harness.give_wrong(f"198.51.{number // 250}.{number % 250}")
    assert harness.throttle.addresses == 1000
    harness.clock.advance(DELAY)
    assert harness.throttle.addresses == 0


def test_no_client_waits_for_one_that_has_gone(harness: Harness) -> None:
    first, second = harness.give_wrong(times=2)
    guest = harness.give_right()
    harness.throttle.cancel(second)
    harness.throttle.cancel(first)
    assert guest.answer is None
    harness.clock.advance(DELAY)
    assert guest.answer is True
    assert not second.asked


def test_a_bug_ends_the_connection_of_one_client_only(harness: Harness) -> None:
    guests = [ClientDouble(harness, HERE, right=right, bug=True) for right in (False, True)]
    last = harness.give_right()
    harness.clock.advance(DELAY)
    assert [guest.failed for guest in guests] == [True, True]
    assert last.answer is True


def test_a_wrong_password_is_answered_after_a_second_and_input_waits_meanwhile(
    network: Network,
) -> None:
    alice = say(network, "Alice", "sesame", THERE)
    guest = say(network, "Bob", "open")
    guest.send(b"Bob\nsesame\nhello\n")
    network.advance(DELAY - 0.01)
    alice.say("I notice nothing")
    assert guest.heard() == [NAME, ASKED]
    network.advance(0.01)
    assert guest.heard()[:4] == [WRONG, NAME, ASKED, WELCOME]
    assert alice.heard()[-2:] == ["* Bob joined", "Bob: hello"]


def test_a_program_is_answered_after_a_second_too_and_in_order(network: Network) -> None:
    program = network.program("ci", password="open")
    program.ask("ping")
    assert program.told() == []
    network.advance(DELAY)
    assert [told.get("code", told["type"]) for told in program.told()] == ["bad-password", "pong"]


def test_the_last_attempt_is_answered_after_a_second_too(tmp_path: Path) -> None:
    network = with_password(tmp_path, "--login-tries", "1")
    guest = say(network, "Bob", "open")
    assert guest.online
    network.advance(DELAY)
    assert guest.heard()[-1] == "! Too many tries; ask somebody for the right password."
    assert not guest.online


def test_guests_of_one_address_wait_for_one_another_and_all_have_their_attempts(
    tmp_path: Path,
) -> None:
    network = with_password(tmp_path, "--login-timeout", "2", "--login-tries", "2")
    guests = [say(network, f"Guest{number}", "open") for number in range(15)]
    for guest in guests:
        guest.send(b"Somebody\nopen\n")
    last = say(network, "Alice", "sesame")
    for second in range(31):
        answers = b"".join(guest.received for guest in guests).count(WRONG.encode())
        assert answers == second
        assert (WELCOME.encode() in last.received) is (second >= 15)
        network.advance(DELAY)
    assert not any(guest.online for guest in guests)
    assert all(b"ask somebody" in guest.received for guest in guests)


def test_the_login_time_goes_on_after_the_answer(tmp_path: Path) -> None:
    network = with_password(tmp_path, "--login-timeout", "2")
    guest = say(network, "Bob", "open")
    network.advance(DELAY)
    assert guest.heard()[-1] == NAME
    network.advance(2)
    assert "! That took too long; connect again and give a name sooner." in guest.heard()
    assert not guest.online


def test_a_guest_who_hangs_up_before_their_turn_is_not_logged_in(
    network: Network, log: Log
) -> None:
    alice = say(network, "Alice", "sesame", THERE)
    alice.heard()
    say(network, "Eve", "open")
    for password in ("sesame", "open"):
        guest = say(network, "Bob", password)
        guest.send(b"hello\n")
        guest.hang_up()
    late = say(network, "Carol", "sesame")
    network.advance(DELAY)
    assert WELCOME in late.heard()
    assert alice.heard() == ["* Carol joined"]
    assert len(log) == 1


def test_a_guest_who_hangs_up_leaves_nothing_in_the_throttle_or_the_room(
    network: Network, log: Log
) -> None:
    guest = say(network, "Bob", "open", "127.0.0.1")
    guest.send(b"Bob\nsesame\nhello\n")
    guest.hang_up()
    network.clock.pump([DELAY] * 3)
    assert network.service.factory.connections.password_throttle.addresses == 0
    alice = say(network, "Alice", "sesame")
    alice.say("/names")
    assert alice.heard()[-1] == "* In lobby: Alice"
    assert len(log) == 1


@pytest.mark.parametrize(
    "end",
    [
        lambda protocol: protocol.disconnect(SHUTDOWN),
        lambda protocol: protocol.connectionLost(Failure(OSError("within TLS"))),
    ],
    ids=["closed, and lingers", "broken"],
)
def test_a_password_is_not_verified_after_its_connection_has_closed(
    network: Network, log: Log, end: Callable[[LineProtocol], None]
) -> None:
    say(network, "Eve", "open")
    guests = [say(network, "Bob", "open"), say(network, "Carol", "sesame")]
    last = say(network, "Dave", "sesame")
    for guest in guests:
        end(network.door(guest))
    network.clock.advance(DELAY)
    last.say("/names")
    assert last.heard()[-1] == "* In lobby: Dave"
    assert len(log) == 1


def test_a_guest_who_ends_their_input_before_their_turn_is_still_heard(network: Network) -> None:
    alice = say(network, "Alice", "sesame", THERE)
    alice.heard()
    say(network, "Eve", "open")
    guest = say(network, "ci", "sesame")
    guest.send(b"deploy done")
    network.end_input(guest)
    network.advance(DELAY)
    assert alice.heard() == ["* ci joined", "ci: deploy done", "* ci left"]
    assert guest.heard()[-1] == "DISCONNECTED!!"


def test_a_guest_who_waits_when_the_password_changes_needs_the_new_one(
    network: Network, tmp_path: Path
) -> None:
    say(network, "Eve", "open")
    old, new = say(network, "Bob", "sesame"), say(network, "Carol", "simsim")
    (tmp_path / "password").write_text("simsim\n", encoding="utf-8")
    network.reload()
    network.clock.pump([DELAY] * 3)
    network.settle()
    assert WRONG in old.heard()
    assert WELCOME in new.heard()


def test_guests_who_wait_when_the_server_stops_are_told_and_not_verified(
    network: Network, log: Log
) -> None:
    guests = [
        say(network, name, password) for name, password in (("Eve", "open"), ("Bob", "sesame"))
    ]
    network.stop()
    network.advance(DELAY)
    for guest in guests:
        assert guest.heard()[-1] == "! The server is shutting down; come back later."
    assert len(log) == 1


def test_each_wrong_password_has_a_line_in_the_log_without_the_password(
    network: Network, log: Log
) -> None:
    for host in (HERE, HERE, THERE):
        say(network, "Bob", "open-secret", host)
    say(network, "Carol", "sesame", THERE)
    network.clock.pump([DELAY] * 3)
    assert log == [f"Client ({host}, 40000) says a wrong password" for host in (HERE, THERE, HERE)]
    for number in range(20):
        say(network, "Bob", "open-secret", f"198.51.100.{number}")
    network.clock.pump([DELAY] * 2)
    assert log[-1] == "... and 16 more wrong passwords were said"
    assert "secret" not in "".join(log)
