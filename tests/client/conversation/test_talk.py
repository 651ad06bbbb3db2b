"""Private talks: what is typed there goes to one person."""

from __future__ import annotations

from typing import Any

from netchat.client.conversation.interfaces import OpenRoom
from netchat.dialects.jsonl import events as wire
from netchat.dialects.jsonl.state_events import Ignored
from netchat.model.requests import GetHistory, Say, Tell
from tests.support.conversations import NOON, ConversationHarness, clock

AT_NOON = f"[{clock(NOON)}] "
TIME = "2026-01-01T12:00:00.000Z"
TALKING = "* You talk with Bob now: what you type goes to Bob only"


def talking(**welcome: Any) -> ConversationHarness:
    """Return the conversation of Alice, to whom Bob has said "psst"."""
    harness = ConversationHarness(several_rooms=True)
    harness.log_in("Bob", "Bea", **welcome)
    harness.receive(told("psst", id=1 if welcome else None))
    harness.sends()
    return harness


def told(text: str, name: str = "Bob", to: str = "Alice", id: int | None = None) -> wire.Told:
    line = wire.Told(name, to, TIME, text)
    return line if id is None else wire.Told(name, to, TIME, text, id=id)


def test_a_private_line_is_shown_at_once_and_counted_until_the_user_goes_to_the_talk() -> None:
    harness = ConversationHarness(several_rooms=True)
    harness.log_in()
    assert harness.receive(told("psst")) == ["[Bob -> you] psst"]
    rooms = harness.conversation.rooms
    assert rooms.open_rooms[1] == OpenRoom("Bob", "talk", 1)
    assert harness.go_to("Bob") == [TALKING, f"(on entry) {AT_NOON}[Bob -> you] psst"]
    assert rooms.open_rooms[1] == OpenRoom("Bob", "talk", current=True)
    assert harness.receive(told("there?")) == ["[Bob -> you] there?"]
    assert rooms.open_rooms[1].unread == 0


def test_what_is_typed_in_a_talk_goes_to_that_person() -> None:
    harness = talking()
    harness.go_to("bo")
    assert harness.say("hi", "/me waves") == [
        Tell("Bob", "hi", nonce="1"),
        Tell("Bob", "* Alice waves", nonce="2"),
    ]
    harness.go_to("lobby")
    assert harness.say("hi all") == [Say("lobby", "hi all", nonce="3")]


def test_what_was_typed_in_the_talk_is_not_shown_again_but_what_was_said_elsewhere_is() -> None:
    harness = talking()
    harness.go_to("bob")
    harness.say("hi")
    answer = wire.Told("Alice", "Bob", TIME, "hi", nonce="1")
    assert harness.receive(answer) == []
    harness.say("/msg Bea you too")
    answer = wire.Told("Alice", "Bea", TIME, "you too", nonce="2")
    assert harness.receive(answer) == ["[you -> Bea] you too"]
    harness.go_to("lobby")
    assert harness.go_to("bob")[1:] == [
        f"(on entry) {AT_NOON}[Bob -> you] psst",
        f"(on entry) {AT_NOON}[you -> Bob] hi",
    ]


def test_an_owner_is_shown_what_the_server_keeps_and_what_comes_meanwhile_once() -> None:
    harness = talking(account=True)
    assert harness.go_to("Bob") == [TALKING]
    assert harness.sends()[0] == GetHistory(peer="Bob", limit=20)
    assert harness.receive(told("second", id=2), told("third", id=3)) == []
    lines = (told("first", "Alice", "Bob", id=1), told("second", id=2))
    assert harness.receive(wire.History("", lines, more=True, peer="Bob")) == [
        f"(on entry) {AT_NOON}[you -> Bob] first",
        f"(on entry) {AT_NOON}[Bob -> you] second",
        "[Bob -> you] third",
    ]
    harness.conversation.input.older()
    assert harness.sends() == [GetHistory(peer="Bob", before=1, limit=20)]
    nothing = "* Nothing is kept of what you and Bob said to each other"
    page = wire.History("", (), more=False, peer="Bob")
    assert harness.receive(page) == [f"{nothing} before that"]
    harness.say("/history 3")
    assert harness.receive(page) == [nothing]


def test_a_talk_begins_with_anybody_who_is_here() -> None:
    harness = ConversationHarness(several_rooms=True)
    harness.log_in("Bob", "Bea")
    assert harness.go_to("b") == ["! Bob and Bea begin with b; type more of the name."]
    assert harness.go_to("bob") == [TALKING]
    assert harness.go_to("zoe") == [
        "! No room or person here is called zoe; /join ROOM goes into a room."
    ]


def test_commands_about_a_room_are_refused_in_a_talk() -> None:
    harness = talking()
    harness.go_to("Bob")
    refusal = "! That is about a room, and this is a talk with Bob; go to a room first."
    assert harness.say("/names", "/topic tea", "/search x", "/topic") == []
    assert harness.frontend.new_events() == [refusal] * 4
    assert harness.say("/history 3") == [GetHistory(peer="Bob", limit=3)]


def test_to_close_a_talk_shows_the_room_before() -> None:
    harness = talking()
    harness.go_to("Bob")
    harness.say("/leave")
    assert harness.frontend.new_events() == ["* You are now in lobby"]
    assert [room.name for room in harness.conversation.rooms.open_rooms] == ["lobby"]


def test_the_talks_of_the_last_time_are_open() -> None:
    harness = ConversationHarness(several_rooms=True, rooms=("@Bob", "lobby"), room="lobby")
    harness.log_in()
    kinds = [(room.name, room.kind) for room in harness.conversation.rooms.open_rooms]
    assert kinds == [("Bob", "talk"), ("lobby", "room")]


def test_a_talk_follows_a_new_name() -> None:
    harness = talking()
    harness.go_to("Bob")
    assert harness.receive(wire.Renamed("Bob", "Bobby")) == ["* Bob is now Bobby"]
    assert harness.say("hi") == [Tell("Bobby", "hi", nonce="1")]


def test_others_cannot_open_talks_without_bound() -> None:
    harness = talking()
    harness.go_to("Bob")
    for number in range(100):
        harness.receive(told("spam", f"guest{number}"))
    talks = [room.name for room in harness.conversation.rooms.open_rooms if room.kind == "talk"]
    assert len(talks) == 50
    assert "Bob" in talks


def test_nothing_of_who_is_ignored_is_shown_or_counted() -> None:
    harness = talking()
    harness.receive(Ignored(("bob",)))
    harness.frontend.new_events()
    assert harness.receive(told("psst")) == []
    lines = [wire.Said("lobby", 1, TIME, "Bob", "hi"), wire.Said("lobby", 2, TIME, "Bea", "hi")]
    assert harness.receive(*lines) == ["Bea: hi"]
    harness.say("/history")
    assert harness.receive(wire.History("lobby", tuple(lines), more=False)) == [
        "-- earlier in lobby --",
        f"{AT_NOON}Bea: hi",
        "-- end of the earlier lines --",
    ]
    harness.receive(Ignored(()))
    assert harness.receive(told("psst")) == ["[Bob -> you] psst"]
