"""Guessing a password from many addresses; the owner, and everybody else, still come in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from twisted.internet.address import IPv4Address
from twisted.internet.task import Clock

from netchat.admission import account_throttle
from netchat.admission.account_throttle import FORGET, FREE, MAX_DELAY, AccountThrottle
from netchat.admission.password_throttle import PasswordThrottle
from netchat.admission.policy import AdmissionPolicy, client_key, parse_host
from netchat.model.limits import AdmissionLimits
from netchat.observability.connection_log import ConnectionLog

ALICE = 7
"""The number of an account."""


class Harness:
    """The throttle, a clock, and how many passwords have been verified."""

    def __init__(self) -> None:
        self.clock = Clock()
        policy = AdmissionPolicy(AdmissionLimits())
        addresses = PasswordThrottle(self.clock, policy, ConnectionLog(self.clock))
        self.throttle = AccountThrottle(self.clock, addresses)
        self.verified = 0


class Client:
    """A client who gives passwords from `host`, until it gives the right one."""

    def __init__(
        self, harness: Harness, host: str, *, device: str = "", name: object = ALICE
    ) -> None:
        self.addr = IPv4Address("TCP", host, 1)
        self.key = client_key(parse_host(host))
        self.answers: list[bool] = []
        self.keeps_trying = False
        self._harness, self._device, self._name = harness, device, name

    def give(self, *, right: bool) -> Client:
        def check(answer: Callable[[bool], None]) -> None:
            self._harness.verified += 1
            answer(right)

        def answered(matches: bool) -> None:
            self.answers.append(matches)
            if self.keeps_trying:
                self.give(right=False)

        self._harness.throttle.verify(self, self._name, check, answered, self._device)
        return self

    def fail(self) -> None:
        raise  # noqa: PLE0704


@pytest.fixture
def harness() -> Harness:
    return Harness()


@pytest.fixture
def guessers(harness: Harness) -> list[Client]:
    """Return 50 who guess the password of Alice without a break, for a minute already."""
    clients = [Client(harness, f"203.0.113.{number}") for number in range(1, 51)]
    for client in clients:
        client.keeps_trying = True
        client.give(right=False)
    advance(harness, 60)
    return clients


def advance(harness: Harness, seconds: float) -> None:
    harness.clock.pump([0.25] * round(seconds * 4))


def test_fifty_guessers_have_a_few_attempts_a_minute_between_them(
    harness: Harness, guessers: list[Client]
) -> None:
    assert FREE <= harness.verified <= FREE + 12
    before = harness.verified
    advance(harness, 600)
    assert harness.verified - before <= 600 / MAX_DELAY + 1


def test_the_owner_waits_for_ten_seconds_at_most_meanwhile(
    harness: Harness, guessers: list[Client]
) -> None:
    owner = Client(harness, "192.0.2.1").give(right=True)
    advance(harness, MAX_DELAY + 1)
    assert owner.answers == [True]


def test_a_device_that_has_logged_in_before_waits_for_nobody(
    harness: Harness, guessers: list[Client]
) -> None:
    assert Client(harness, "192.0.2.1", device="laptop").give(right=True).answers == [True]
    # Not even for those who guess from its own address.
    assert Client(harness, "203.0.113.1", device="laptop").give(right=True).answers == [True]


def test_who_pretends_to_be_a_known_device_has_one_attempt_a_second(harness: Harness) -> None:
    clients = [Client(harness, f"203.0.113.{n}", device="laptop") for n in range(1, 51)]
    for client in clients:
        client.give(right=False)
    advance(harness, 10)
    assert 9 <= harness.verified <= 11


def test_other_names_are_not_slowed_down(harness: Harness, guessers: list[Client]) -> None:
    assert Client(harness, "192.0.2.2", name=8).give(right=True).answers == [True]


def test_after_a_right_password_nobody_has_to_wait(
    harness: Harness, guessers: list[Client]
) -> None:
    for client in guessers:
        client.keeps_trying = False
        harness.throttle.cancel(client)
    Client(harness, "192.0.2.1").give(right=True)
    advance(harness, MAX_DELAY + 1)
    assert Client(harness, "192.0.2.3").give(right=True).answers == [True]


def test_wrong_passwords_are_forgotten_after_an_hour(harness: Harness) -> None:
    for number in range(1, FREE + 3):
        Client(harness, f"203.0.113.{number}").give(right=False)
        advance(harness, MAX_DELAY + 1)
    harness.clock.advance(FORGET)
    first = Client(harness, "203.0.113.1").give(right=False)
    advance(harness, 1)
    assert first.answers == [False]
    assert Client(harness, "192.0.2.1").give(right=True).answers == [True]


def test_an_attempt_costs_the_same_however_many_names_are_remembered(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(account_throttle, "MAX_NAMES", 50)
    looked_at = [0]

    def counted(pace: object) -> bool:
        looked_at.append(looked_at.pop() + 1)
        return bool(quiet.fget(pace))

    quiet: Any = account_throttle._Pace.is_quiet
    monkeypatch.setattr(account_throttle._Pace, "is_quiet", property(counted))
    for number in range(200):
        client = Client(harness, f"198.51.100.{number}", name=f"name {number}").give(right=False)
        harness.clock.advance(1)
        assert client.answers == [False]
        assert harness.throttle.names == min(number + 1, 50)
    assert looked_at[0] <= 200 * 4
    harness.clock.advance(FORGET)
    for _ in range(30):
        Client(harness, "203.0.113.1", name="name 199").give(right=False)
        harness.clock.advance(1)
    assert harness.throttle.names == 1


def test_a_name_that_is_used_is_not_the_one_that_is_forgotten(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(account_throttle, "MAX_NAMES", 5)
    guesser = Client(harness, "198.51.100.1")
    guesser.keeps_trying = True
    guesser.give(right=False)
    for number in range(60):
        Client(harness, f"203.0.113.{number}", name=f"name {number}").give(right=False)
        harness.clock.advance(1)
    assert len(guesser.answers) < 15


def test_who_goes_away_while_waiting_leaves_the_turn_to_others(harness: Harness) -> None:
    one, other = (Client(harness, "203.0.113.1") for _ in range(2))
    for client in (one, other):
        client.give(right=False)
    busy = Client(harness, "203.0.113.1", name="another").give(right=False)
    harness.throttle.cancel(one)
    harness.throttle.cancel(other)
    advance(harness, 5)
    assert (one.answers, other.answers, busy.answers) == ([False], [], [False])
    assert Client(harness, "192.0.2.1").give(right=True).answers == [True]


def test_who_waits_for_others_of_their_address_gives_way(harness: Harness) -> None:
    Client(harness, "203.0.113.1", name="another").give(right=False)  # Busy for a second.
    guesser = Client(harness, "203.0.113.1").give(right=False)
    assert Client(harness, "192.0.2.1").give(right=True).answers == [True]
    advance(harness, 2)
    assert guesser.answers == [False]


def test_who_has_failed_does_not_take_the_turn_of_who_waits_for_their_address(
    harness: Harness,
) -> None:
    guesser = Client(harness, "203.0.113.1").give(right=False)
    advance(harness, 1)
    Client(harness, "192.0.2.1", name="another").give(right=False)  # Busy for a second.
    owner = Client(harness, "192.0.2.1").give(right=True)
    later = Client(harness, "192.0.2.1", name="a third").give(right=False)
    guesser.give(right=False)
    advance(harness, 1)
    assert (owner.answers, guesser.answers, later.answers) == ([True], [False], [])


def test_of_those_who_have_not_failed_the_one_whose_address_is_idle_is_the_next(
    harness: Harness,
) -> None:
    for number in range(1, FREE + 1):
        Client(harness, f"203.0.113.{number}").give(right=False)
        advance(harness, 1)
    owner = Client(harness, "192.0.2.1").give(right=True)  # The pace has them wait for a second.
    for name in range(5):
        Client(harness, "203.0.113.99", name=name).give(right=False)
    Client(harness, "203.0.113.99").give(right=False)
    advance(harness, 1)
    assert owner.answers == [True]


def test_nobody_comes_before_the_owner_by_going_away_and_coming_again(harness: Harness) -> None:
    guessers = [Client(harness, f"203.0.113.{number}") for number in range(1, 51)]
    for client in guessers:
        client.give(right=False)
    owner = None
    for second in range(60):
        for number, client in enumerate(guessers):
            if number % 5 == second % 5:
                harness.throttle.cancel(client)
                client.give(right=False)
        if second == 40:
            owner = Client(harness, "192.0.2.1").give(right=True)
        advance(harness, 1)
        if owner and second == 40 + MAX_DELAY + 1:
            assert owner.answers == [True]
    assert owner


def test_nothing_is_left_to_do_after_the_end(harness: Harness, guessers: list[Client]) -> None:
    harness.throttle.stop()
    for client in guessers:
        client.keeps_trying = False
    advance(harness, 2)
    assert harness.clock.getDelayedCalls() == []
