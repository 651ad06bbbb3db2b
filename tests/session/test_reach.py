"""Whom those reach with texts of their own who are muted, ignored or not in the same room."""

from __future__ import annotations

import pytest

from netchat.state.changes import Restrict
from netchat.testing import Guest, Program
from tests.support.moderation import Moderated

ROOM = "you-are-ugly"
MUTED = "You are muted on this server until a moderator ends that."


@pytest.fixture
def chat() -> Moderated:
    return Moderated()


def moderator(chat: Moderated, *, muted: bool = False) -> Program:
    """Return a program that owns the name Mallory, and moderates a room that it has made."""
    mallory = chat.program("Mallory", "member", "lobby")
    mallory.ask("join", room=ROOM)
    if muted:
        chat.do(Restrict("mute", "name", "Mallory"))
    mallory.told()
    return mallory


@pytest.mark.parametrize("action", ["mute", "ban"])
def test_who_is_not_in_a_room_reads_nothing_of_what_its_moderator_does_to_them(
    chat: Moderated, action: str
) -> None:
    victim, mallory = chat.program("Victim"), moderator(chat)
    victim.told()
    for _ in range(3):
        mallory.ask(action, who="Victim", room=ROOM, reason="an insult", duration=1)
        mallory.ask(f"un{action}", who="Victim", room=ROOM)
    mallory.ask(action, who="Victim", room=ROOM, reason="an insult", duration=1)
    chat.network.advance(2)
    mallory.ask("kick", name="Victim", room=ROOM, reason="an insult")
    mallory.ask("topic", room=ROOM, text="an insult")
    mallory.ask("room", room=ROOM, moderated=True)
    assert victim.told() == []
    told = [event["action"] for event in mallory.told() if event["type"] == "moderated"]
    assert told == [action, f"un{action}"] * 3 + [action]


def test_only_the_devices_in_the_room_are_told_of_its_moderation(chat: Moderated) -> None:
    bob, carol, dave = chat.person("Bob", "moderator", "lobby"), chat.guest("Carol"), None
    dave = chat.guest("Dave")
    dave.say("/join other")
    for guest in (bob, carol, dave):
        guest.heard()
    bob.say("/mute Carol 10m spam")
    bob.say("/mute Dave 10m spam")
    told = [f"* Bob muted {name} for 10 minutes: spam" for name in ("Carol", "Dave")]
    assert (bob.heard(), carol.heard(), dave.heard()) == (told, told, [])
    chat.network.advance(601)
    assert (bob.heard(), carol.heard(), dave.heard()) == (
        [],
        ["* server ended the mute of Carol"],
        [],
    )


def test_the_end_of_a_mute_on_the_server_is_told_wherever_they_are(chat: Moderated) -> None:
    alice, carol = chat.person("Alice", "operator"), chat.program("Carol", rooms=[])
    alice.say("/mute Carol 10m")
    chat.network.advance(601)
    assert [event["action"] for event in carol.told()] == ["mute", "unmute"]


def roles(program: Program) -> list[str]:
    return [event["action"] for event in program.told() if event["type"] == "moderated"]


def test_an_owner_outside_the_room_reads_each_change_of_their_role_once(chat: Moderated) -> None:
    victim, mallory = chat.program("Victim", "member", "lobby"), moderator(chat)
    victim.told()
    mallory.ask("op", name="Victim", room=ROOM, role="member")
    mallory.ask("op", name="Victim", room=ROOM, role="member")
    assert roles(victim) == ["member"]
    mallory.ask("deop", name="Victim", room=ROOM)
    assert roles(victim) == ["none"]


def test_who_ignores_a_moderator_outside_the_room_reads_of_no_role(chat: Moderated) -> None:
    victim, mallory = chat.program("Victim", "member", "lobby"), moderator(chat)
    victim.ask("ignore", name="MALLORY")
    victim.told()
    mallory.ask("op", name="Victim", room=ROOM, role="member")
    mallory.ask("deop", name="Victim", room=ROOM)
    assert victim.told() == []


def test_a_muted_moderator_tells_nobody_outside_the_room_of_a_role(chat: Moderated) -> None:
    victim, mallory = chat.program("Victim", "member", "lobby"), moderator(chat, muted=True)
    victim.told()
    mallory.ask("op", name="Victim", room=ROOM, role="member")
    assert victim.told() == []
    assert roles(mallory) == ["member"]


@pytest.mark.parametrize(
    "request_of",
    [
        {"type": "kick", "name": "Victim", "reason": "an insult"},
        {"type": "mute", "who": "Victim", "reason": "an insult"},
        {"type": "ban", "who": "Victim", "reason": "an insult"},
        {"type": "ban", "who": "An_Insult"},
        {"type": "delete", "name": "Victim", "reason": "an insult"},
        {"type": "topic", "text": "an insult"},
        {"type": "say", "text": "an insult"},
    ],
    ids=str,
)
def test_a_muted_moderator_gives_no_text_of_their_own(
    chat: Moderated, request_of: dict[str, str]
) -> None:
    victim, mallory = chat.program("Victim", rooms=[ROOM]), moderator(chat, muted=True)
    victim.told()
    request_of = dict(request_of)
    mallory.ask(request_of.pop("type"), room=ROOM, **request_of)
    (error,) = mallory.told()
    assert (error["code"], error["message"]) == ("muted", MUTED)
    assert victim.told() == []


def test_a_muted_moderator_still_moderates(chat: Moderated) -> None:
    victim = chat.program("Victim")
    mallory = moderator(chat, muted=True)
    victim.ask("join", room=ROOM)
    victim.told()
    mallory.ask("kick", name="Victim", room=ROOM)
    assert [event["type"] for event in victim.told()] == ["moderated", "left"]
    mallory.ask("ban", who="Victim", room=ROOM)
    assert [event["type"] for event in mallory.told()][-1] == "done"


@pytest.mark.parametrize("line", ["/announce an insult", "/lock 1h an insult", "/kick Eve insult"])
def test_a_muted_operator_gives_no_text_either(chat: Moderated, line: str) -> None:
    alice, eve = chat.person("Alice", "operator"), chat.guest("Eve")
    chat.do(Restrict("mute", "name", "Alice"))
    readers: tuple[Guest, ...] = (alice, eve)
    for guest in readers:
        guest.heard()
    alice.say(line)
    assert alice.heard() == [f"! {MUTED}"]
    assert eve.heard() == []


def test_who_is_muted_on_the_server_sets_no_away_text_but_comes_back(chat: Moderated) -> None:
    gus, ann = chat.guest("Gus"), chat.program("Ann")
    gus.say("/away at lunch")
    chat.do(Restrict("mute", "name", "Gus"))
    gus.heard()
    gus.say("/away buy at evil.example")
    assert gus.heard() == [f"! {MUTED}"]
    gus.say("/away")
    assert gus.heard() == ["* Gus is back"]
    ann.told()
    ann.ask("tell", to="Gus", text="hello")
    assert [event["type"] for event in ann.told()] == ["told"]


def test_who_may_only_listen_sets_no_away_text() -> None:
    gus = Moderated("--names", "owned").guest("Gus")
    gus.heard()
    gus.say("/away buy at evil.example")
    (line,) = gus.heard()
    assert line.startswith("! Guests may only listen here")
    gus.say("/away")
    assert gus.heard() == ["* Gus is back"]


def test_who_is_muted_on_the_server_opens_no_room_whose_name_others_read(chat: Moderated) -> None:
    dave, gus, ann = chat.guest("Dave"), chat.guest("Gus"), chat.guest("Ann")
    dave.say("/join dev")
    chat.do(Restrict("mute", "name", "Gus"))
    gus.heard()
    gus.say("/join buy-at-evil.example")
    assert gus.heard() == [f"! {MUTED}"]
    gus.say("/join dev")
    gus.say("/join lobby")
    gus.say("/names")
    assert gus.heard()[-1] == "* In lobby: Ann, Gus"
    ann.heard()
    ann.say("/rooms")
    assert "evil" not in " ".join(ann.heard())
