"""Several rooms at once: one is shown, the others are counted, and shown on the way in."""

from __future__ import annotations

from typing import Any

import msgspec

from netchat.client.conversation.backlog import MAX_LINES
from netchat.client.conversation.interfaces import OpenRoom
from netchat.dialects.jsonl import events as wire
from netchat.dialects.jsonl import state_events as state
from netchat.model.requests import GetHistory, Hello, Join, Leave, Say, SetTopic
from tests.support.client_fakes import CLIENT_ID
from tests.support.conversations import AGENT, NOON, ConversationHarness, clock, said

MARKER = f"-- new since {clock(NOON)} --"
AT_NOON = f"[{clock(NOON)}] "


def in_rooms(*others: str, **target: Any) -> ConversationHarness:
    """Return a conversation in the lobby, which is shown, and in `others`."""
    harness = ConversationHarness(several_rooms=True, **target)
    harness.log_in()
    for room in others:
        harness.say(f"/join {room}")
        harness.receive(wire.Entered(room, "", ("Alice", "Bob"), 0))
    harness.go_to("lobby")
    harness.sends()
    harness.frontend.new_events()
    return harness


def unread(harness: ConversationHarness) -> dict[str, tuple[int, int]]:
    rooms = harness.conversation.rooms.open_rooms
    return {room.name: (room.unread, room.mentions) for room in rooms}


def test_a_join_goes_to_the_new_room_and_stays_in_the_old_one() -> None:
    harness = ConversationHarness(several_rooms=True)
    harness.log_in()
    harness.sends()
    assert harness.say("/join dev", "hello") == [Join("dev")]
    assert harness.receive(wire.Entered("dev", "", ("Alice",), 0)) == ["* You are now in dev"]
    assert harness.sends() == [Say("dev", "hello", nonce="2")]
    assert harness.frontend.rooms_shown == ["lobby", "dev"]
    assert harness.conversation.rooms.open_rooms == (
        OpenRoom("lobby", members=2),
        OpenRoom("dev", members=1, current=True),
    )


def test_lines_of_a_room_that_is_not_shown_are_counted_and_shown_on_the_way_in() -> None:
    harness = in_rooms("dev")
    assert (
        harness.receive(said(1, "Bob", "one", room="dev"), said(2, "Bob", "two", room="dev")) == []
    )
    assert unread(harness) == {"lobby": (0, 0), "dev": (2, 0)}
    assert harness.go_to("dev") == [
        "* You are now in dev",
        MARKER,
        f"{AT_NOON}Bob: one",
        f"{AT_NOON}Bob: two",
    ]
    assert unread(harness) == {"lobby": (0, 0), "dev": (0, 0)}
    assert harness.receive(said(3, "Bob", "three", room="dev")) == ["Bob: three"]
    assert harness.go_to("lobby") == ["* You are now in lobby"]
    assert harness.go_to("dev") == ["* You are now in dev"]


def test_a_mention_in_a_room_that_is_not_shown_is_told_at_once() -> None:
    harness = in_rooms("dev")
    assert harness.receive(said(1, "Bob", "lunch, alice?", room="dev")) == [
        "mentioned in dev: Bob: lunch, alice?"
    ]
    assert unread(harness)["dev"] == (1, 1)


def test_who_comes_and_goes_in_a_room_that_is_not_shown_is_only_recorded() -> None:
    harness = in_rooms("dev")
    assert harness.receive(wire.Joined("dev", ("Eve",)), wire.Topic("dev", "code", "Bob")) == []
    assert harness.conversation.rooms.open_rooms[1] == OpenRoom("dev", members=3, topic="code")
    assert harness.go_to("dev") == ["* You are now in dev", "* Bob changed the topic to: code"]


def test_of_many_lines_the_last_are_kept_and_the_others_come_from_the_server() -> None:
    harness = in_rooms("dev")
    count = MAX_LINES + 50
    harness.receive(*(said(n, "Bob", str(n), room="dev") for n in range(1, count + 1)))
    assert unread(harness)["dev"] == (count, 0)
    assert harness.go_to("dev") == ["* You are now in dev"]
    assert harness.sends() == [GetHistory("dev", before=51, limit=500)]
    assert harness.receive(said(count + 1, "Bob", "live", room="dev")) == []
    page = tuple(said(n, "Bob", str(n), room="dev") for n in range(1, 51))
    shown = harness.receive(wire.History("dev", page, more=False))
    assert shown[0] == MARKER
    assert shown[1:-1] == [f"{AT_NOON}Bob: {n}" for n in range(1, count + 1)]
    assert shown[-1] == "Bob: live"


def test_what_the_user_has_typed_is_not_shown_as_new_when_they_come_back() -> None:
    harness = in_rooms("dev")
    harness.go_to("dev")
    harness.say("mine")
    harness.go_to("lobby")
    lines = [said(1, "Alice", "mine", "3", room="dev")]
    lines += [said(n, "Bob", str(n), room="dev") for n in range(2, MAX_LINES + 3)]
    harness.receive(*lines)
    harness.go_to("dev")
    page = (said(1, "Alice", "mine", room="dev"), said(2, "Bob", "2", room="dev"))
    shown = harness.receive(wire.History("dev", page, more=False))
    assert not any("mine" in line for line in shown)
    assert shown[1] == f"{AT_NOON}Bob: 2"


def test_while_the_lines_are_awaited_the_user_may_go_away_and_come_back() -> None:
    harness = in_rooms("dev", history=50)
    harness.receive(wire.Entered("dev", "", ("Alice",), 0))
    harness.say("/join ops")
    harness.receive(wire.Entered("ops", "", ("Alice",), 9))
    assert harness.sends()[-1] == GetHistory("ops", before=10, limit=50)
    harness.receive(said(10, "Bob", "live", room="ops"))
    harness.go_to("lobby")
    assert unread(harness)["ops"] == (1, 0)
    page = (said(9, "Bob", "old", room="ops"),)
    assert harness.receive(wire.History("ops", page, more=True)) == []
    harness.go_to("ops")
    assert harness.sends() == [GetHistory("ops", before=10, limit=50)]
    assert harness.receive(wire.History("ops", page, more=True)) == [
        f"(on entry) {AT_NOON}Bob: old",
        MARKER,
        f"{AT_NOON}Bob: live",
    ]


SUMMARY = "* In lobby: 5 people (Ann, Bob, Carol and 2 others); topic: breakfast"
OTHERS = ("Ann", "Bob", "Carol", "Dave")


def test_who_is_in_the_room_and_its_topic_are_told_behind_its_earlier_lines() -> None:
    harness = ConversationHarness(several_rooms=True, history=50)
    shown = harness.log_in(*OTHERS, last=2, topic="breakfast")
    assert not [event for event in shown if "people" in event]
    harness.receive(wire.Joined("lobby", ("Tom",)))
    page = (said(1, "Bob", "one"), said(2, "Bob", "two"))
    assert harness.receive(wire.History("lobby", page, more=False)) == [
        f"(on entry) {AT_NOON}Bob: one",
        f"(on entry) {AT_NOON}Bob: two",
        SUMMARY,
        "* Tom joined",
    ]
    entered = wire.Entered("dev", "code", ("Alice", "Bob"), 1)
    harness.say("/join dev")
    assert harness.receive(entered) == ["* You are now in dev"]
    one = said(1, "Bob", "one", room="dev")
    assert harness.receive(wire.History("dev", (one,), more=False)) == [
        f"(on entry) {AT_NOON}Bob: one",
        "* In dev: Alice, Bob; topic: code",
    ]
    assert harness.go_to("lobby") == ["* You are now in lobby"]


def test_who_is_in_the_room_is_told_once_if_the_user_goes_away_before_its_lines_arrive() -> None:
    harness = ConversationHarness(several_rooms=True, history=50)
    harness.log_in(*OTHERS, last=2, topic="breakfast")
    harness.say("/join dev")
    harness.receive(wire.Entered("dev", "", ("Alice",), 0))
    harness.go_to("lobby")
    page = (said(1, "Bob", "one"), said(2, "Bob", "two"))
    shown = harness.receive(wire.History("lobby", page, more=False))
    assert shown[-1] == SUMMARY
    assert shown.count(SUMMARY) == 1


def test_without_other_people_and_a_topic_nothing_is_told_of_the_room() -> None:
    harness = ConversationHarness(several_rooms=True, history=50)
    assert not [event for event in harness.log_in("Bob") if "lobby" in event]


def test_what_was_read_on_another_device_is_not_counted() -> None:
    harness = in_rooms("dev")
    harness.receive(said(1, "Bob", "one", room="dev"), said(2, "Bob", "two", room="dev"))
    harness.receive(state.Read("dev", 1))
    assert unread(harness)["dev"] == (1, 0)
    harness.receive(state.Read("dev", 2))
    assert unread(harness)["dev"] == (0, 0)


def test_a_room_of_the_last_time_shows_how_much_was_said_since_it_was_read() -> None:
    harness = ConversationHarness(
        several_rooms=True, rooms=("lobby", "dev"), room="lobby", history=50
    )
    harness.log_in(account=True)
    assert harness.sends()[-1] == Join("dev", nonce="rejoin")
    harness.receive(wire.Entered("dev", "", ("Alice",), 90), state.Read("dev", 20))
    assert unread(harness) == {"lobby": (0, 0), "dev": (70, 0)}
    harness.go_to("dev")
    assert harness.sends() == [GetHistory("dev", before=91, limit=70)]


def test_the_rooms_of_the_last_time_are_opened_in_their_order_one_after_the_other() -> None:
    harness = ConversationHarness(several_rooms=True, rooms=("ops", "lobby", "dev"), room="lobby")
    assert harness.sends() == [Hello("Alice", ("lobby",), {}, CLIENT_ID, AGENT)]
    harness.log_in()
    assert harness.sends() == [Join("ops", nonce="rejoin")]
    harness.receive(wire.Entered("ops", "", ("Alice",), 3))
    assert harness.sends() == [Join("dev", nonce="rejoin")]
    harness.receive(wire.Entered("dev", "", ("Alice",), 0))
    assert harness.sends() == []
    assert list(unread(harness)) == ["ops", "lobby", "dev"]
    assert harness.frontend.rooms_shown == ["lobby"]


def test_a_room_that_is_refused_is_told_and_the_others_are_joined() -> None:
    harness = ConversationHarness(several_rooms=True, rooms=("ops", "lobby", "dev"), room="lobby")
    harness.log_in()
    refused = wire.Error("banned", "You are banned from ops.", "rejoin")
    assert harness.receive(refused) == ["! You are banned from ops."]
    assert harness.sends()[-1] == Join("dev", nonce="rejoin")
    assert list(unread(harness)) == ["lobby", "dev"]


def test_after_a_reconnect_each_room_goes_on_where_it_was() -> None:
    harness = in_rooms("dev")
    harness.receive(said(1, "Bob", "a"), said(1, "Bob", "x", room="dev"))
    harness.cut()
    harness.connect()
    assert harness.sends() == [Hello("Alice", ("lobby",), {"lobby": 1}, CLIENT_ID, AGENT)]
    harness.log_in(last=1)
    assert harness.sends() == [Join("dev", 1, nonce="rejoin")]
    harness.receive(wire.Entered("dev", "", ("Alice", "Bob"), 2), said(2, "Bob", "y", room="dev"))
    assert unread(harness)["dev"] == (2, 0)
    assert harness.go_to("dev")[1:] == [MARKER, f"{AT_NOON}Bob: x", f"{AT_NOON}Bob: y"]


def test_a_line_goes_to_the_room_in_which_it_was_typed() -> None:
    harness = in_rooms("dev")
    harness.cut()
    harness.say("in the lobby")
    harness.go_to("dev")
    harness.say("in dev")
    harness.go_to("lobby")
    harness.say("in the lobby again")
    harness.connect()
    harness.log_in()
    assert harness.sends()[1:] == [
        Join("dev", 0, nonce="rejoin"),
        Say("lobby", "in the lobby", nonce="2"),
    ]
    harness.receive(wire.Entered("dev", "", ("Alice",), 0))
    assert harness.sends() == [
        Say("dev", "in dev", nonce="3"),
        Say("lobby", "in the lobby again", nonce="4"),
    ]


def test_a_join_that_is_lost_with_the_connection_is_sent_again_with_what_follows() -> None:
    harness = in_rooms()
    harness.say("/join DEV", "hello")
    harness.cut()
    harness.connect()
    harness.log_in()
    assert harness.sends()[1:] == [Join("DEV")]
    harness.receive(wire.Entered("dev", "", ("Alice",), 0))
    assert harness.sends() == [Say("dev", "hello", nonce="2")]
    assert harness.conversation.rooms.current is harness.conversation.rooms.timeline("dev")


def test_what_was_typed_for_a_room_that_is_refused_is_said_nowhere_else() -> None:
    harness = in_rooms()
    assert harness.say("/join secret", "hello") == [Join("secret")]
    harness.receive(wire.Error("banned", "You are banned from secret."))
    assert harness.sends() == [Say("secret", "hello", nonce="2")]


def test_to_leave_shows_the_room_before_and_what_was_said_goes_first() -> None:
    harness = in_rooms("dev", "ops")
    harness.go_to("dev")
    assert harness.say("bye", "/leave")[:1] == [Say("dev", "bye", nonce="3")]
    assert harness.frontend.rooms_shown[-1] == "lobby"
    assert list(unread(harness)) == ["lobby", "ops"]
    assert harness.receive(wire.Left("dev", ("Alice",))) == ["* You are now in lobby"]
    assert harness.say("/leave ops") == [Leave("ops")]
    harness.receive(wire.Left("ops", ("Alice",)))
    assert list(unread(harness)) == ["lobby"]
    assert harness.say("/leave") == [Leave("lobby")]
    assert harness.frontend.new_events() == ["* You are in no room; /join ROOM goes into one"]
    assert harness.say("/leave") == []
    assert harness.frontend.new_events() == ["! You are in no room; /join ROOM goes into one."]


def test_who_is_removed_from_a_room_stays_in_the_others() -> None:
    harness = in_rooms("dev")
    assert harness.receive(wire.Left("lobby", ("Alice",))) == [
        "* You are now in dev",
        "removed from lobby",
    ]
    assert harness.say("hi") == [Say("dev", "hi", nonce="2")]
    assert harness.receive(wire.Left("dev", ("Alice",))) == ["removed from dev"]
    assert harness.say("hi") == []
    assert harness.frontend.new_events() == ["! You are in no room; /join ROOM goes into one."]


def test_a_change_of_the_figures_is_told_once_for_each_input() -> None:
    harness = in_rooms("dev")
    before = harness.frontend.changes
    harness.receive(said(1, "Bob", "one", room="dev"), said(2, "Bob", "two", room="dev"))
    harness.conversation.report_changes()
    harness.conversation.report_changes()
    assert harness.frontend.changes == before + 1


def test_commands_are_about_the_room_in_which_they_were_typed() -> None:
    harness = in_rooms("dev")
    harness.go_to("dev")
    assert harness.say("/topic code") == [SetTopic("dev", "code")]


def test_a_program_in_one_room_leaves_it_for_another() -> None:
    harness = ConversationHarness()
    harness.log_in()
    harness.say("/join dev")
    harness.receive(wire.Entered("dev", "", ("Alice",), 0))
    assert harness.sends()[-1] == Leave("lobby")
    assert [room.name for room in harness.conversation.rooms.open_rooms] == ["dev"]


def test_of_very_many_lines_missed_while_offline_the_last_are_shown_when_all_are_here() -> None:
    harness = in_rooms()
    harness.receive(said(1, "Bob", "1"))
    harness.say("mine", "late")
    harness.cut()
    assert harness.resume(last=901) == ["in again"]
    mine, late = harness.sends()
    assert (mine, late) == (Say("lobby", "mine", nonce="1"), Say("lobby", "late", nonce="2"))
    own = {300: said(300, "Alice", "mine", "1"), 301: said(301, "Alice", "late", "2")}
    lines = [own.get(number) or said(number, "Bob", str(number)) for number in range(2, 902)]
    assert harness.receive(*lines[:-1]) == []
    assert harness.receive(lines[-1]) == []
    assert harness.sends() == [GetHistory("lobby", before=702, limit=500)]
    page = tuple(msgspec.structs.replace(line, nonce=msgspec.UNSET) for line in lines[200:700])
    shown = harness.receive(wire.History("lobby", page, more=True))
    assert shown[:2] == [
        "! 200 new lines of lobby before these: PageUp or /older shows them.",
        MARKER,
    ]
    others = [number for number in range(202, 902) if number not in own]
    assert shown[2:] == [f"{AT_NOON}Bob: {number}" for number in others]
    assert harness.receive(said(902, "Bob", "live")) == ["Bob: live"]
    harness.conversation.input.older()
    assert harness.sends() == [GetHistory("lobby", before=202, limit=500)]


def test_a_connection_lost_while_very_many_lines_are_awaited_loses_none() -> None:
    harness = in_rooms("dev")
    harness.receive(said(1, "Bob", "1"))
    harness.cut()
    harness.resume(last=901)
    harness.receive(*(said(number, "Bob", str(number)) for number in range(2, 801)))
    harness.cut()
    assert harness.go_to("dev") == ["* You are now in dev"]
    assert harness.go_to("lobby") == [
        "* You are now in lobby",
        "! What was said in lobby is shown when the connection is back.",
    ]
    harness.resume(last=901)
    harness.sends()
    shown = harness.receive(*(said(number, "Bob", str(number)) for number in range(801, 902)))
    page = tuple(said(number, "Bob", str(number)) for number in range(101, 601))
    shown += harness.receive(wire.History("lobby", page, more=True))
    assert [line for line in shown if "Bob: " in line] == [
        f"{AT_NOON}Bob: {number}" for number in range(101, 902)
    ]


def test_a_user_may_go_away_and_come_back_while_very_many_lines_are_awaited() -> None:
    harness = in_rooms("dev")
    harness.receive(said(1, "Bob", "1"))
    harness.cut()
    harness.resume(last=901)
    lines = [said(number, "Bob", str(number)) for number in range(2, 902)]
    harness.receive(*lines[:300])
    harness.go_to("dev")
    harness.receive(*lines[300:400])
    assert unread(harness)["lobby"] == (400, 0)
    assert harness.go_to("lobby") == ["* You are now in lobby"]
    harness.sends()
    harness.receive(*lines[400:])
    assert harness.sends() == [GetHistory("lobby", before=702, limit=500)]
