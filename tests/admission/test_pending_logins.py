"""Many clients connect at once: which are evicted, and which never are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twisted.internet.task import Clock

from netchat.admission.pending_logins import GRACE, PATIENCE, RECHECK, PendingLogins
from netchat.testing import Guest, Network

if TYPE_CHECKING:
    from collections.abc import Callable


class ConnectionDouble:
    """A connection without a name."""

    eviction_grace = 0.0

    def __init__(self, name: str, evicted: list[str]) -> None:
        self.name = name
        self.unread = False
        self._evicted = evicted

    def evict(self) -> None:
        self._evicted.append(self.name)


class Table:
    """A table of pending logins, and the names of those that were evicted."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.pending_logins = PendingLogins(self.clock)
        self.evicted: list[str] = []

    def add(self, name: str, key: bytes = b"a") -> ConnectionDouble:
        connection = ConnectionDouble(name, self.evicted)
        self.pending_logins.add(connection, key)
        return connection


def test_there_is_room_below_the_limit_and_always_at_0() -> None:
    table = Table()
    table.add("one")
    assert table.pending_logins.try_admit(2)
    assert table.pending_logins.try_admit(0)
    assert not table.pending_logins.try_admit(1)
    assert table.evicted == []


def test_the_oldest_connection_of_the_busiest_address_is_evicted_after_its_grace_period() -> None:
    table = Table()
    table.add("honest", b"b")
    for name in ("first", "second"):
        table.add(name)
        assert not table.pending_logins.try_admit(table.pending_logins.count)
        table.clock.advance(GRACE * 0.6)
    assert table.pending_logins.try_admit(3)
    assert table.evicted == ["first"]
    assert table.pending_logins.count == 2


def test_unread_input_protects_a_connection_from_eviction_but_not_for_ever() -> None:
    table = Table()
    table.add("talker").unread = True
    table.clock.advance(GRACE)
    assert not table.pending_logins.try_admit(1)
    table.add("silent")
    table.clock.advance(GRACE)
    assert table.pending_logins.try_admit(2)
    assert table.evicted == ["silent"]
    table.clock.advance(PATIENCE)
    assert table.pending_logins.try_admit(1)
    assert table.evicted == ["silent", "talker"]


def test_a_silent_connection_evicts_only_one_of_an_address_that_has_more() -> None:
    table = Table()
    for name in ("one", "two", "three"):
        table.add(name)
    table.add("other", b"b")
    table.clock.advance(GRACE)
    assert not table.pending_logins.try_admit(4, b"a")
    assert table.pending_logins.try_admit(4, b"b")
    assert table.evicted == ["one"]
    assert not table.pending_logins.try_admit(3, b"b")


def test_a_connection_in_a_tls_handshake_has_more_time() -> None:
    table = Table()
    table.add("shaking").eviction_grace = 1.0
    table.clock.advance(GRACE)
    assert not table.pending_logins.try_admit(1)
    table.clock.advance(1.0)
    assert table.pending_logins.try_admit(1)


def test_a_waiting_call_is_made_when_a_connection_is_removed_and_otherwise_soon() -> None:
    table = Table()
    calls: list[str] = []
    call: Callable[[], None] = lambda: calls.append("called")  # noqa: E731
    connection = table.add("one")
    table.pending_logins.when_removed(call)
    table.pending_logins.when_removed(call)
    table.pending_logins.remove(connection, b"a")
    table.pending_logins.remove(connection, b"a")
    assert calls == ["called"]
    table.pending_logins.when_room(call)
    table.clock.advance(RECHECK)
    assert calls == ["called"] * 2
    table.pending_logins.when_room(call)
    table.pending_logins.stop()
    assert calls == ["called"] * 2
    assert not table.clock.getDelayedCalls()


def test_an_evicted_client_reads_why_and_the_new_one_is_served() -> None:
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


def test_where_no_client_can_wait_the_newest_is_rejected() -> None:
    """A port in memory has no acceptor; nor have ports that are neither TCP nor unix."""
    network = Network("--max-nameless", "1")
    first, second = network.connect(Guest()), network.connect(Guest())
    assert first.online
    assert not second.online
    assert second.received == b"! Too many come at once; connect again and give a name at once.\n"


def test_a_guest_with_a_name_does_not_count_as_a_pending_login() -> None:
    network = Network("--max-nameless", "1")
    guests = [network.join(f"Guest{n}") for n in range(20)]
    assert all(guest.online for guest in guests)
    assert network.service.factory.connections.pending_logins.count == 0
