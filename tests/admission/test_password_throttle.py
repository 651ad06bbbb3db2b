"""How fast words can be tried: one a second from an address, and nobody is locked out by that."""

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
from netchat.model.limits import AdmissionLimits
from netchat.observability.connection_log import ConnectionLog
from netchat.server.service import SHUTDOWN
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


class Guesser:
    """Somebody at the password_throttle; `answer` is what he has been told, and None before
    that."""

    def __init__(self, house: House, host: str, *, right: bool, bug: bool = False) -> None:
        self.addr = IPv4Address("TCP", host, 1)
        self.key = client_key(parse_host(host))
        self.answer: bool | None = None
        self.asked = self.crashed = False
        self._right, self._bug = right, bug
        self.wait = house.password_throttle.verify(self, self._is_it, self._told)

    def fail(self) -> None:
        self.crashed = True

    def _is_it(self) -> bool:
        self.asked = True
        return self._right

    def _told(self, answer: bool) -> None:
        if self._bug:
            raise RuntimeError
        self.answer = answer


class House:
    """A password_throttle, and a clock."""

    def __init__(self) -> None:
        self.clock = Clock()
        admission = AdmissionPolicy(AdmissionLimits(trust=(ip_network("10.0.0.0/8"),)))
        self.password_throttle = PasswordThrottle(self.clock, admission, ConnectionLog(self.clock))

    def guess(self, host: str = HERE, times: int = 1) -> list[Guesser]:
        return [Guesser(self, host, right=False) for _ in range(times)]

    def know(self, host: str = HERE) -> Guesser:
        return Guesser(self, host, right=True)


@implementer(ILogObserver)
class Log(list[str]):
    """What is logged of guests."""

    def __call__(self, event: LogEvent) -> None:
        line = formatEvent(event)
        if "password" in line:
            self.append(line)


@pytest.fixture
def house() -> House:
    return House()


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


def say(network: Network, name: str, word: str, host: str = HERE) -> Guest:
    """Return a guest who has said both; no time passes, unlike with `network.guest`."""
    guest = Guest()
    guest.network = network
    network.connect(guest, host)
    guest.send(f"{name}\n{word}\n".encode())
    return guest


def test_an_address_has_a_guess_a_second_however_many_connections_it_has(house: House) -> None:
    guessers = house.guess(times=16)
    asked, answered = [], []
    for _ in range(5):
        asked.append(sum(guesser.asked for guesser in guessers))
        answered.append([guesser.answer for guesser in guessers].count(False))
        house.clock.advance(DELAY)
    assert asked == [1, 2, 3, 4, 5]
    assert answered == [0, 1, 2, 3, 4]


def test_another_address_does_not_wait_for_it(house: House) -> None:
    house.guess(times=16)
    assert house.know(THERE).answer is True


def test_a_right_word_is_answered_at_once_and_holds_up_nobody(house: House) -> None:
    assert [house.know().answer for _ in range(3)] == [True] * 3
    assert house.know().wait == 0


def test_a_right_word_waits_for_its_turn_or_one_could_see_that_it_is_right(house: House) -> None:
    house.guess()
    guests = [house.know(), house.know()]
    assert [guest.answer for guest in guests] == [None, None]
    house.clock.advance(DELAY)
    assert [guest.answer for guest in guests] == [True, True]


def test_who_comes_last_of_sixteen_and_knows_it_is_in_before_his_client_gives_up(
    house: House,
) -> None:
    house.guess(times=15)
    guest = house.know()
    assert guest.wait <= 17
    for _ in range(15):
        assert guest.answer is None
        house.guess()
        house.clock.advance(DELAY)
    assert guest.answer is True


def test_everybody_is_answered_within_the_time_that_he_is_told(house: House) -> None:
    guessers = house.guess(times=4)
    for second in range(1, 6):
        house.clock.advance(DELAY)
        assert all(guesser.answer is False for guesser in guessers if guesser.wait <= second)


@pytest.mark.parametrize("host", ["127.0.0.1", "10.1.2.3"])
def test_on_this_machine_and_where_one_trusts_each_connection_has_its_own_second(
    house: House, host: str
) -> None:
    guessers = house.guess(host, 20)
    assert house.know(host).answer is True
    assert [guesser.answer for guesser in guessers] == [None] * 20
    house.clock.advance(DELAY)
    assert [guesser.answer for guesser in guessers] == [False] * 20


def test_nothing_is_known_of_an_address_after_its_second(house: House) -> None:
    for number in range(1000):
        house.guess(f"198.51.{number // 250}.{number % 250}")
    assert house.password_throttle.addresses == 1000
    house.clock.advance(DELAY)
    assert house.password_throttle.addresses == 0


def test_nobody_waits_for_who_has_gone(house: House) -> None:
    first, second = house.guess(times=2)
    guest = house.know()
    house.password_throttle.cancel(second, second.key)
    house.password_throttle.cancel(first, first.key)
    assert guest.answer is None
    house.clock.advance(DELAY)
    assert guest.answer is True
    assert not second.asked


def test_a_bug_in_one_guest_ends_him_and_nobody_else(house: House) -> None:
    guests = [Guesser(house, HERE, right=right, bug=True) for right in (False, True)]
    last = house.know()
    house.clock.advance(DELAY)
    assert [guest.crashed for guest in guests] == [True, True]
    assert last.answer is True


def test_a_wrong_word_is_answered_after_a_second_and_what_is_said_meanwhile_waits(
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


def test_a_program_is_answered_as_late_and_in_order(network: Network) -> None:
    program = network.program("ci", password="open")
    program.ask("ping")
    assert program.told() == []
    network.advance(DELAY)
    assert [told.get("code", told["type"]) for told in program.told()] == ["bad-password", "pong"]


def test_the_last_try_is_answered_as_late_as_the_others(tmp_path: Path) -> None:
    network = with_password(tmp_path, "--login-tries", "1")
    guest = say(network, "Bob", "open")
    assert guest.online
    network.advance(DELAY)
    assert guest.heard()[-1] == "! Too many tries; ask somebody for the right password."
    assert not guest.online


def test_guests_of_one_address_wait_for_one_another_and_all_have_their_tries(
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


def test_who_has_been_answered_has_no_more_time_than_anybody(tmp_path: Path) -> None:
    network = with_password(tmp_path, "--login-timeout", "2")
    guest = say(network, "Bob", "open")
    network.advance(DELAY)
    assert guest.heard()[-1] == NAME
    network.advance(2)
    assert "! That took too long; connect again and give a name sooner." in guest.heard()
    assert not guest.online


def test_who_hangs_up_before_his_turn_never_comes_in(network: Network, log: Log) -> None:
    alice = say(network, "Alice", "sesame", THERE)
    alice.heard()
    say(network, "Eve", "open")
    for word in ("sesame", "open"):
        guest = say(network, "Bob", word)
        guest.send(b"hello\n")
        guest.hang_up()
    late = say(network, "Carol", "sesame")
    network.advance(DELAY)
    assert WELCOME in late.heard()
    assert alice.heard() == ["* Carol joined"]
    assert len(log) == 1


def test_who_hangs_up_leaves_no_ghost_behind(network: Network, log: Log) -> None:
    guest = say(network, "Bob", "open", "127.0.0.1")
    guest.send(b"Bob\nsesame\nhello\n")
    guest.hang_up()
    network.clock.pump([DELAY] * 3)
    assert network.service.factory.password_throttle.addresses == 0
    alice = say(network, "Alice", "sesame")
    alice.say("/names")
    assert alice.heard()[-1] == "* In lobby: Alice"
    assert len(log) == 1


@pytest.mark.parametrize(
    "end",
    [
        lambda door: door.disconnect(SHUTDOWN),
        lambda door: door.connectionLost(Failure(OSError("within TLS"))),
    ],
    ids=["closed, and lingers", "broken"],
)
def test_who_goes_before_his_turn_is_not_judged_and_does_not_come_in(
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


def test_who_ends_his_input_before_his_turn_is_still_heard(network: Network) -> None:
    alice = say(network, "Alice", "sesame", THERE)
    alice.heard()
    say(network, "Eve", "open")
    guest = say(network, "ci", "sesame")
    guest.send(b"deploy done")
    network.end_input(guest)
    network.advance(DELAY)
    assert alice.heard() == ["* ci joined", "ci: deploy done", "* ci left"]
    assert guest.heard()[-1] == "DISCONNECTED!!"


def test_who_waits_when_the_password_changes_needs_the_new_one(
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


def test_who_waits_when_the_server_stops_is_told_and_not_judged(network: Network, log: Log) -> None:
    guests = [say(network, name, word) for name, word in (("Eve", "open"), ("Bob", "sesame"))]
    network.stop()
    network.advance(DELAY)
    for guest in guests:
        assert guest.heard()[-1] == "! The server is shutting down; come back later."
    assert len(log) == 1


def test_each_wrong_word_has_a_line_in_the_log_and_never_the_word(
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
