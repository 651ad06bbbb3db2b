"""The rules for roles, and how many rooms somebody moderates."""

from __future__ import annotations

import pytest

from netchat.state.changes import CONSOLE, Actor, FoundRoom, OwnName, Restrict, SetRole, SetRoom
from netchat.state.records import RoomSettings
from netchat.state.role_rules import MAX_MODERATED
from netchat.state.state import ChatState
from tests.support.rules import ANN, BEA, CAT, DOT, EVE, MOD, changed, code, key, people


def moderating(rooms: int) -> ChatState:
    """Return a state in which DOT has made `rooms` rooms."""
    state = people()
    for number in range(rooms):
        changed(state, FoundRoom(DOT.account, f"room{number}"), DOT)
    return state


def test_an_account_moderates_so_many_rooms_and_an_operator_gives_it_more() -> None:
    state = moderating(MAX_MODERATED)
    assert code(state, FoundRoom(DOT.account, "more"), DOT) == ""
    assert code(state, SetRoom("more", private=True), DOT) == "not-allowed"
    assert code(state, SetRole("Dot", "lobby", "moderator"), BEA) == "bad-request"
    changed(state, SetRole("Dot", "lobby", "member"), BEA)
    changed(state, SetRole("Dot", "lobby", "moderator"), ANN)
    changed(state, SetRole("Dot", "room0", None), DOT)
    changed(state, SetRole("Dot", "room1", None), DOT)
    changed(state, FoundRoom(DOT.account, "more"), DOT)


def test_an_operator_makes_any_number_of_rooms() -> None:
    state = people()
    for number in range(MAX_MODERATED + 1):
        changed(state, FoundRoom(ANN.account, f"room{number}"), ANN)


@pytest.mark.parametrize(
    "what",
    [
        SetRoom("room0", private=True),
        Restrict("mute", "name", "Gus", "room0"),
        SetRole("Cat", "room0", "member"),
    ],
)
def test_a_room_that_is_remembered_keeps_its_last_moderator(what: SetRoom) -> None:
    state = moderating(1)
    changed(state, what, DOT)
    for role in (None, "member"):
        assert code(state, SetRole("Dot", "room0", role), DOT) == "not-allowed"
    changed(state, SetRole("Bea", "room0", "moderator"), DOT)
    changed(state, SetRole("Dot", "room0", None), DOT)
    assert code(state, SetRole("Bea", "room0", None), BEA) == "not-allowed"
    changed(state, SetRole("Bea", "room0", None), ANN)


def test_of_two_last_moderators_who_leave_at_once_one_stays() -> None:
    state = people()
    changed(state, SetRole("Bea", "lobby", None), BEA)
    assert code(state, SetRole("Mod", "lobby", None), MOD) == "not-allowed"


def test_a_room_of_which_something_is_remembered_is_not_new() -> None:
    state = people()
    changed(state, Restrict("ban", "name", "Gus", "room0"), CONSOLE)
    assert code(state, FoundRoom(DOT.account, "room0"), DOT) == ""


def test_nobody_makes_a_room_for_an_account_that_is_not_theirs_or_is_gone() -> None:
    assert code(people(), FoundRoom(CAT.account, "room0"), DOT) == "not-allowed"
    assert code(people(), FoundRoom(99, "room0"), Actor("Gone", 99)) == "no-such-user"


def test_a_moderator_gives_up_their_own_role() -> None:
    state = people()
    changed(state, SetRole("Bea", "lobby", None), BEA)
    assert code(state, SetRole("Cat", "lobby", None), BEA) == "not-allowed"


def test_whose_name_only_looks_like_the_given_one_gets_no_role() -> None:
    state = people()
    changed(state, OwnName("lan", key(7)), CONSOLE)
    assert code(state, SetRole("Ian", "", "operator"), ANN) == "no-such-user"
    assert code(state, SetRole("Ian", "lobby", "member"), ANN) == "no-such-user"
    changed(state, SetRole("LAN", "lobby", "member"), ANN)
    changed(state, SetRole("Ian", "lobby", None), ANN)


def test_a_member_cannot_make_themselves_more() -> None:
    assert code(people(), SetRole("Cat", "lobby", "moderator"), CAT) == "not-allowed"
    assert code(people(), SetRole("Bea", "", "operator"), BEA) == "not-allowed"


def test_whoever_makes_a_new_room_moderates_it_and_the_second_one_does_not() -> None:
    state = people()
    changed(state, FoundRoom(4, "tea"), DOT)
    assert state.role(4, "tea") == "moderator"
    assert code(state, FoundRoom(3, "tea"), CAT) == ""
    assert code(state, FoundRoom(0, "new"), EVE) == ""
    state.put(RoomSettings("quiet", quiet_joins=True))
    assert code(state, FoundRoom(4, "quiet"), DOT) == ""
