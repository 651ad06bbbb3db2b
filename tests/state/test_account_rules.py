"""The rules for accounts, one by one."""

from __future__ import annotations

import pytest

from netchat.state.account_rules import MAX_CLIENTS, MAX_IGNORED, MAX_PROOFS
from netchat.state.changes import (
    CONSOLE,
    Actor,
    AddDevice,
    AddProof,
    Forget,
    Ignore,
    Invite,
    MarkRead,
    OwnName,
    RemoveDevice,
    RemoveProof,
    Respell,
    Restrict,
    RevokeInvitation,
    SetLock,
)
from netchat.state.records import Account, Invitation, Proof, ReadMark, ReservedName, Restriction
from netchat.state.state import ChatState
from tests.support.rules import ANN, BEA, DOT, EVE, NOW, changed, code, key, people


def account(state: ChatState, number: int) -> Account:
    found = state.account(number)
    assert found is not None
    return found


def kinds(state: ChatState, number: int = DOT.account) -> list[str]:
    return [proof.kind for proof in account(state, number).proofs]


def test_an_account_has_the_number_of_the_change_that_made_it() -> None:
    state = ChatState()
    result = changed(state, OwnName("Eve", key(1), "fingerprint"), EVE)
    made = account(state, result.number)
    assert (made.name, made.since, made.devices) == ("Eve", NOW, ("fingerprint",))
    assert [(proof.id, proof.since) for proof in made.proofs] == [(1, NOW)]
    assert not made.external


@pytest.mark.parametrize("name", ["Dot", "dot", "DOT", "D0t"])
def test_nobody_owns_a_name_that_is_owned_or_looks_like_one(name: str) -> None:
    assert code(people(), OwnName(name, key(1)), Actor(name)) == "name-taken"


def test_somebody_owns_the_name_they_have_and_one_only() -> None:
    assert code(people(), OwnName("Fay", key(1)), EVE) == "bad-request"
    assert code(people(), OwnName("Fay", key(1)), Actor("Fay", 4)) == "bad-request"
    changed(people(), OwnName("Fay"), CONSOLE)


def test_a_locked_server_takes_no_new_accounts_but_from_the_console() -> None:
    state = people()
    changed(state, SetLock(), ANN)
    assert code(state, OwnName("Eve", key(1)), EVE) == "not-allowed"
    changed(state, OwnName("Eve", key(1)), CONSOLE)


@pytest.mark.parametrize(("uses", "takes"), [(1, 1), (3, 3), (0, 5)])
def test_an_invitation_is_used_up(uses: int, takes: int) -> None:
    state = people()
    changed(state, Invite(Invitation("h", uses, NOW + 60)), ANN)
    for number in range(takes):
        name = f"Guest{number}x"
        changed(state, OwnName(name, key(1), "", "h", invited=True), Actor(name))
    refusal = OwnName("Eve", key(1), "", "h", invited=True)
    if uses:
        assert code(state, refusal, EVE) == "bad-invitation"
        assert state.invitation("h") is None
    assert code(state, OwnName("Eve", key(1), "", "other", invited=True), EVE) == "bad-invitation"


def test_an_invitation_that_is_over_is_no_invitation() -> None:
    state = people()
    changed(state, Invite(Invitation("h", 2, NOW + 60)), ANN)
    own = OwnName("Eve", key(1), "", "h", invited=True)
    assert code(state, own, EVE, time=NOW + 60) == "bad-invitation"
    changed(state, own, EVE, time=NOW + 59)


def test_a_refused_claim_uses_up_no_invitation() -> None:
    state = people()
    changed(state, Invite(Invitation("h", 1)), ANN)
    assert code(state, OwnName("dot", key(1), "", "h", invited=True), Actor("dot")) == "name-taken"
    assert state.invitation("h") is not None


def test_invitations_are_withdrawn_by_the_beginning_of_their_hash() -> None:
    state = people()
    for hash in ("abc", "abd", "xyz"):
        changed(state, Invite(Invitation(hash, 1)), ANN)
    changed(state, RevokeInvitation("ab"), ANN)
    assert [some.hash for some in state.all(Invitation)] == ["xyz"]
    assert code(state, RevokeInvitation(""), ANN) == "bad-request"
    assert code(state, RevokeInvitation("ab"), ANN) == "bad-request"


@pytest.mark.parametrize(
    "what",
    [
        AddProof(4, key(1)),
        RemoveProof(4, 1),
        Respell(4, "DOT"),
        AddDevice(4, "d"),
        RemoveDevice(4),
        Ignore(4, "Eve"),
        MarkRead(4, "lobby", 7),
    ],
)
def test_nobody_changes_the_account_of_somebody_else(what) -> None:  # type: ignore[no-untyped-def]
    for actor in (EVE, ANN, BEA, Actor("Dot")):
        assert code(people(), what, actor) == "not-allowed"
    state = people()
    state.remove("account", "4")
    assert code(state, what, DOT) == "no-such-user"
    assert code(state, what, CONSOLE) == "no-such-user"


def test_the_last_proof_that_lasts_stays() -> None:
    state = people()
    assert code(state, RemoveProof(4, 1), DOT) == "not-allowed"
    changed(state, AddProof(4, Proof(0, "word", "hash", until=NOW + 60)), CONSOLE)
    assert code(state, RemoveProof(4, 1), DOT) == "not-allowed"
    changed(state, RemoveProof(4, 2), DOT)
    changed(state, AddProof(4, key(1)), DOT)
    changed(state, RemoveProof(4, 1), DOT)
    assert code(state, RemoveProof(4, 1), DOT) == "bad-request"
    assert [proof.id for proof in account(state, 4).proofs] == [3]


def test_the_id_of_a_proof_is_never_given_twice() -> None:
    state = people()
    changed(state, AddProof(4, key(1)), DOT)
    changed(state, RemoveProof(4, 2), DOT)
    changed(state, AddProof(4, key(2)), DOT)
    assert [proof.id for proof in account(state, 4).proofs] == [1, 3]


def test_a_password_takes_the_place_of_the_one_before_and_a_word_too() -> None:
    state = people()
    for proof in (
        Proof(0, "password", "a"),
        Proof(0, "scram", "b"),
        Proof(0, "word", "c"),
        Proof(0, "word", "d"),
    ):
        changed(state, AddProof(4, proof), DOT)
    assert kinds(state) == ["key", "scram", "word"]


def test_an_account_has_each_proof_once_and_not_too_many() -> None:
    state = people()
    for number in range(1, MAX_PROOFS):
        changed(state, AddProof(4, key(number)), DOT)
    assert code(state, AddProof(4, key(1)), DOT) == "bad-request"
    assert code(state, AddProof(4, key(99)), DOT) == "bad-request"


def test_a_name_is_written_in_another_way_in_which_it_is_still_the_same() -> None:
    state = people()
    changed(state, Respell(4, "DOT"), DOT)
    assert account(state, 4).name == "DOT"
    assert state.owner("dot") == account(state, 4)
    for other in ("Fay", "Bea"):
        assert code(state, Respell(4, other), DOT) == "name-taken"


def test_the_newest_clients_are_remembered() -> None:
    state = people()
    for number in range(MAX_CLIENTS + 2):
        changed(state, AddDevice(4, f"d{number}"), DOT)
    assert account(state, 4).devices == tuple(f"d{n}" for n in range(2, MAX_CLIENTS + 2))
    assert code(state, AddDevice(4, "d5"), DOT) == ""
    changed(state, RemoveDevice(4, "d5"), DOT)
    assert "d5" not in account(state, 4).devices
    changed(state, RemoveDevice(4), DOT)
    assert not account(state, 4).devices


def test_a_name_is_ignored_once_and_not_too_many_are() -> None:
    state = people()
    changed(state, Ignore(4, "Eve"), DOT)
    assert code(state, Ignore(4, "Eve"), DOT) == ""
    assert code(state, Ignore(4, "Gus", on=False), DOT) == ""
    for number in range(1, MAX_IGNORED):
        changed(state, Ignore(4, f"guest{number}"), DOT)
    assert code(state, Ignore(4, "Gus"), DOT) == "bad-request"
    changed(state, Ignore(4, "Eve", on=False), DOT)
    changed(state, Ignore(4, "Gus"), DOT)


def test_a_read_mark_never_goes_back() -> None:
    state = people()
    changed(state, MarkRead(4, "lobby", 7), DOT)
    for id in (7, 6, 0, -1):
        assert code(state, MarkRead(4, "lobby", id), DOT) == ""
    assert state.read_mark(4, "lobby") == 7
    assert state.read_mark(3, "lobby") == 0


def test_a_forgotten_account_leaves_nothing_but_its_reserved_name() -> None:
    state = people((4, "dev", "moderator"))
    changed(state, MarkRead(4, "lobby", 7), DOT)
    changed(state, Restrict("mute", "name", "Dot", "lobby"), ANN)
    changed(state, Forget("dot", NOW + 60), ANN)
    assert state.account(4) is None
    assert not state.roles(4)
    assert not [x for x in state.all(ReadMark) if x.account == 4]
    assert not [*state.all(Restriction)]
    assert code(state, OwnName("DOT", key(1)), Actor("DOT")) == "name-taken"
    assert state.owner("Dot") is None


def test_the_name_of_an_account_that_was_forgotten_at_once_is_free() -> None:
    state = people()
    changed(state, Forget("Dot"), ANN)
    result = changed(state, OwnName("Dot", key(1)), Actor("Dot"))
    assert account(state, result.number).number != 4


def test_the_last_operator_is_not_forgotten() -> None:
    assert code(people(), Forget("Ann"), CONSOLE) == "not-allowed"
    changed(people((4, "", "operator")), Forget("Ann"), DOT)
    assert code(people(), Forget("Dot"), BEA) == "not-allowed"
    assert code(people(), Forget("Gus"), ANN) == "no-such-user"


def test_a_name_is_free_when_it_is_reserved_no_longer_though_its_end_is_not_stored() -> None:
    state = people()
    changed(state, Forget("Dot", NOW + 60), CONSOLE)
    assert code(state, OwnName("dot", key(1)), Actor("dot"), time=NOW + 59) == "name-taken"
    result = changed(state, OwnName("dot", key(1)), Actor("dot"), time=NOW + 60)
    assert state.owner("Dot") == account(state, result.number)
    assert not [*state.all(ReservedName)]


def test_a_lock_that_is_over_refuses_no_account() -> None:
    state = people()
    changed(state, SetLock(until=NOW + 60), ANN)
    assert code(state, OwnName("Eve", key(1)), EVE, time=NOW + 59) == "not-allowed"
    changed(state, OwnName("Eve", key(1)), EVE, time=NOW + 60)


IAN = Actor("ian", 7)


def with_ian() -> ChatState:
    state = people()
    state.put(Account(IAN.account, IAN.name, NOW - 100))
    return state


def test_every_spelling_of_a_name_is_equivalent_to_the_first_one() -> None:
    state = with_ian()
    changed(state, Respell(7, "Ian"), IAN)
    assert (account(state, 7).name, account(state, 7).first) == ("Ian", "ian")
    assert code(state, Respell(7, "lan"), IAN) == "name-taken"
    changed(state, Respell(7, "IAN"), IAN)
    changed(state, Respell(7, "ian"), IAN)
    assert (account(state, 7).name, account(state, 7).first) == ("ian", "")


def test_all_spellings_of_a_name_stay_taken_however_it_is_written() -> None:
    state = people()
    state.put(Account(7, "Ian", NOW - 100))
    changed(state, Respell(7, "ian"), Actor("Ian", 7))
    for name in ("Ian", "ian", "lan"):
        assert code(state, OwnName(name), Actor(name)) == "name-taken"
    changed(state, Forget("ian", NOW + 60), CONSOLE)
    assert code(state, OwnName("lan"), Actor("lan")) == "name-taken"
    changed(state, OwnName("lan"), Actor("lan"), time=NOW + 60)
