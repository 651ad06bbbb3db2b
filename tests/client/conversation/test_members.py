"""Who is in a room, and how many."""

from __future__ import annotations

from netchat.client.conversation.members import Members
from netchat.dialects.jsonl import events as wire
from tests.support.conversations import said


def entered(count: int) -> Members:
    members = Members()
    names = tuple(f"guest{number}" for number in range(count))
    members.update(wire.Entered("lobby", "", names, 0))
    return members


def test_who_has_spoken_last_comes_last() -> None:
    members = entered(3)
    members.update(said(1, "guest0", "hi"))
    assert list(members.names) == ["guest1", "guest2", "guest0"]


def test_all_are_counted_although_not_all_names_are_kept() -> None:
    members = entered(1500)
    assert (len(members.names), members.count) == (1000, 1500)
    members.update(said(1, "guest1400", "hi"))
    assert members.count == 1500
    members.update(wire.Left("lobby", ("guest1400", "guest3")))
    members.update(wire.Joined("lobby", ("Eve",)))
    assert members.count == 1499


def test_a_new_name_takes_the_place_of_the_old_one_in_rooms_where_that_is() -> None:
    members = entered(2)
    members.update(wire.Renamed("guest0", "Ann"))
    members.update(wire.Renamed("nobody", "Eve"))
    assert list(members.names) == ["guest1", "Ann"]


def test_who_only_listens_from_now_on_is_known_and_only_if_they_were_there_to_speak() -> None:
    members = Members()
    members.update(wire.Entered("lobby", "", ("Ann", "log"), 0, quiet=("log",)))
    told = wire.Joined("lobby", ("Ann", "log", "Eve"), quiet=True)
    assert members.go_quiet(told) == ("Ann",)
    members.update(told)
    assert members.go_quiet(told) == ()
    members.update(wire.Renamed("Ann", "Anna"))
    loud = wire.Joined("lobby", ("Anna",))
    assert members.go_quiet(loud) == ()
    assert members.go_quiet(wire.Joined("lobby", ("Anna",), quiet=True)) == ()
    members.update(loud)
    assert members.go_quiet(wire.Joined("lobby", ("Anna",), quiet=True)) == ("Anna",)
    assert list(members.names) == ["log", "Eve", "Anna"]
