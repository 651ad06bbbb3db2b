"""The bans and mutes: what applies to whom, and that many of them cost a lookup nothing."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from netchat.state.records import Restriction, Role, RoomSettings
from netchat.state.restrictions import Restrictions
from netchat.state.state import ChatState


def applying(restrictions: Restrictions, name: str, address: str, account: int = 0) -> set[str]:
    found = restrictions.applying_to(account=account, name=name, host=ip_address(address))
    return {restriction.target for restriction in found}


def test_a_restriction_applies_by_account_by_name_and_by_address() -> None:
    restrictions = Restrictions()
    restrictions.add(Restriction("ban", "account", "7"))
    restrictions.add(Restriction("ban", "name", "Carol"))
    restrictions.add(Restriction("mute", "address", "192.0.2.0/24"))
    assert applying(restrictions, "Bob", "198.51.100.1") == set()
    assert applying(restrictions, "Bob", "198.51.100.1", account=7) == {"7"}
    assert applying(restrictions, "carol", "192.0.2.9") == {"Carol", "192.0.2.0/24"}


def test_kinds_and_rooms_are_counted_once_for_each_restriction() -> None:
    restrictions = Restrictions()
    ban = Restriction("ban", "name", "Carol", "staff")
    restrictions.add(ban)
    restrictions.add(ban)
    assert (len(restrictions), restrictions.kinds["ban"], restrictions.rooms) == (
        1,
        1,
        {"staff": 1},
    )
    restrictions.remove(ban)
    assert (len(restrictions), restrictions.kinds["ban"], restrictions.rooms) == (0, 0, {})


class CountingDict(dict[tuple[str, str], dict[str, Restriction]]):
    """Counts the lookups in it."""

    probes = 0

    def get(self, *args: object) -> dict[str, Restriction]:
        self.probes += 1
        return super().get(*args)  # type: ignore[call-overload, no-any-return]


@pytest.mark.parametrize("many", [10, 10_000])
def test_a_lookup_takes_as_many_probes_whatever_the_number_of_bans(many: int) -> None:
    restrictions = Restrictions()
    table = restrictions._by_target = CountingDict()
    for number in range(many):
        kind = ("account", "name", "address")[number % 3]
        target = f"10.{number >> 8}.{number % 256}.1/32" if kind == "address" else f"n{number}"
        restrictions.add(Restriction("ban", kind, target))  # type: ignore[arg-type]
    assert applying(restrictions, "Bob", "192.0.2.1", account=1_000_000) == set()
    assert table.probes <= 8


def test_the_state_knows_a_room_as_long_as_something_is_remembered_of_it() -> None:
    state = ChatState()
    settings, role = RoomSettings("staff", private=True), Role(1, "staff", "member")
    state.put(settings)
    state.put(role)
    assert state.knows_room("staff")
    assert state.rooms() == {"staff"}
    state.remove("room", "staff")
    assert state.settings("staff") is None
    assert state.knows_room("staff")
    state.remove("role", role.key)
    assert not state.knows_room("staff")
