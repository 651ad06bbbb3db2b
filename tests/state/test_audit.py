"""What the audit remembers, and what it must not have."""

from __future__ import annotations

import pytest
from msgspec.structs import asdict

from netchat.state.audit import entry_of, without_texts
from netchat.state.audit_entry import AuditEntry
from netchat.state.changes import (
    SERVER,
    AddDevice,
    AddProof,
    Announce,
    DeleteLines,
    Expire,
    Forget,
    Ignore,
    Invite,
    Kick,
    MarkRead,
    OwnName,
    RemoveProof,
    Restrict,
    RevokeInvitation,
    SetLock,
    SetRole,
    SetRoom,
    SetWebhook,
    What,
)
from netchat.state.records import Invitation, Proof, Webhook
from netchat.state.state import ChatState
from tests.support.rules import ANN, DOT, EVE, NOW, changed, line, people

SECRET = "5ecre7"


def entry(state: ChatState, what: What, by=ANN, *lines) -> AuditEntry:  # type: ignore[no-untyped-def]
    found = entry_of(changed(state, what, by, *lines))
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("what", "target", "room", "details"),
    [
        (Kick("Eve", "lobby", "spam"), "Eve", "lobby", ""),
        (Restrict("mute", "name", "dot", "lobby", reason="spam"), "Dot", "lobby", "mute"),
        (Restrict("ban", "address", "192.0.2.7"), "192.0.2.7", "", "ban"),
        (SetRole("Dot", "lobby", "member"), "Dot", "lobby", "member"),
        (SetRole("Cat", "lobby", None), "Cat", "lobby", "none"),
        (SetRoom("lobby", private=True, slow=10), "", "lobby", "private=1, slow=10"),
        (Forget("dot"), "dot", "", ""),
    ],
)
def test_an_entry_says_to_whom_and_where(what: What, target: str, room: str, details: str) -> None:
    found = entry(people(), what)
    assert (found.target, found.room, found.details) == (target, room, details)
    assert (found.number, found.time, found.by) == (101, NOW, "Ann")
    assert found.reason == getattr(what, "reason", "")


@pytest.mark.parametrize(
    "what", [AddDevice(4, "d"), Ignore(4, "Eve"), MarkRead(4, "lobby", 3)], ids=repr
)
def test_what_somebody_does_for_themselves_alone_is_not_noted(what: What) -> None:
    assert entry_of(changed(people(), what, DOT)) is None


def test_the_end_of_a_ban_says_whose_it_was() -> None:
    state = people()
    changed(state, Restrict("ban", "name", "Gus", until=NOW + 60), ANN)
    ended = changed(
        state,
        Expire("restriction", "ban name Gus "),
        SERVER,
        time=NOW + 60,
    )
    found = entry_of(ended)
    assert found is not None
    assert (found.action, found.target) == ("expire", "Gus")


def test_a_deleted_line_is_known_by_its_id_its_author_and_its_length_only() -> None:
    result = changed(
        people(),
        DeleteLines("lobby", (1, 2), "spam"),
        ANN,
        line("Eve", text=SECRET),
        line("Bob", 2),
    )
    found = entry_of(result)
    assert found is not None
    assert found.details == "1 of Eve, 6 characters; 2 of Bob, 5 characters"
    assert SECRET not in str(asdict(found))
    gone = without_texts(result)
    assert SECRET not in str(gone)
    assert [(x.id, x.name, x.time, x.deleted) for x in gone.lines] == [
        (1, "Eve", NOW, True),
        (2, "Bob", NOW, True),
    ]


@pytest.mark.parametrize(
    ("what", "by"),
    [
        (OwnName("Eve", Proof(0, "password", SECRET), SECRET), EVE),
        (AddProof(4, Proof(0, "scram", SECRET)), DOT),
        (AddProof(4, Proof(0, "word", SECRET)), DOT),
        (Invite(Invitation(SECRET, 1)), ANN),
        (SetWebhook(Webhook("ci", "lobby", SECRET, f"https://ci/{SECRET}", SECRET)), ANN),
    ],
    ids=["password", "scram", "word", "invitation", "webhook"],
)
def test_no_verifier_token_or_secret_is_in_the_audit(what: What, by) -> None:  # type: ignore[no-untyped-def]
    assert SECRET not in str(asdict(entry(people(), what, by)))


def test_every_change_of_an_operator_is_noted() -> None:
    for what in (Announce("tea"), SetLock(NOW + 60, "spam"), Kick("Eve")):
        assert entry(people(), what).action == what.__struct_config__.tag
    state = people()
    changed(state, Invite(Invitation("abc", 1)), ANN)
    assert entry(state, RevokeInvitation("a")).action == "revoke-invitation"
    changed(state, AddProof(4, Proof(0, "key", "k")), DOT)
    assert entry(state, RemoveProof(4, 1), DOT).target == "Dot"
