"""What an operator at the shell does to keep order, and what is remembered of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from netchat.console import requests
from netchat.console.answers import AuditRow, PresentRow, RestrictionRow, RoomRow
from netchat.state.changes import CONSOLE, OwnName
from netchat.state.records import Proof, RoomSettings
from netchat.testing import START, Network
from tests.support.console import RefusedRequestError, ask, console_of

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime.fromtimestamp(START, UTC)


def own(network: Network, name: str) -> None:
    console_of(network).change(
        OwnName(name, Proof(0, "key", f"key of {name}")), CONSOLE, lambda _: None
    )
    network.settle()


def bans(network: Network, room: str | None = None) -> list[RestrictionRow]:
    rows = ask(network, requests.ListBans(room=room)).rows
    return [row for row in rows if isinstance(row, RestrictionRow)]


def audit(network: Network, limit: int = 100, before: int = 0) -> list[AuditRow]:
    rows = ask(network, requests.ReadAudit(limit=limit, before=before)).rows
    return [row for row in rows if isinstance(row, AuditRow)]


def test_a_ban_has_an_end_and_a_reason_and_is_in_the_audit_with_who_did_it(
    network: Network,
) -> None:
    request = requests.RestrictWho(
        what="ban", who="192.0.2.7", duration=600, reason="spam", user="alice"
    )
    assert ask(network, request).message == "192.0.2.7 is banned on the server for 10 minutes."
    until = NOW + timedelta(minutes=10)
    assert bans(network) == [
        RestrictionRow("ban", "192.0.2.7", "", until, "spam", "netchat admin", NOW)
    ]
    (entry,) = audit(network)
    by = "netchat admin (alice)"
    assert entry == AuditRow(1, NOW, by, "restrict", "192.0.2.7", "", "spam", until, "ban")


def test_a_mute_of_an_owner_is_one_of_the_account(network: Network) -> None:
    own(network, "Carol")
    request = requests.RestrictWho(what="mute", who="CAROL", room="class")
    assert ask(network, request).message == "Carol is muted in class."
    assert [(row.what, row.target, row.room) for row in bans(network, "class")] == [
        ("mute", "Carol", "class")
    ]
    assert bans(network, "other") == []
    ask(network, requests.LiftWho(what="mute", who="carol", room="class"))
    assert bans(network) == []
    with pytest.raises(RefusedRequestError, match="Carol is not muted there"):
        ask(network, requests.LiftWho(what="mute", who="Carol", room="class"))


@pytest.mark.parametrize(
    "who", ["127.0.0.1", "127.1.2.0/24", "::1", "0.0.0.0/0", "10.1.2.3", "10.0.0.0/8", "::/0"]
)
def test_addresses_of_this_machine_and_of_proxies_are_not_banned(tmp_path: Path, who: str) -> None:
    network = Network("--data", str(tmp_path), "--trust", "10.1.2.0/24")
    with pytest.raises(RefusedRequestError, match="ban a name instead"):
        ask(network, requests.RestrictWho(what="ban", who=who))
    assert bans(network) == []


def test_a_name_that_nobody_can_have_cannot_be_banned(network: Network) -> None:
    with pytest.raises(RefusedRequestError, match="bad-name"):
        ask(network, requests.RestrictWho(what="ban", who="two words"))


def test_only_who_is_there_can_be_kicked(network: Network) -> None:
    network.join("Bob")
    with pytest.raises(RefusedRequestError, match="no-such-user: Carol is not on the server"):
        ask(network, requests.KickGuest(name="Carol"))
    with pytest.raises(RefusedRequestError, match="Bob is not in class"):
        ask(network, requests.KickGuest(name="Bob", room="class"))
    assert ask(network, requests.KickGuest(name="bob", room="LOBBY", reason="shouts")).message == (
        "Bob was removed from lobby."
    )
    assert [(row.action, row.target, row.room, row.reason) for row in audit(network)] == [
        ("kick", "Bob", "lobby", "shouts")
    ]


def test_who_is_connected_is_listed_with_door_and_address(network: Network) -> None:
    network.join("Zoe", "198.51.100.2").say("/join class")
    network.join("amy", "198.51.100.1")
    rows = ask(network, requests.ListPresent()).rows
    assert [
        (row.name, row.account, row.rooms, row.door, row.address)
        for row in rows
        if isinstance(row, PresentRow)
    ] == [
        ("amy", False, ("lobby",), "tcp", "198.51.100.1"),
        ("Zoe", False, ("class",), "tcp", "198.51.100.2"),
    ]
    (row,) = ask(network, requests.ListPresent(room="CLASS")).rows
    network.clock.advance(90)
    assert isinstance(row, PresentRow)
    assert row.since == NOW
    assert row.idle < 1
    (row,) = ask(network, requests.ListPresent(room="CLASS")).rows
    assert isinstance(row, PresentRow)
    assert row.since == NOW
    assert 90 <= row.idle < 91


def test_the_text_of_a_line_is_deleted_and_the_audit_has_its_length(network: Network) -> None:
    bob = network.join("Bob")
    bob.say("one")
    bob.say("secret")
    request = requests.DeleteTexts(room="Lobby", ids=(2, 99), reason="private")
    assert ask(network, request).message == "The text of 1 line is deleted."
    (entry,) = audit(network)
    assert (entry.room, entry.details) == ("lobby", "2 of Bob, 6 characters")
    with pytest.raises(RefusedRequestError, match="deleted already"):
        ask(network, request)
    with pytest.raises(RefusedRequestError, match="There is no such line in lobby"):
        ask(network, requests.DeleteTexts(room="lobby", ids=(99,)))


def test_lines_without_number_are_deleted_some_at_a_time(network: Network) -> None:
    bob = network.join("Bob")
    count = requests.MAX_DELETED + 1
    for number in range(count):
        bob.queue(f"line {number}\n".encode())
    network.settle()
    ids = tuple(range(1, count + 1))
    assert ask(network, requests.DeleteTexts(room="lobby", ids=ids)).message == (
        f"The text of {count} lines is deleted."
    )
    assert len(audit(network)) == 2


def test_a_room_is_changed_as_given_and_shown(network: Network) -> None:
    plain = RoomRow("class", False, False, False, 0, False)
    assert ask(network, requests.ChangeRoom(room="class")).rows == [plain]
    ask(network, requests.ChangeRoom(room="class", private=True, slow=10))
    (row,) = ask(network, requests.ChangeRoom(room="class", readonly=True)).rows
    assert row == RoomRow("class", True, True, False, 10, False)
    assert console_of(network).state.room("class") == RoomSettings(
        "class", private=True, readonly=True, slow=10
    )
    with pytest.raises(RefusedRequestError, match="class is like that already"):
        ask(network, requests.ChangeRoom(room="class", private=True))
    with pytest.raises(RefusedRequestError, match="bad-room"):
        ask(network, requests.ChangeRoom(room="two words"))


def test_an_owner_gets_a_role_in_a_room_and_loses_it_step_by_step(network: Network) -> None:
    own(network, "Carol")
    state = console_of(network).state
    (carol,) = [state.owner("Carol")]
    assert carol is not None
    ask(network, requests.GiveRole(name="carol", room="class"))
    assert state.role(carol.number, "class") == "moderator"
    assert ask(network, requests.TakeRole(name="Carol", room="class")).message == (
        "Carol is a member of class."
    )
    assert state.role(carol.number, "class") == "member"
    ask(network, requests.TakeRole(name="Carol", room="class"))
    assert state.role(carol.number, "class") is None
    with pytest.raises(RefusedRequestError, match="Carol has no role in class"):
        ask(network, requests.TakeRole(name="Carol", room="class"))
    ask(network, requests.GiveRole(name="Carol", room="class", role="member"))
    ask(network, requests.GiveRole(name="Carol", room="class"))
    ask(network, requests.TakeRole(name="Carol", room="class", entirely=True))
    assert state.role(carol.number, "class") is None


def test_the_server_is_locked_and_unlocked(network: Network) -> None:
    answer = ask(network, requests.LockServer(duration=3600, reason="maintenance"))
    assert answer.message == "The server takes no new guests and accounts for 1 hour."
    lock = console_of(network).state.lock
    assert lock is not None
    assert (lock.until, lock.reason) == (START + 3600, "maintenance")
    ask(network, requests.UnlockServer())
    assert console_of(network).state.lock is None
    with pytest.raises(RefusedRequestError, match="The server is not locked"):
        ask(network, requests.UnlockServer())


def test_the_audit_is_read_from_its_end_and_in_pages(network: Network) -> None:
    for number in range(700):
        ask(network, requests.AnnounceText(text=f"text {number}"))
    numbers = [row.number for row in audit(network, limit=600)]
    assert numbers == [*range(101, 701)]
    assert [row.number for row in audit(network, limit=2, before=101)] == [99, 100]
    assert [row.number for row in audit(network, limit=5, before=3)] == [1, 2]


def test_guests_are_not_told_which_user_of_the_system_it_was(network: Network) -> None:
    bob = network.join("Bob")
    bob.heard()
    ask(network, requests.AnnounceText(text="back at noon", user="alice"))
    assert bob.heard() == ["* Announcement by netchat admin: back at noon"]
    assert [row.by for row in audit(network)] == ["netchat admin (alice)"]


def test_the_user_of_the_system_is_shown_without_control_characters(network: Network) -> None:
    ask(network, requests.AnnounceText(text="hello", user="\x1b[31mal\nice"))
    (entry,) = audit(network)
    assert entry.by.startswith("netchat admin (")
    assert entry.by.isprintable()
