"""Who may do what: the table of rights, and that nobody touches somebody of their own rank."""

from __future__ import annotations

import pytest

from netchat.state.changes import (
    CONSOLE,
    Actor,
    Announce,
    DeleteLines,
    Invite,
    Kick,
    Lift,
    OwnName,
    RemoveWebhook,
    Restrict,
    RevokeInvitation,
    SetLock,
    SetRole,
    SetRoom,
    SetWebhook,
    Unlock,
    What,
)
from netchat.state.records import Invitation, Lock, Restriction, RoomSettings, Webhook
from netchat.state.rights import Rank, may_enter, may_speak, rank_of
from netchat.state.state import ChatState
from tests.support.rules import ANN, BEA, CAT, DOT, EVE, changed, code, line, people

EVERYBODY = {"guest": EVE, "owner": DOT, "member": CAT, "moderator": BEA, "operator": ANN}
RANKS = [*EVERYBODY, "console"]
LOBBY, SERVER = "lobby", ""

TABLE: list[tuple[What, str]] = [
    (Kick("Gus", LOBBY), "moderator"),
    (Kick("Gus", SERVER), "operator"),
    (Kick("Gus", "dev"), "operator"),
    (Restrict("mute", "name", "Gus", LOBBY), "moderator"),
    (Restrict("ban", "name", "Gus", LOBBY), "moderator"),
    (Restrict("ban", "name", "Gus", SERVER), "operator"),
    (Restrict("mute", "name", "Gus", "dev"), "operator"),
    (Restrict("ban", "address", "192.0.2.7", LOBBY), "operator"),
    (Restrict("ban", "address", "192.0.2.7", SERVER), "operator"),
    (Lift("mute", "name", "Hal", LOBBY), "moderator"),
    (Lift("ban", "name", "Hal", SERVER), "operator"),
    (SetRole("Own", LOBBY, "member"), "moderator"),
    (SetRole("Own", LOBBY, "moderator"), "moderator"),
    (SetRole("Own", SERVER, "operator"), "operator"),
    (SetRoom(LOBBY, private=True), "moderator"),
    (SetRoom("dev", private=True), "operator"),
    (DeleteLines(LOBBY, (1,)), "moderator"),
    (Announce("tea"), "operator"),
    (SetLock(), "operator"),
    (Unlock(), "operator"),
    (Invite(Invitation("h", 1)), "operator"),
    (RevokeInvitation("ab"), "operator"),
    (SetWebhook(Webhook("ci", LOBBY)), "operator"),
    (RemoveWebhook("old"), "operator"),
]


def server() -> ChatState:
    """Return a state in which each of the changes of the table has something to do."""
    state = people()
    state.put(Restriction("mute", "name", "Hal", LOBBY, "Hal"))
    state.put(Restriction("ban", "name", "Hal", SERVER, "Hal"))
    state.put(Invitation("abcd", 3))
    state.put(Webhook("old", LOBBY))
    changed(state, OwnName("Own"), Actor("Own"))
    return state


@pytest.mark.parametrize(("what", "least"), TABLE, ids=[repr(what)[:60] for what, _ in TABLE])
@pytest.mark.parametrize("rank", RANKS)
def test_each_change_has_a_lowest_rank_that_may_do_it(what: What, least: str, rank: str) -> None:
    state = server()
    actor = EVERYBODY.get(rank, CONSOLE)
    if isinstance(what, Unlock):
        state.put(Lock("Ann"))
    stored = line("Gus")
    if RANKS.index(rank) >= RANKS.index(least):
        changed(state, what, actor, stored)
    else:
        assert code(state, what, actor, stored) == "not-allowed"


@pytest.mark.parametrize("name", ["Ann", "Mod"])
@pytest.mark.parametrize(
    "what",
    [
        lambda name: Kick(name, LOBBY),
        lambda name: Restrict("ban", "name", name, LOBBY),
        lambda name: Restrict("mute", "account", name, LOBBY),
        lambda name: SetRole(name, LOBBY, "member"),
    ],
)
def test_a_moderator_touches_no_operator_and_no_moderator(what, name: str) -> None:  # type: ignore[no-untyped-def]
    assert code(server(), what(name), BEA) == "not-allowed"
    if not isinstance(what(name), SetRole):
        changed(server(), what("Cat"), BEA)
        changed(server(), what(name), CONSOLE)


def test_a_moderator_of_one_room_is_nobody_in_another() -> None:
    state = people((4, "dev", "moderator"))
    assert rank_of(state, DOT.account, "dev") == Rank.MODERATOR
    assert rank_of(state, DOT.account, LOBBY) == Rank.GUEST
    assert rank_of(state, DOT.account) == Rank.GUEST
    # So a moderator of the lobby may mute them there.
    changed(state, Restrict("mute", "name", "Dot", LOBBY), BEA)
    assert code(state, Restrict("mute", "name", "Dot", "dev"), BEA) == "not-allowed"


def test_an_operator_is_one_everywhere_and_a_guest_has_no_rank() -> None:
    state = people()
    assert rank_of(state, ANN.account, "anywhere") == Rank.OPERATOR
    assert rank_of(state, 0, LOBBY) == Rank.GUEST
    assert rank_of(state, 99, LOBBY) == Rank.GUEST


def test_somebody_with_the_name_of_an_operator_but_without_their_account_is_a_guest() -> None:
    assert code(people(), Announce("tea"), Actor("Ann")) == "not-allowed"


def test_operators_moderate_operators_but_the_last_one_stays() -> None:
    state = people((4, "", "operator"))
    changed(state, Kick("Ann", SERVER), DOT)
    changed(state, SetRole("Ann", SERVER, None), DOT)
    assert code(state, SetRole("Dot", SERVER, None), DOT) == "not-allowed"
    assert code(state, SetRole("Dot", SERVER, None), CONSOLE) == "not-allowed"
    assert state.members() == {4: "operator"}


@pytest.mark.parametrize(
    ("settings", "speakers", "enterers"),
    [
        (RoomSettings("lobby"), "guest owner member moderator operator", "all"),
        (RoomSettings("lobby", moderated=True), "member moderator operator", "all"),
        (RoomSettings("lobby", readonly=True), "moderator operator", "all"),
        (RoomSettings("lobby", private=True), "all", "member moderator operator"),
    ],
)
def test_who_speaks_and_who_enters_depends_on_the_settings_of_the_room(
    settings: RoomSettings, speakers: str, enterers: str
) -> None:
    state = people()
    state.put(settings)
    ranks = {"guest": 0, "owner": 4, "member": 3, "moderator": 2, "operator": 1}
    for rank, account in ranks.items():
        assert may_speak(state, account, "lobby") == (speakers == "all" or rank in speakers)
        assert may_enter(state, account, "lobby") == (enterers == "all" or rank in enterers)
        assert may_speak(state, account, "dev")
        assert may_enter(state, account, "dev")
