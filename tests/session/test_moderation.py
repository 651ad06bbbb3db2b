"""Moderators and operators keep order, from the text dialect and from JSON lines."""

from __future__ import annotations

import pytest

from netchat.state.changes import Restrict
from tests.support.moderation import Moderated
from tests.support.proofs import Key, challenged, own


@pytest.fixture
def chat() -> Moderated:
    return Moderated()


def test_who_is_kicked_reads_it_and_leaves_while_the_others_are_told(chat: Moderated) -> None:
    bob = chat.person("Bob", "moderator", "lobby")
    carol, dave = chat.guest("Carol"), chat.guest("Dave")
    for guest in (bob, carol, dave):
        guest.heard()
    bob.say("/kick Carol too loud")
    told = ["* Bob removed Carol: too loud", "* Carol left"]
    assert (bob.heard(), carol.heard(), dave.heard()) == (told, told[:1], told)
    assert carol.online


def test_a_guest_in_no_room_is_told_to_enter_one(chat: Moderated) -> None:
    bob, carol = chat.person("Bob", "moderator", "lobby"), chat.guest("Carol")
    bob.say("/kick Carol")
    carol.heard()
    sentence = "! You are in no room at present; enter one with /join ROOM."
    for line in ("hello", "/names", "/topic", "/topic x", "/history", "/me waves", "/search x"):
        carol.say(line)
        assert carol.heard() == [sentence], line
    bob.heard()
    carol.say("/join lobby")
    carol.say("sorry")
    assert bob.heard() == ["* Carol joined", "Carol: sorry"]
    carol.say("/join other")
    carol.say("/names")
    assert carol.heard()[-1] == "* In other: Carol"


def test_an_operator_kicks_from_the_server(chat: Moderated) -> None:
    bob, dave = chat.person("Bob", "operator"), chat.guest("Dave")
    carol = chat.program("Carol")
    bob.heard(), dave.heard()
    bob.say("/kick carol spam")
    *others, closing = carol.told()
    assert [event["type"] for event in others] == ["moderated"]
    assert closing["type"] == "closing"
    assert (closing["reason"], closing["retry"]) == ("kicked", None)
    assert closing["message"] == "Bob removed you from this server: spam."
    assert not carol.online
    assert dave.heard() == ["* Bob removed Carol from the server: spam", "* Carol left"]
    assert chat.network.join("Carol").online


def test_nobody_is_kicked_who_is_not_there(chat: Moderated) -> None:
    bob = chat.person("Bob", "moderator", "lobby")
    bob.say("/kick Nobody")
    assert bob.heard() == ["! Nobody of that name is in lobby; try /names."]


def test_a_ban_from_a_room_acts_at_once_and_on_entering(chat: Moderated) -> None:
    bob, carol = chat.person("Bob", "moderator", "lobby"), chat.guest("Carol")
    bob.heard()
    bob.say("/ban Carol 10m spam")
    told = ["* Bob banned Carol for 10 minutes: spam", "* Carol left"]
    assert (bob.heard(), carol.heard()) == (told, told[:1])
    carol.say("/join lobby")
    refusal = "! You are banned from lobby until 2026-01-01 12:11 UTC: spam."
    assert carol.heard() == [refusal]
    again = chat.network.guest()
    again.say("CAROL2")
    assert again.heard()[1:] == ["Welcome to chat room. Enter 'exit' anytime to exit"]
    carol.hang_up()
    back = chat.network.guest()
    back.say("carol")
    assert back.heard()[-1] == refusal
    back.say("/join other")
    back.say("/names")
    assert back.heard() == ["* In other: carol"]


def test_a_ban_ends_by_itself(chat: Moderated) -> None:
    bob, carol = chat.person("Bob", "moderator", "lobby"), chat.guest("Carol")
    bob.say("/ban Carol 10m spam")
    chat.network.advance(599)
    carol.heard()
    carol.say("/join lobby")
    assert carol.heard() == ["! You are banned from lobby until 2026-01-01 12:11 UTC: spam."]
    chat.network.advance(2)
    carol.heard()
    carol.say("/join lobby")
    carol.say("/names")
    assert carol.heard()[-1] == "* In lobby: Bob, Carol"


def test_a_ban_from_the_server_closes_and_refuses_the_name(chat: Moderated) -> None:
    bob = chat.person("Bob", "operator")
    carol, dave = chat.program("Carol"), chat.guest("Dave")
    bob.say("/ban Carol 1h spam")
    closing = carol.told()[-1]
    assert (closing["reason"], closing["retry"]) == ("banned", None)
    assert not carol.online
    assert dave.heard() == ["* Bob banned Carol from the server for 1 hour: spam", "* Carol left"]
    again = chat.network.program("carol")
    (closing,) = again.told()
    assert closing["type"] == "closing"
    assert closing["reason"] == "banned"
    assert closing["message"] == "You are banned from this server until 2026-01-01 13:01 UTC: spam."
    assert not again.online
    assert dave.heard() == []
    bob.say("/unban Carol")
    assert chat.network.join("Carol").online


def test_a_ban_by_netchat_admin_acts_at_once(chat: Moderated) -> None:
    carol = chat.guest("Carol")
    chat.do(Restrict("ban", "name", "Carol", "", reason="spam"))
    assert not carol.online
    assert "! You are banned from this server until a moderator ends that: spam." in carol.heard()


def test_an_address_is_banned_whoever_comes_from_there_but_operators(chat: Moderated) -> None:
    bob = chat.person("Bob", "operator")
    carol, dave = chat.guest("Carol", host="203.0.113.7"), chat.guest("Dave")
    bob.heard()
    bob.say("/ban 203.0.113.0/24 1h")
    assert not carol.online
    assert bob.heard() == [
        "* Bob banned 203.0.113.0/24 from the server for 1 hour",
        "* Bob banned Carol from the server for 1 hour",
        "* Carol left",
    ]
    assert "203" not in " ".join(dave.heard())
    eve = chat.network.guest("203.0.113.200")
    eve.say("Eve")
    assert not eve.online
    chat.do(Restrict("ban", "address", "192.168.1.0/24"))
    assert bob.online
    assert not dave.online


@pytest.mark.parametrize("where", ["127.0.0.1", "0.0.0.0/0", "10.1.2.3", "10.0.0.0/8", "::1"])
def test_addresses_of_this_machine_and_of_trust_are_not_banned_by_mistake(where: str) -> None:
    chat = Moderated("--trust", "10.0.0.0/8")
    bob = chat.person("Bob", "operator")
    bob.say(f"/ban {where}")
    (line,) = bob.heard()
    assert line.endswith("ban a name instead.")


def test_who_is_muted_says_nothing_until_it_ends(chat: Moderated) -> None:
    bob, carol = chat.person("Bob", "moderator", "lobby"), chat.guest("Carol")
    bob.say("/mute Carol 10m spam")
    assert carol.heard()[-1] == "* Bob muted Carol for 10 minutes: spam"
    bob.heard()
    refusal = "! You are muted in lobby until 2026-01-01 12:11 UTC: spam."
    for line in ("hello", "/me waves", "/topic x"):
        carol.say(line)
        assert carol.heard() == [refusal], line
    carol.send(b"one\ntwo\n")
    assert carol.heard() == [refusal] * 2
    carol.say("/nick Caz")
    assert carol.heard() == [refusal[:-1] + "; keep your name until then."]
    carol.say("/msg Bob hello")
    assert bob.heard() == ["[Carol -> you] hello"]
    carol.heard()
    chat.network.advance(601)
    assert carol.heard() == ["* server ended the mute of Carol"]
    carol.say("hello")
    assert bob.heard() == ["Carol: hello"]


def test_who_is_muted_on_the_server_says_nothing_anywhere(chat: Moderated) -> None:
    bob, carol = chat.person("Bob", "operator"), chat.guest("Carol")
    bob.say("/mute Carol")
    carol.heard(), bob.heard()
    sentence = "! You are muted on this server until a moderator ends that."
    for line in ("hello", "/msg Bob hello"):
        carol.say(line)
        assert carol.heard() == [sentence]
    assert bob.heard() == []


def test_a_moderator_cannot_touch_an_operator_or_another_moderator(chat: Moderated) -> None:
    bob = chat.person("Bob", "moderator", "lobby")
    alice = chat.person("Alice", "operator")
    chat.person("Mia", "moderator", "lobby")
    bob.heard()
    for name in ("Alice", "Mia"):
        for command in ("kick", "ban", "mute", "deop"):
            bob.say(f"/{command} {name}")
            assert bob.heard()[0].startswith("! "), (command, name)
    assert alice.online


@pytest.mark.parametrize("command", ["kick Bob", "ban Bob", "mute Bob", "unban Bob", "bans",
    "room private", "op Carol", "lock", "unlock", "announce hello", "delete 1"])  # fmt: skip
def test_a_guest_may_do_none_of_it(chat: Moderated, command: str) -> None:
    bob, carol = chat.guest("Bob"), chat.guest("Carol")
    bob.say("hello")
    carol.heard()
    carol.say(f"/{command}")
    (line,) = carol.heard()
    assert line.startswith("! ")
    bob.heard()
    assert bob.online


def test_programs_name_the_room_or_the_server(chat: Moderated) -> None:
    bob = chat.program("Bob", "moderator", "lobby")
    chat.guest("Carol")
    bob.told()
    bob.ask("kick", name="Carol", nonce="1")
    (error,) = bob.told()
    assert (error["code"], error["nonce"]) == ("bad-request", "1")
    bob.ask("kick", name="Carol", room="lobby", nonce="2")
    moderated, left, done = bob.told()
    assert moderated["type"] == "moderated"
    assert moderated["action"] == "kick"
    assert left["type"] == "left"
    assert (done["type"], done["nonce"]) == ("done", "2")
    bob.ask("ban", who="Carol", room="*", nonce="3")
    (error,) = bob.told()
    assert (error["code"], error["nonce"]) == ("not-allowed", "3")


def test_bans_are_listed_for_moderators_without_addresses(chat: Moderated) -> None:
    alice, bob = chat.person("Alice", "operator"), chat.person("Bob", "moderator", "lobby")
    chat.do(Restrict("ban", "address", "203.0.113.0/24", "lobby"))
    bob.say("/mute Carol 10m spam")
    bob.heard()
    bob.say("/bans")
    heard = bob.heard()
    assert "an address is banned in lobby" in heard[0]
    assert "Carol is muted in lobby" in heard[1]
    alice.heard()
    alice.say("/bans")
    assert "203.0.113.0/24 is banned in lobby" in alice.heard()[0]


def test_an_operator_unbans_in_the_room_where_they_are(chat: Moderated) -> None:
    alice, bob = chat.person("Alice", "operator"), chat.person("Bob", "moderator", "lobby")
    bob.say("/ban Carol")
    alice.heard()
    alice.say("/unban Carol")
    assert alice.heard() == ["* Alice ended the ban of Carol"]
    alice.say("/unban Carol")
    assert alice.heard() == ["! Carol is not banned there; see /bans."]


def test_announcements_reach_everybody_once(chat: Moderated) -> None:
    alice, carol = chat.person("Alice", "operator"), chat.guest("Carol")
    dave = chat.program("Dave", rooms=["a", "b"])
    chat.program("Eve", rooms=[])
    alice.say("/announce lunch")
    assert carol.heard()[-1] == "* Announcement by Alice: lunch"
    assert [event["type"] for event in dave.told()] == ["announced"]
    assert alice.heard()[-1] == "* Announcement by Alice: lunch"


def test_every_device_of_an_owner_is_concerned(chat: Moderated) -> None:
    alice = chat.person("Alice", "operator")
    own(chat.network, "Dora", key=Key("dora").public)
    devices = []
    for _ in range(2):
        device = chat.network.program("Dora")
        device.ask("auth", **Key("dora").proof(challenged(device)))
        device.heard()
        devices.append(device)
    alice.heard()
    alice.say("/mute Dora 10m")
    for device in devices:
        (moderated,) = device.told()
        assert moderated["action"] == "mute"
        device.ask("say", room="lobby", text="hello")
        (error,) = device.told()
        assert error["code"] == "muted"
    assert alice.heard() == ["* Alice muted Dora everywhere for 10 minutes"]
    alice.say("/ban Dora 10m")
    assert [device.told()[-1]["reason"] for device in devices] == ["banned", "banned"]
    assert not any(device.online for device in devices)
    told = alice.heard()
    assert told == ["* Alice banned Dora from the server for 10 minutes", "* Dora left"]
    again = chat.network.program("Dora")
    again.ask("auth", **Key("dora").proof(challenged(again)))
    assert again.told()[-1]["reason"] == "banned"
    assert alice.heard() == []
