"""Who may log in, enter and speak: by account, by name and by address, as the state says."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from netchat.chat.enforcement import (
    entry_refusal,
    login_refusal,
    rename_refusal,
    speech_refusal,
    until_text,
)
from netchat.chat.nobody import Nobody
from netchat.chat.room import Participant
from netchat.model.events import Closing, Refused
from netchat.state.record import Record
from netchat.state.records import (
    Account,
    Lock,
    Restriction,
    RestrictionKind,
    Role,
    RoomSettings,
    TargetKind,
)
from netchat.state.state import ChatState

NOW = 50.0
HOST = ip_address("192.0.2.7")
ALICE, MIA = 1, 2
PEOPLE: tuple[Record, ...] = (
    Account(ALICE, "Alice", 0),
    Account(MIA, "Mia", 0),
    Role(ALICE, "", "operator"),
    Role(MIA, "lobby", "moderator"),
)


def state_with(*records: Record) -> ChatState:
    return ChatState((*PEOPLE, *records))


def ban(kind: TargetKind, target: str, room: str = "", until: float = 0) -> Restriction:
    return Restriction("ban", kind, target, room, target, until)


def someone(name: str, account: int = 0) -> Participant:
    connection = Nobody()
    connection.host = HOST
    who = Participant(name, connection, connection)
    who.account = account
    return who


@pytest.mark.parametrize(
    ("restriction", "name", "account", "is_banned"),
    [
        (ban("name", "Carol"), "CAROL", 0, True),
        (ban("name", "Carol"), "Dave", 0, False),
        (ban("name", "Carol", "lobby"), "Carol", 0, False),
        (ban("address", "192.0.2.0/24"), "Carol", 0, True),
        (ban("address", "192.0.2.0/24"), "Mia", MIA, True),
        (ban("address", "192.0.2.0/24"), "Alice", ALICE, False),
        (ban("account", "2"), "Mia", MIA, True),
        (ban("account", "2"), "Alice", ALICE, False),
        (Restriction("mute", "name", "Carol"), "Carol", 0, False),
    ],
)
def test_a_ban_from_the_server_refuses_the_login_before_anybody_is_told(
    restriction: Restriction, name: str, account: int, is_banned: bool
) -> None:
    refusal = login_refusal(state_with(restriction), NOW, name, account, HOST)
    assert isinstance(refusal, Closing) == is_banned


def test_of_several_bans_the_longest_is_told() -> None:
    several = [ban("name", "Carol", until=60), ban("address", "192.0.2.7/32", until=6000)]
    refusal = login_refusal(state_with(*several), NOW, "Carol", 0, HOST)
    assert refusal is not None
    assert refusal.message == "You are banned from this server until 1970-01-01 01:40 UTC."
    refusal = login_refusal(
        state_with(*several, ban("address", "192.0.0.0/16")), NOW, "Carol", 0, HOST
    )
    assert refusal is not None
    assert "until a moderator ends that" in refusal.message


def test_a_lock_refuses_guests_and_no_owners() -> None:
    state = state_with(Lock("Alice", reason="exam"))
    refusal = login_refusal(state, NOW, "Carol", 0, HOST)
    assert isinstance(refusal, Refused)
    assert refusal.message == (
        "The server takes no new guests at present (exam); come back later, or with your own name."
    )
    assert login_refusal(state, NOW, "Mia", MIA, HOST) is None


def test_a_banned_owner_is_banned_though_the_server_is_locked() -> None:
    state = state_with(Lock("Alice"), ban("account", "2"))
    assert isinstance(login_refusal(state, NOW, "Mia", MIA, HOST), Closing)


@pytest.mark.parametrize(
    ("settings", "guest", "member", "moderator"),
    [
        (RoomSettings("lobby"), True, True, True),
        (RoomSettings("lobby", moderated=True), False, True, True),
        (RoomSettings("lobby", readonly=True), False, False, True),
        (RoomSettings("lobby", private=True), True, True, True),
    ],
)
def test_who_speaks_depends_on_the_room_and_the_role(
    settings: RoomSettings, guest: bool, member: bool, moderator: bool
) -> None:
    state = state_with(settings, Account(3, "Dora", 0), Role(3, "lobby", "member"))
    people = [someone("Carol"), someone("Dora", 3), someone("Mia", MIA), someone("Alice", ALICE)]
    may = [speech_refusal(state, NOW, who, "lobby") is None for who in people]
    assert may == [guest, member, moderator, moderator]


@pytest.mark.parametrize(("kind", "code"), [("mute", "muted"), ("ban", None)])
def test_a_mute_stops_speech_in_its_room_and_on_the_server_everywhere(
    kind: RestrictionKind, code: str | None
) -> None:
    carol = someone("Carol")
    here = state_with(Restriction(kind, "name", "Carol", "lobby"))
    everywhere = state_with(Restriction(kind, "name", "Carol"))
    for state, room, is_muted in (
        (here, "lobby", True),
        (here, "other", False),
        (everywhere, "other", True),
    ):
        refusal = speech_refusal(state, NOW, carol, room)
        assert (refusal.code if refusal else None) == (code if is_muted else None)


def test_a_private_room_is_entered_by_members_and_operators() -> None:
    state = state_with(RoomSettings("lobby", private=True))
    people = [someone("Carol"), someone("Mia", MIA), someone("Alice", ALICE)]
    assert [
        entry_refusal(state, NOW, who, "lobby", who.name, written="lobby") is None for who in people
    ] == [
        False,
        True,
        True,
    ]


def test_nobody_comes_too_early_who_comes_at_the_time_that_they_read() -> None:
    assert until_text(60) == "until 1970-01-01 00:01 UTC"
    assert until_text(60.001) == "until 1970-01-01 00:02 UTC"


def test_what_is_over_forbids_nothing() -> None:
    carol = someone("Carol")
    state = state_with(
        Lock("Alice", until=NOW), ban("name", "Carol", until=NOW), ban("name", "Eve", until=NOW + 1)
    )
    state.put(Restriction("mute", "name", "Carol", until=NOW))
    assert login_refusal(state, NOW, "Carol", 0, HOST) is None
    assert entry_refusal(state, NOW, carol, "lobby", "Carol", written="lobby") is None
    assert speech_refusal(state, NOW, carol, "lobby") is None
    assert rename_refusal(state, NOW, carol, "Dave") is None
    assert rename_refusal(state, NOW, carol, "Eve") is not None


def test_a_mute_of_a_name_applies_to_its_owner_however_they_write_it() -> None:
    state = state_with(Account(7, "ian", 0, first="Ian"), Restriction("mute", "name", "lan"))
    assert speech_refusal(state, NOW, someone("ian", 7), "lobby") is not None
    assert speech_refusal(state, NOW, someone("ian", 0), "lobby") is None
