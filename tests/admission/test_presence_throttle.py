"""Joins and leaves from one address have a budget of the lines that others read."""

from __future__ import annotations

from functools import partial

import pytest
from twisted.internet.task import Clock

from netchat.admission.policy import AdmissionPolicy
from netchat.admission.presence_throttle import BURST, JOINS_TOGETHER, PresenceThrottle
from netchat.model.limits import AdmissionLimits
from netchat.testing import Guest, Network

RATE = AdmissionLimits().join_rate
INTERVAL = 1 / RATE + 1e-6
"""Seconds between two lines, and a little more, because sums of floats are not exact."""


class Client:
    """A connection from the address `key`."""

    def __init__(self, key: bytes = b"A") -> None:
        self.key = key
        self.failures = 0

    def fail(self) -> None:
        self.failures += 1


class Scene:
    """A throttle, its clock, and what has happened, by the time at which it happened."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.policy = AdmissionPolicy(AdmissionLimits())
        self.throttle = PresenceThrottle(self.clock, self.policy)
        self.happened: list[tuple[float, str]] = []

    def join(self, name: str, client: Client | None = None) -> float:
        return self.throttle.join(client or Client(), partial(self._record, name))

    def leave(self, name: str, client: Client | None = None) -> None:
        self.throttle.leave(client or Client(), lambda: self.happened.append((0.0, name)))

    def spend(self) -> None:
        """Use up the burst of the address A."""
        for number in range(BURST):
            assert self.join(f"first {number}") == 0
        assert len(self.happened) == BURST
        self.happened.clear()

    def _record(self, name: str) -> bool:
        self.happened.append((round(self.clock.seconds(), 3), name))
        return not name.startswith("refused")


def test_joins_beyond_the_burst_wait_and_happen_together() -> None:
    scene = Scene()
    scene.spend()
    waits = [scene.join(name) for name in ("Ann", "Bob", "Cid")]
    assert waits == [pytest.approx(1 / RATE)] * 3
    scene.clock.advance(INTERVAL - 0.01)
    assert scene.happened == []
    scene.clock.advance(0.01)
    assert scene.happened == [(0.2, "Ann"), (0.2, "Bob"), (0.2, "Cid")]


def test_a_crowd_joins_in_groups_and_everybody_knows_how_long_they_wait() -> None:
    scene = Scene()
    scene.spend()
    waits = [scene.join(str(number)) for number in range(2 * JOINS_TOGETHER + 1)]
    scene.clock.pump([INTERVAL] * 4)
    times = [time for time, _ in scene.happened]
    assert times == [0.2] * JOINS_TOGETHER + [0.4] * JOINS_TOGETHER + [0.6]
    assert [round(wait, 3) for wait in waits] == times


def test_others_are_told_at_most_as_often_as_the_rate_allows() -> None:
    scene = Scene()
    for number in range(1000):
        scene.join(str(number))
        scene.clock.advance(0.01)
    scene.clock.advance(1)
    assert len(scene.happened) == 1000
    assert len({time for time, _ in scene.happened}) <= BURST + 10 * RATE + 1


def test_leaves_happen_before_the_joins_that_wait() -> None:
    scene = Scene()
    scene.spend()
    scene.join("Ann joins")
    scene.leave("Bob leaves")
    scene.clock.advance(INTERVAL)
    assert [name for _, name in scene.happened] == ["Bob leaves", "Ann joins"]


def test_another_address_does_not_wait() -> None:
    scene = Scene()
    scene.spend()
    scene.join("Ann")
    assert scene.join("Zoe", Client(b"B")) == 0
    assert [name for _, name in scene.happened] == ["Zoe"]


def test_the_burst_is_there_again_after_a_silence_and_nothing_is_kept() -> None:
    scene = Scene()
    scene.spend()
    scene.clock.advance(BURST * INTERVAL)
    scene.spend()
    scene.clock.advance(BURST * INTERVAL)
    scene.join("Zoe", Client(b"B"))
    assert scene.throttle.addresses == 1


def test_a_client_that_has_gone_does_not_join() -> None:
    scene = Scene()
    scene.spend()
    gone = Client()
    scene.join("gone", gone)
    scene.join("Ann")
    scene.throttle.cancel(gone, gone.key)
    scene.clock.advance(INTERVAL)
    assert [name for _, name in scene.happened] == ["Ann"]


def test_a_bug_in_one_join_does_not_stop_the_others() -> None:
    scene = Scene()
    scene.spend()
    client = Client()

    def bug() -> bool:
        raise RuntimeError

    scene.throttle.join(client, bug)
    scene.join("Ann")
    scene.clock.advance(INTERVAL)
    assert client.failures == 1
    assert [name for _, name in scene.happened] == ["Ann"]


def test_at_shutdown_all_leave_at_once_and_no_timer_is_left() -> None:
    scene = Scene()
    scene.spend()
    scene.join("Ann joins")
    scene.leave("Bob leaves")
    scene.throttle.stop()
    scene.leave("Cid leaves")
    assert [name for _, name in scene.happened] == ["Bob leaves", "Cid leaves"]
    assert scene.clock.getDelayedCalls() == []


def test_a_rate_of_0_is_no_limit_also_for_those_who_wait() -> None:
    scene = Scene()
    scene.spend()
    scene.join("Ann")
    scene.policy.limits = AdmissionLimits(join_rate=0)
    scene.clock.advance(INTERVAL)
    assert [name for _, name in scene.happened] == ["Ann"]
    scene.happened.clear()
    scene.spend()
    scene.spend()


def test_a_refused_name_costs_nothing() -> None:
    scene = Scene()
    for number in range(3 * BURST):
        assert scene.join(f"refused {number}") == 0
    scene.happened.clear()
    scene.spend()
    assert scene.join("Ann") > 0


def connected(network: Network) -> Guest:
    """Return a guest from one certain address who has not given a name."""
    guest = Guest()
    guest.network = network
    return network.connect(guest, "203.0.113.9")


def test_a_machine_that_connects_and_leaves_again_and_again_makes_others_read_little() -> None:
    network = Network()
    alice = network.join("Alice")
    for round_ in range(100):
        guests = [connected(network) for _ in range(10)]
        for number, guest in enumerate(guests):
            guest.say(f"N{round_}.{number}")
        network.advance(0.05)
        for guest in guests:
            guest.hang_up()
    network.advance(10)
    lines = alice.heard()
    assert BURST < len(lines) <= BURST + 2 * (5 + 1) * RATE
    alice.say("/names")
    assert alice.heard() == ["* In lobby: Alice"]


def test_a_guest_who_waits_to_join_is_in_the_room_in_a_moment_and_loses_no_line() -> None:
    network = Network("--max-per-address", "0")
    alice = network.join("Alice")
    guests = [connected(network) for _ in range(BURST + 1)]
    for number, guest in enumerate(guests):
        guest.send(b"N%d\nhello\n" % number)
    heard = alice.heard()
    assert heard[-1] == f"N{BURST - 1}: hello"
    network.advance(INTERVAL)
    assert alice.heard() == [f"* N{BURST} joined", f"N{BURST}: hello"]


def test_clients_that_wait_to_join_are_not_evicted_for_others() -> None:
    network = Network("--max-per-address", "0", "--max-nameless", "4")
    guests = []
    for number in range(3 * BURST):
        guests.append(connected(network))
        guests[-1].say(f"N{number}")
    connected(network)
    network.advance(1)
    assert all("Welcome" in guest.received.decode() for guest in guests)


def test_a_guest_who_gives_up_while_waiting_is_not_announced() -> None:
    network = Network("--max-per-address", "0")
    alice = network.join("Alice")
    guests = [connected(network) for _ in range(BURST + 1)]
    for number, guest in enumerate(guests):
        guest.say(f"N{number}")
    guests[-1].hang_up()
    alice.heard()
    network.advance(1)
    assert alice.heard() == []


def test_the_time_in_which_a_guest_waits_to_join_is_no_login_time() -> None:
    network = Network("--max-per-address", "0", "--login-timeout", "1", "--join-rate", "0.5")
    guests = [connected(network) for _ in range(BURST + 1)]
    for number, guest in enumerate(guests):
        guest.say(f"N{number}")
    network.advance(1.5)
    network.advance(0.5)
    assert guests[-1].online
    assert "Welcome" in guests[-1].received.decode()
