"""The ends of records, in their order."""

from __future__ import annotations

import pytest

from netchat.model.events import Refused
from netchat.state.changes import SERVER, Actor, Change, Changed, Expire
from netchat.state.expiries import Expiries, is_over
from netchat.state.judge import settle
from netchat.state.records import Account, Lock, ReservedName, Restriction
from netchat.state.state import ChatState
from tests.support.rules import NOW, code


def ban(name: str, until: float) -> Restriction:
    return Restriction("ban", "name", name, until=until, shown=name)


def test_ends_are_taken_once_and_in_order() -> None:
    expiries = Expiries()
    for record in (ban("B", 20), ban("A", 10), ban("never", 0), ban("C", 30), Account(1, "X", 0)):
        expiries.add(record)
    assert expiries.next == 10
    assert [key for _, key in expiries.take(20)] == ["ban name A ", "ban name B "]
    assert expiries.next == 30
    assert not [*expiries.take(29)]
    assert [*expiries.take(1e9)] == [("restriction", "ban name C ")]
    assert expiries.next is None


def test_the_server_ends_each_kind_of_record_that_can_end() -> None:
    records = [ban("Eve", NOW), ReservedName("Bob", NOW), Lock("Ann", NOW)]
    state = ChatState(records)
    for kind, key in [*state.expiries.take(NOW)]:
        result = settle(state, Change(Expire(kind, key), SERVER, NOW), lambda room, id: None)
        assert isinstance(result, Changed)
    assert not [x for x in state.records() if x.kind != "counter"]
    assert not any(state.owners.holders("Bob"))
    assert state.lock is None


def test_nothing_ends_before_its_time_or_by_somebody_else() -> None:
    state = ChatState([ban("Eve", NOW), ban("never", 0)])
    early = Change(Expire("restriction", "ban name Eve "), SERVER, NOW - 0.001)
    assert settle(state, early, lambda room, id: None) == Refused("", "")
    for kind, key in [
        ("restriction", "ban name never "),
        ("restriction", "ban name other "),
        ("no-kind", "x"),
        ("account", "1"),
    ]:
        assert code(state, Expire(kind, key), SERVER) == ""
    assert code(state, Expire("restriction", "ban name Eve "), Actor("Eve")) == ""
    assert len(state.restrictions) == 2


def test_an_end_that_was_put_off_is_not_the_end() -> None:
    state = ChatState([ban("Eve", NOW)])
    state.put(ban("Eve", NOW + 60))
    due = [*state.expiries.take(NOW)]
    assert due == [("restriction", "ban name Eve ")]
    assert code(state, Expire(*due[0]), SERVER) == ""
    assert state.expiries.next == NOW + 60


def test_an_end_that_is_postponed_is_taken_again() -> None:
    expiries = Expiries()
    expiries.add(ban("A", 10))
    assert [*expiries.take(10)]
    expiries.postpone("restriction", "ban name A ", 15)
    assert expiries.next == 15
    assert not [*expiries.take(14)]
    assert [*expiries.take(15)] == [("restriction", "ban name A ")]


@pytest.mark.parametrize(("until", "expected"), [(0, False), (9, True), (10, True), (11, False)])
def test_a_record_is_over_from_its_end_on(until: float, expected: bool) -> None:
    assert is_over(ban("A", until), 10) == expected


def test_records_without_an_end_are_never_over() -> None:
    assert not is_over(Account(1, "X", 0), 1e12)
