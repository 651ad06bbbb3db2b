"""Rooms that are private, read only, moderated, slow or quiet, and who has which role there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from netchat.state.changes import Restrict, SetRoom
from tests.support.moderation import Moderated

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def chat() -> Moderated:
    return Moderated()


def test_guests_leave_a_room_that_becomes_private_and_cannot_come_back(chat: Moderated) -> None:
    bob, carol = chat.person("Bob", "moderator", "lobby"), chat.guest("Carol")
    bob.heard()
    bob.say("/room private")
    told = ["* lobby is now private (Bob)", "* Carol left"]
    assert (bob.heard(), carol.heard()) == (told, told[:1])
    carol.say("/join lobby")
    assert carol.heard() == ["! There is no room called lobby that you can enter."]
    chat.own("Dora")
    bob.say("/op Dora member")
    assert bob.heard() == ["* Bob made Dora a member"]
    assert chat.chat.state.role(chat.chat.state.owner("Dora").number, "lobby") == "member"  # type: ignore[union-attr]


def test_a_private_room_is_not_listed_and_answers_as_one_that_does_not_exist(
    chat: Moderated,
) -> None:
    bob = chat.program("Bob", "moderator", "staff", rooms=["lobby", "staff"])
    carol = chat.program("Carol")
    bob.told()
    bob.ask("room", room="staff", private=True)
    carol.told()
    for type, fields in (
        ("names", {}),
        ("history", {}),
        ("say", {"text": "hello"}),
        ("topic", {"text": "x"}),
        ("who", {}),
        ("room", {}),
        ("delete", {"id": 1}),
    ):
        carol.ask(type, room="staff", **fields)
        secret = carol.told()
        carol.ask(type, room="nothing", **fields)
        assert secret == carol.told(), type
        assert secret[0]["code"] == "not-in-room", type
    carol.ask("join", room="staff")
    assert carol.told()[0]["code"] == "bad-room"
    carol.ask("rooms")
    (rooms,) = carol.told()
    assert rooms["rooms"] == [{"room": "lobby", "members": 2}]
    bob.told()
    bob.ask("rooms")
    assert [room["room"] for room in bob.told()[0]["rooms"]] == ["lobby", "staff"]


def test_a_private_room_keeps_its_settings_however_its_name_is_written(chat: Moderated) -> None:
    chat.do(SetRoom("staff", private=True))
    carol = chat.guest("Carol")
    for name in ("staff", "STAFF", "ѕtaff"):
        carol.say(f"/join {name}")
        (line,) = carol.heard()
        assert line.startswith("! There is no room called"), name


def test_a_private_room_is_private_after_a_restart_too(tmp_path: Path) -> None:
    before = Moderated("--data", str(tmp_path))
    before.do(SetRoom("staff", private=True))
    before.network.stop()
    before.network.advance(10)
    after = Moderated("--data", str(tmp_path), start=before.chat.time())
    carol = after.guest("Carol")
    carol.say("/join STAFF")
    assert carol.heard() == ["! There is no room called STAFF that you can enter."]
    after.network.stop()
    after.network.advance(10)


def test_a_program_that_may_not_enter_a_room_of_its_hello_enters_the_others(
    chat: Moderated,
) -> None:
    chat.do(SetRoom("staff", private=True))
    carol = chat.network.program("Carol", rooms=["staff", "lobby"])
    welcome, error, entered = carol.told()
    assert welcome["type"] == "welcome"
    assert error["code"] == "bad-room"
    assert entered["room"] == "lobby"


def test_who_is_no_member_any_more_leaves_the_private_room(chat: Moderated) -> None:
    bob = chat.person("Bob", "moderator", "lobby")
    dora = chat.person("Dora", "member", "lobby")
    bob.say("/room private")
    dora.heard(), bob.heard()
    bob.say("/deop Dora")
    assert bob.heard() == ["* Bob took the role of Dora away", "* Dora left"]
    dora.say("hello")
    assert dora.heard()[-1] == "! You are in no room at present; enter one with /join ROOM."


def test_only_moderators_speak_in_a_room_that_is_read_only(chat: Moderated) -> None:
    bob, carol = chat.person("Bob", "moderator", "lobby"), chat.person("Carol", "member", "lobby")
    bob.say("/room readonly")
    carol.heard()
    for line in ("hello", "/me waves", "/topic x"):
        carol.say(line)
        assert carol.heard() == ["! Only the moderators of lobby speak there; ask one of them."]
    bob.heard()
    bob.say("/topic exam")
    bob.say("begin")
    assert carol.heard() == ["* Bob changed the topic to: exam", "Bob: begin"]


def test_members_speak_in_a_moderated_room(chat: Moderated) -> None:
    bob, carol = chat.person("Bob", "moderator", "lobby"), chat.guest("Carol")
    dora = chat.person("Dora", "member", "lobby")
    bob.say("/room moderated")
    carol.heard()
    carol.send(b"one\ntwo\n")
    sentence = "! Only members of lobby speak there; ask a moderator to make you one (/op)."
    assert carol.heard() == [sentence] * 2
    bob.heard()
    dora.say("hello")
    assert bob.heard() == ["Dora: hello"]


def test_a_slow_room_takes_one_line_of_each_guest_in_so_many_seconds(chat: Moderated) -> None:
    bob, carol, dave = (
        chat.person("Bob", "moderator", "lobby"),
        chat.guest("Carol"),
        chat.guest("Dave"),
    )
    bob.say("/room slow 30")
    for guest in (bob, carol, dave):
        guest.heard()
    carol.send(b"one\ntwo\n")
    assert carol.heard() == [
        "! lobby takes one line of yours in 30 seconds; say it again in 30 seconds."
    ]
    dave.say("three")
    assert bob.heard() == ["Carol: one", "Dave: three"]
    chat.network.advance(20)
    carol.say("/join other")
    carol.say("/join lobby")
    carol.say("four")
    assert carol.heard()[-1].endswith("say it again in 10 seconds.")
    bob.say("five")
    bob.say("six")
    chat.network.advance(10)
    carol.say("seven")
    assert dave.heard()[-3:] == ["Bob: five", "Bob: six", "Carol: seven"]


def test_a_room_that_is_slow_again_begins_anew(chat: Moderated) -> None:
    carol = chat.guest("Carol")
    for slow in (30, 0, 30):
        chat.do(SetRoom("lobby", slow=slow))
        carol.heard()
        carol.say("hello")
        assert carol.heard() == []


def test_the_last_line_of_a_slow_room_may_be_sent_again_after_a_reconnect(
    chat: Moderated,
) -> None:
    chat.do(SetRoom("lobby", slow=30))
    client = "11111111-1111-4111-8111-111111111111"
    carol = chat.program("Carol", client=client)
    carol.ask("say", room="lobby", text="hello", nonce="1")
    carol.hang_up()
    again = chat.program("Carol", client=client)
    again.told()
    again.ask("say", room="lobby", text="hello", nonce="1")
    (said,) = again.told()
    assert (said["type"], said["id"]) == ("said", 1)
    again.ask("say", room="lobby", text="more", nonce="2")
    assert again.told()[0]["code"] == "too-fast"


@pytest.mark.parametrize("client", [None, "11111111-1111-4111-8111-111111111111"])
def test_a_nonce_lets_nobody_say_more_lines_in_a_slow_room(
    chat: Moderated, client: str | None
) -> None:
    chat.do(SetRoom("lobby", slow=30))
    carol, dave = chat.program("Carol", client=client), chat.program("Dave")
    for text in ("one", "two", "three"):
        carol.ask("say", room="lobby", text=text, nonce="1")
    assert [event["text"] for event in dave.told() if event["type"] == "said"] == ["one"]


def test_another_client_does_not_say_more_with_the_same_nonce_in_a_slow_room(
    chat: Moderated,
) -> None:
    chat.do(SetRoom("lobby", slow=30))
    dave = chat.program("Dave")
    for number in range(3):
        carol = chat.program("Carol", client=f"{number}1111111-1111-4111-8111-111111111111")
        carol.ask("say", room="lobby", text=str(number), nonce="1")
        carol.hang_up()
    assert [event["text"] for event in dave.told() if event["type"] == "said"] == ["0"]


def test_a_topic_is_a_line_in_a_slow_room(chat: Moderated) -> None:
    chat.do(SetRoom("lobby", slow=30))
    carol, dave = chat.guest("Carol"), chat.guest("Dave")
    carol.heard()
    dave.heard()
    carol.say("hello")
    carol.say("/topic hello again")
    refusal = "! lobby takes one line of yours in 30 seconds; say it again in 30 seconds."
    assert carol.heard() == [refusal]
    assert dave.heard() == ["Carol: hello"]


def test_a_new_name_does_not_help_in_a_slow_room(chat: Moderated) -> None:
    chat.do(SetRoom("lobby", slow=30))
    carol = chat.guest("Carol")
    carol.say("hello")
    carol.say("/nick Caz")
    carol.heard()
    carol.say("hello again")
    assert carol.heard()[0].startswith("! lobby takes one line of yours in 30 seconds")


def test_joins_of_a_quiet_room_are_not_told_but_its_names_are_right(chat: Moderated) -> None:
    bob = chat.person("Bob", "moderator", "lobby")
    bob.say("/room joins quiet")
    bob.heard()
    carol = chat.guest("Carol")
    carol.say("hello")
    assert bob.heard() == ["Carol: hello"]
    bob.say("/names")
    assert bob.heard() == ["* In lobby: Bob, Carol"]
    carol.hang_up()
    assert bob.heard() == []
    bob.say("/names")
    assert bob.heard() == ["* In lobby: Bob"]


def test_the_settings_of_a_room_are_shown(chat: Moderated) -> None:
    carol = chat.guest("Carol")
    carol.say("/room")
    assert carol.heard() == ["* lobby is an ordinary room"]
    chat.do(SetRoom("lobby", moderated=True, slow=10))
    carol.heard()
    carol.say("/room")
    assert carol.heard() == ["* lobby is moderated, one line in 10 seconds each"]


def test_who_makes_a_room_with_an_account_is_its_moderator(chat: Moderated) -> None:
    bob, carol = chat.person("Bob"), chat.guest("Carol")
    bob.say("/join den")
    assert bob.heard()[-1] == "* Bob is the moderator of this room now"
    carol.say("/join den")
    assert bob.heard()[-1] == "* Carol joined"
    bob.say("/kick Carol")
    assert bob.heard() == ["* Bob removed Carol", "* Carol left"]


def test_a_guest_or_who_comes_later_or_the_lobby_makes_no_moderator(chat: Moderated) -> None:
    carol = chat.guest("Carol")
    carol.say("/join den")
    bob = chat.person("Bob")
    bob.say("/join den")
    state = chat.chat.state
    owner = state.owner("Bob")
    assert owner is not None
    assert state.roles(owner.number) == {}
    carol.hang_up()
    other = Moderated()
    other.person("Ann")
    assert not other.chat.state.members("lobby")


def test_a_founder_who_leaves_nothing_behind_is_forgotten_with_the_room(chat: Moderated) -> None:
    bob = chat.person("Bob")
    bob.say("/join den")
    bob.say("/join lobby")
    assert chat.chat.rooms.find("den") is None
    assert not chat.chat.state.members("den")
    bob.say("/join den")
    bob.say("hello")
    bob.say("/join lobby")
    assert chat.chat.state.members("den")


def test_roles_are_told_in_the_room_and_to_who_has_them(chat: Moderated) -> None:
    bob, carol = chat.person("Bob", "moderator", "lobby"), chat.guest("Carol")
    dora = chat.person("Dora")
    dora.say("/join other")
    for guest in (bob, carol, dora):
        guest.heard()
    bob.say("/op Dora member")
    told = ["* Bob made Dora a member"]
    assert (bob.heard(), carol.heard(), dora.heard()) == (told, told, told)
    chat.role("Dora", "operator")
    assert dora.heard() == ["* netchat admin made Dora an operator"]
    assert carol.heard() == []


def test_a_moderator_becomes_a_member_and_a_member_nobody(chat: Moderated) -> None:
    alice, mia = chat.person("Alice", "operator"), chat.person("Mia", "moderator", "lobby")
    alice.heard()
    for words in ("made Mia a member", "took the role of Mia away"):
        alice.say("/deop Mia")
        assert alice.heard() == [f"* Alice {words}"]
    assert mia.heard()


def test_the_last_operator_stays(chat: Moderated) -> None:
    alice = chat.person("Alice", "operator")
    alice.say("/deop Alice operator")
    assert alice.heard() == ["! Alice is the last operator; make another one first."]
    chat.role("Bob", "operator")
    alice.heard()
    alice.say("/deop Alice operator")
    assert alice.heard() == ["* Alice has given their role up"]


def test_a_lock_keeps_new_guests_out_until_it_ends(chat: Moderated) -> None:
    alice, carol = chat.person("Alice", "operator"), chat.guest("Carol")
    alice.say("/lock 10m exam")
    assert carol.heard()[-1].endswith(": exam")
    eve = chat.network.guest()
    eve.heard()
    eve.say("Eve")
    refusal = (
        "! The server takes no new guests until 2026-01-01 12:11 UTC (exam); come back later, or "
        "with your own name."
    )
    assert eve.heard()[0] == refusal
    chat.network.advance(1)
    program = chat.network.program("Fay", nonce="1")
    assert program.told()[0]["code"] == "not-allowed"
    chat.network.advance(600)
    assert carol.heard()[-1] == "* server opened the server for new guests again"
    assert chat.guest("Eve").online


def test_a_refusal_of_entry_makes_no_room(chat: Moderated) -> None:
    chat.do(Restrict("ban", "name", "Carol", "den"))
    carol = chat.guest("Carol")
    carol.say("/join den")
    assert carol.heard() == ["! You are banned from den until a moderator ends that."]
    assert chat.chat.occupied_rooms == 1


def test_who_lists_the_members_and_shows_addresses_to_operators_only(chat: Moderated) -> None:
    alice, carol = chat.person("Alice", "operator"), chat.program("Carol")
    chat.network.advance(60)
    carol.told()
    carol.ask("who", room="lobby")
    (who,) = carol.told()
    one, other = who["guests"]
    assert (one["name"], one["account"], one["door"]) == ("Alice", True, "tcp")
    assert "address" not in one
    assert (other["name"], other["account"], other["idle"]) == ("Carol", False, 0)
    assert one["idle"] > 55
    assert one["since"].startswith("2026-01-01T12:00:0")
    alice.heard()
    alice.say("/who")
    assert all(", from 192.168.1." in line for line in alice.heard())
