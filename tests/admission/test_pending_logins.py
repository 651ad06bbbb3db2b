"""Many come at once: who waits, who has to give way, and who is never thrown out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twisted.internet.task import Clock

from netchat.admission.pending_logins import GRACE, LOOK_AGAIN, PATIENCE, PendingLogins
from netchat.testing import Guest, Network

if TYPE_CHECKING:
    from collections.abc import Callable


class Accepted:
    """A connection without a name."""

    eviction_grace = 0.0

    def __init__(self, name: str, gone: list[str]) -> None:
        self.name = name
        self.unread = False
        self._gone = gone

    def evict(self) -> None:
        self._gone.append(self.name)


class Scene:
    """A pending_logins, and who had to go from it."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.pending_logins = PendingLogins(self.clock)
        self.gone: list[str] = []

    def comes(self, name: str, key: bytes = b"a") -> Accepted:
        comer = Accepted(name, self.gone)
        self.pending_logins.add(comer, key)
        return comer


def test_there_is_room_below_the_limit_and_always_without_one() -> None:
    scene = Scene()
    scene.comes("one")
    assert scene.pending_logins.try_admit(2)
    assert scene.pending_logins.try_admit(0)
    assert not scene.pending_logins.try_admit(1)
    assert scene.gone == []


def test_the_oldest_from_where_most_come_gives_way_once_his_grace_is_over() -> None:
    scene = Scene()
    scene.comes("honest", b"b")
    for name in ("first", "second"):
        scene.comes(name)
        assert not scene.pending_logins.try_admit(scene.pending_logins.count)
        scene.clock.advance(GRACE * 0.6)
    assert scene.pending_logins.try_admit(3)
    assert scene.gone == ["first"]
    assert scene.pending_logins.count == 2


def test_who_has_said_something_is_heard_before_he_has_to_go_unless_he_goes_on_for_ever() -> None:
    scene = Scene()
    scene.comes("talker").unread = True
    scene.clock.advance(GRACE)
    assert not scene.pending_logins.try_admit(1)
    scene.comes("silent")
    scene.clock.advance(GRACE)
    assert scene.pending_logins.try_admit(2)
    assert scene.gone == ["silent"]
    scene.clock.advance(PATIENCE)
    assert scene.pending_logins.try_admit(1)
    assert scene.gone == ["silent", "talker"]


def test_for_a_silent_one_nobody_has_to_go_unless_from_where_more_come() -> None:
    scene = Scene()
    for name in ("one", "two", "three"):
        scene.comes(name)
    scene.comes("other", b"b")
    scene.clock.advance(GRACE)
    assert not scene.pending_logins.try_admit(4, b"a")
    assert scene.pending_logins.try_admit(4, b"b")
    assert scene.gone == ["one"]
    assert not scene.pending_logins.try_admit(3, b"b")


def test_who_shakes_hands_has_more_time() -> None:
    scene = Scene()
    scene.comes("shaking").eviction_grace = 1.0
    scene.clock.advance(GRACE)
    assert not scene.pending_logins.try_admit(1)
    scene.clock.advance(1.0)
    assert scene.pending_logins.try_admit(1)


def test_who_waits_is_told_when_somebody_has_a_name_and_otherwise_soon() -> None:
    scene = Scene()
    calls: list[str] = []
    tell: Callable[[], None] = lambda: calls.append("look")  # noqa: E731
    comer = scene.comes("one")
    scene.pending_logins.when_gone(tell)
    scene.pending_logins.when_gone(tell)
    scene.pending_logins.remove(comer, b"a")
    scene.pending_logins.remove(comer, b"a")
    assert calls == ["look"]
    scene.pending_logins.when_room(tell)
    scene.clock.advance(LOOK_AGAIN)
    assert calls == ["look"] * 2
    scene.pending_logins.when_room(tell)
    scene.pending_logins.stop()
    assert calls == ["look"] * 2
    assert not scene.clock.getDelayedCalls()


def test_a_silent_guest_reads_why_he_gives_way_and_the_newcomer_is_in() -> None:
    network = Network("--max-nameless", "2")
    silent = [network.guest("203.0.113.9") for _ in range(2)]
    network.advance(GRACE)
    bob = network.join("Bob", "203.0.113.10")
    assert [guest.online for guest in silent] == [False, True]
    assert silent[0].heard() == [
        "Enter username: ",
        "",
        "! Too many come at once; connect again and give a name at once.",
    ]
    bob.say("hello")
    assert bob.online


def test_where_nobody_can_wait_the_newest_goes() -> None:
    """A port in memory has no backlog; nor have some of Twisted's."""
    network = Network("--max-nameless", "1")
    first, second = network.connect(Guest()), network.connect(Guest())
    assert first.online
    assert not second.online
    assert second.received == b"! Too many come at once; connect again and give a name at once.\n"


def test_a_guest_with_a_name_no_longer_counts_among_those_without() -> None:
    network = Network("--max-nameless", "1")
    guests = [network.join(f"Guest{n}") for n in range(20)]
    assert all(guest.online for guest in guests)
    assert network.service.factory.pending_logins.count == 0
