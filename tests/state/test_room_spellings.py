"""A room has one spelling in the state, however those write it who change something there."""

from __future__ import annotations

import pytest

from netchat.state.changes import (
    CONSOLE,
    Change,
    FoundRoom,
    Lift,
    Restrict,
    SetRole,
    SetRoom,
)
from netchat.state.records import Restriction, Role, RoomSettings
from netchat.state.restrictions import Host
from netchat.state.rights import may_enter, may_speak
from netchat.state.room_spellings import RoomSpellings
from tests.support.rules import BEA, CAT, DOT, changed, judge, people

NOBODY: Host = None


def test_the_settings_of_a_room_are_found_by_every_spelling_of_it() -> None:
    state = people()
    changed(state, SetRoom("SecretRoom", private=True), CONSOLE)
    for name in ("SecretRoom", "secretroom", "SECRETROOM", "SecretR00m".replace("0", "о")):
        assert state.room(name) == RoomSettings("SecretRoom", private=True)
        assert not may_enter(state, 0, name)
        assert state.knows_room(name)
    assert may_enter(state, 0, "SecretRooms")


def test_a_change_is_made_of_the_room_as_it_is_written_already() -> None:
    state = people()
    changed(state, SetRoom("Staff", private=True), CONSOLE)
    again = changed(state, SetRoom("staff", slow=5), CONSOLE)
    assert again.change.what == SetRoom("Staff", slow=5)
    changed(state, SetRole("Cat", "STAFF", "member"), CONSOLE)
    changed(state, Restrict("mute", "name", "Eve", "sTaff"), CONSOLE)
    assert {*state.all(RoomSettings)} == {RoomSettings("Staff", private=True, slow=5)}
    assert [x.room for x in state.all(Role) if x.role == "member"] == ["lobby", "Staff"]
    assert [x.room for x in state.all(Restriction)] == ["Staff"]
    assert state.rooms() == {"Staff", "lobby"}


def test_rights_in_a_room_hold_for_every_spelling_of_it() -> None:
    state = people()
    assert state.role(BEA.account, "Lobby") == "moderator"
    assert state.members("LOBBY") == state.members("lobby")
    changed(state, SetRoom("Lobby", readonly=True), BEA)
    assert not may_speak(state, CAT.account, "loBby")
    changed(state, Restrict("ban", "name", "Eve", "LOBBY"), BEA)
    changed(state, Lift("ban", "name", "Eve", "Lobby"), BEA)
    changed(state, SetRole("Cat", "LOBBY", None), BEA)
    assert state.role(CAT.account, "lobby") is None


def test_nobody_founds_a_known_room_under_another_spelling() -> None:
    state = people()
    changed(state, SetRoom("Staff", private=True), CONSOLE)
    assert not isinstance(judge(state, FoundRoom(4, "staff"), DOT), Change)
    assert state.members("staff") == {}


def test_nobody_founds_a_room_that_they_are_banned_from() -> None:
    state = people()
    changed(state, Restrict("ban", "name", "Dot", "Staff"), CONSOLE)
    judge(state, FoundRoom(4, "staff"), DOT)
    assert state.members("staff") == {}


def test_a_room_of_which_nothing_is_remembered_can_be_written_otherwise() -> None:
    state = people()
    changed(state, SetRoom("Staff", slow=5), CONSOLE)
    changed(state, SetRoom("staff", slow=0), CONSOLE)
    assert not state.knows_room("Staff")
    changed(state, SetRoom("staff", slow=5), CONSOLE)
    assert state.rooms() == {"staff", "lobby"}


def test_a_room_has_no_two_spellings() -> None:
    spellings = RoomSpellings()
    spellings.add("Staff")
    with pytest.raises(ValueError, match="another spelling"):
        spellings.add("staff")
