"""The conversation without I/O: the requests it sends, and what the frontend shows."""

from __future__ import annotations

import time
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netchat import __version__
from netchat.client.conversation.decoder import Received
from netchat.client.conversation.login import MAX_LOGIN_BYTES
from netchat.dialects.jsonl import events as wire
from netchat.dialects.jsonl.message import Message
from netchat.model.requests import (
    Bye,
    GetHistory,
    GetNames,
    Hello,
    Join,
    Leave,
    Rename,
    Say,
    SetTopic,
    Tell,
)
from tests.support.client_fakes import CLIENT_ID
from tests.support.conversations import NOON, ConversationHarness, inside, said

AGENT = f"netchat/{__version__}"
WELCOME = "Welcome to chat room. Enter 'exit' anytime to exit"


def clock(seconds: float, form: str = "%H:%M") -> str:
    return time.strftime(form, time.localtime(seconds))


# Login and entry


def test_the_client_says_hello_at_once() -> None:
    assert ConversationHarness().sends() == [Hello("Alice", None, {}, CLIENT_ID, AGENT)]
    assert ConversationHarness(room="dev").sends() == [
        Hello("Alice", ("dev",), {}, CLIENT_ID, AGENT)
    ]


def test_a_hello_that_is_too_long_is_shortened_and_the_join_follows_the_welcome() -> None:
    name, room = "\U00010000" * 32, "\U00010001" * 50
    harness = ConversationHarness(name, room=room, after=7)
    (hello,) = harness.sends()
    assert len(msgspec.json.encode(hello)) <= MAX_LOGIN_BYTES
    assert hello == Hello(name, (), {}, CLIENT_ID)
    assert "in" in harness.log_in(last=7, room=room)
    assert harness.sends() == [Join(room, 7)]


def test_only_the_hello_is_sent_before_the_login() -> None:
    harness = ConversationHarness()
    harness.sends()
    assert harness.say("early") == []
    assert harness.log_in() == [f"(on entry) {WELCOME}", "in"]
    assert harness.sends() == [Say("lobby", "early", nonce="1")]
    assert harness.link_calls == ["entered"]


def test_the_motd_and_the_topic_are_shown_on_entry() -> None:
    harness = ConversationHarness()
    limits = wire.WelcomeLimits()
    shown = harness.receive(
        wire.Welcome("Alice", "s", 1, limits, ("Be kind.",)),
        wire.Entered("lobby", "breakfast", ("Alice",), 0),
    )
    assert shown == [
        f"(on entry) {WELCOME}",
        "(on entry) * Be kind.",
        "(on entry) * Topic: breakfast",
        "in",
    ]


def test_a_client_that_wants_no_history_requests_none_and_has_caught_up() -> None:
    harness = ConversationHarness()
    harness.sends()
    harness.log_in(last=9)
    assert harness.sends() == []
    harness = ConversationHarness()
    harness.receive(wire.Welcome("Alice", "s", 1, wire.WelcomeLimits()))
    harness.conversation.receive(Received(wire.Entered("lobby", "", (), 9), b""))
    assert "caught up" in harness.frontend.events


def test_the_history_is_requested_and_live_lines_are_shown_after_it() -> None:
    harness = ConversationHarness(history=50)
    harness.sends()
    harness.log_in(last=9)
    assert harness.sends() == [GetHistory("lobby", before=10, limit=50)]
    assert harness.receive(said(10, "Bob", "now"), wire.Joined("lobby", ("Carol",))) == []
    history = wire.History("lobby", (said(8, "Bob", "a"), said(9, "Alice", "b")), more=True)
    assert harness.receive(history) == [
        f"(on entry) [{clock(NOON)}] Bob: a",
        f"(on entry) [{clock(NOON)}] Alice: b",
        "Bob: now",
        "* Carol joined",
    ]


def test_lines_of_another_day_have_their_date() -> None:
    harness = ConversationHarness(history=50)
    harness.now = NOON + 86400
    harness.log_in(last=1)
    shown = harness.receive(wire.History("lobby", (said(1, "Bob", "a"),), more=False))
    assert shown[-1] == f"(on entry) [{clock(NOON, '%Y-%m-%d %H:%M')}] Bob: a"


def test_a_history_that_cannot_be_read_is_reported_and_live_lines_go_on() -> None:
    harness = ConversationHarness(history=50)
    harness.log_in(last=9)
    harness.receive(said(10, "Bob", "now"))
    assert harness.receive(wire.Error("storage", "It cannot be read.")) == [
        "Bob: now",
        "! It cannot be read.",
    ]


def test_a_history_that_never_arrives_does_not_hold_live_lines_back_for_ever() -> None:
    harness = ConversationHarness(history=50)
    harness.log_in(last=9)
    shown = harness.receive(*(said(10 + number, "Bob", str(number)) for number in range(10_001)))
    assert shown[:2] == ["! The history of this room did not arrive, and is not shown.", "Bob: 0"]
    assert shown[-1] == "Bob: 10000"
    assert harness.receive(wire.History("lobby", (said(9, "Bob", "late"),), more=False)) == []


def test_a_history_lost_with_the_connection_is_shown_after_the_reconnect() -> None:
    harness = ConversationHarness(history=2)
    harness.log_in(last=9)
    harness.say("mine")
    harness.receive(
        said(10, "Bob", "a"), said(11, "Alice", "mine", "2"), wire.Joined("lobby", ("Eve",))
    )
    harness.cut()
    assert harness.frontend.new_events() == ["* Eve joined"]
    harness.connect()
    assert harness.sends()[-1] == Hello("Alice", ("lobby",), {"lobby": 11}, CLIENT_ID, AGENT)
    assert harness.log_in(last=12) == ["in again"]
    assert harness.sends() == [GetHistory("lobby", before=10, limit=2)]
    assert harness.receive(said(12, "Bob", "b")) == []
    lines = (said(8, "Bob", "x"), said(9, "Bob", "y"))
    shown = harness.receive(wire.History("lobby", lines, more=True))
    texts = [line.partition("Bob: ")[2] for line in shown if "Bob: " in line]
    assert texts == ["x", "y", "a", "b"]


def test_a_history_of_a_room_that_the_user_has_left_is_not_shown_elsewhere() -> None:
    harness = ConversationHarness(history=50)
    harness.log_in(last=9)
    harness.say("/join dev")
    harness.receive(wire.Entered("dev", "", ("Alice",), 5))
    history = (said(9, "Bob", "in the lobby"),)
    assert harness.receive(wire.History("lobby", history, more=False)) == []
    assert harness.receive(said(6, "Eve", "now", room="dev")) == []
    there = (said(5, "Bob", "in dev", room="dev"),)
    assert harness.receive(wire.History("dev", there, more=False)) == [
        f"(on entry) [{clock(NOON)}] Bob: in dev",
        "Eve: now",
    ]


def test_lines_that_are_no_longer_kept_are_reported() -> None:
    harness = ConversationHarness(history=50)
    harness.log_in(last=9)
    assert harness.receive(wire.Gap("lobby", 1, 6)) == [
        "(on entry) * Lines 1 to 6 of lobby are no longer kept"
    ]
    assert harness.receive(wire.Gap("lobby", 7, 7, damaged=True)) == [
        "(on entry) * Line 7 of lobby cannot be read any more"
    ]


def test_a_refused_name_or_room_is_reported_with_the_reason() -> None:
    for code in ("name-taken", "bad-room"):
        harness = ConversationHarness(room="dev")
        error = wire.Error(code, "No.")
        harness.receive(error)
        assert harness.link_calls == [error]


def test_the_user_has_the_name_as_the_server_spells_it() -> None:
    harness = ConversationHarness("Zoe\u0308")
    harness.receive(wire.Welcome("Zoë", "s", 1, wire.WelcomeLimits()))
    assert harness.conversation.roster.name == "Zoë"


# Saying lines


def test_a_line_is_stored_when_it_comes_back_with_its_nonce_and_is_not_shown() -> None:
    harness = inside()
    assert harness.say("one", "/me waves") == [
        Say("lobby", "one", nonce="1"),
        Say("lobby", "waves", action=True, nonce="2"),
    ]
    assert harness.frontend.waiting == 2
    assert harness.receive(said(1, "Alice", "one", "1")) == []
    assert harness.frontend.waiting == 1


def test_a_line_that_is_too_long_for_the_server_is_refused_and_not_sent() -> None:
    harness = ConversationHarness()
    harness.log_in(line=10)
    harness.sends()
    assert harness.say("é" * 6, "/msg Bob " + "x" * 11, "x" * 10) == [
        Say("lobby", "x" * 10, nonce="1")
    ]
    assert harness.frontend.new_events() == [
        "! That line has 12 bytes, and the server takes 10; split it.",
        "! That line has 11 bytes, and the server takes 10; split it.",
    ]


def test_a_server_without_a_limit_gets_lines_of_any_length() -> None:
    harness = ConversationHarness()
    harness.log_in(line=0)
    harness.sends()
    assert len(harness.say("x" * 100_000)) == 1


def test_the_client_refuses_wrong_commands_and_answers_help_itself() -> None:
    harness = inside()
    assert harness.say("/nosuch", "/nick", "", "/help", "\udcff") == []
    shown = harness.frontend.new_events()
    assert shown[0] == "! There is no command /nosuch; try /help."
    assert shown[1].startswith("! Type it as /nick NAME")
    assert shown[2].startswith("* /help")
    assert shown[-1].startswith("! That is not UTF-8")


def test_a_private_message_is_sent_until_it_comes_back_and_is_shown_once() -> None:
    harness = inside()
    (tell,) = harness.say("/msg Bob psst")
    assert tell == Tell("Bob", "psst", nonce="1")
    harness.cut()
    harness.resume()
    assert harness.sends() == [tell]
    shown = wire.Told("Alice", "Bob", "t", "psst", "1")
    assert harness.receive(shown, shown) == ["[you -> Bob] psst"]
    assert harness.receive(wire.Told("Bob", "Alice", "t", "hm?")) == ["[Bob -> you] hm?"]


def test_a_refused_line_is_reported_and_not_sent_again() -> None:
    harness = inside()
    harness.say("one", "two")
    assert harness.receive(wire.Error("not-in-room", "You are not here.", "1")) == [
        "! You are not here."
    ]
    assert harness.frontend.waiting == 1
    harness.cut()
    harness.resume()
    assert harness.sends() == [Say("lobby", "two", nonce="2")]


def test_who_need_not_send_a_line_again_is_not_told_to() -> None:
    harness = inside()
    harness.say("one")
    error = wire.Error("storage", "It could not be stored; send it again later.", "1")
    assert harness.receive(error) == [
        "! It could not be stored. What you say is kept here, and is sent again by itself."
    ]


def test_a_line_that_cannot_be_stored_is_retried_after_longer_and_longer_pauses() -> None:
    harness = inside()
    (line,) = harness.say("one")
    error = wire.Error("storage", "The disk is full.", "1")
    for pause in (1, 2, 4, 8, 16, 30, 30):
        shown = harness.receive(error)
        assert shown == (
            ["! The disk is full. What you say is kept here, and is sent again by itself."]
            if pause == 1
            else []
        )
        assert harness.link_calls.pop() == pause
        assert harness.say("behind it") == []
        harness.conversation.retry()
        assert harness.sends()[0] == line
    assert harness.frontend.kinds == ["ServerProblem"]
    harness.receive(said(1, "Alice", "one", "1"))
    harness.say("more")
    harness.receive(wire.Error("storage", "The disk is full.", "9"))
    assert harness.link_calls.pop() == 1


def test_many_lines_that_cannot_be_stored_are_reported_once_and_keep_their_order() -> None:
    harness = inside()
    lines = harness.say("one", "two", "three")
    for nonce in ("1", "2", "3"):
        harness.receive(wire.Error("storage", "The disk is full.", nonce))
    assert harness.link_calls == [1]
    harness.conversation.retry()
    assert harness.sends() == lines


def test_a_rate_limited_client_slows_down_and_shows_nothing() -> None:
    harness = inside()
    (line,) = harness.say("one")
    assert harness.receive(wire.Error("too-fast", "Slow down.", "1")) == []
    assert harness.link_calls == [1]
    harness.conversation.retry()
    assert harness.sends() == [line]


# Reconnecting


def test_after_a_reconnect_the_client_sends_its_last_id_and_its_unstored_lines() -> None:
    harness = inside()
    harness.receive(said(1, "Bob", "a"), said(2, "Bob", "b"))
    lines = harness.say("one", "two")
    harness.receive(said(3, "Alice", "one", "1"))
    harness.cut()
    harness.say("three")
    harness.connect()
    assert harness.sends() == [Hello("Alice", ("lobby",), {"lobby": 3}, CLIENT_ID, AGENT)]
    assert harness.log_in(last=3) == ["in again"]
    assert harness.sends() == [lines[1], Say("lobby", "three", nonce="3")]


def test_missed_lines_are_shown_once_after_a_marker_with_the_time_of_the_loss() -> None:
    harness = inside()
    harness.receive(said(1, "Bob", "a"))
    harness.cut()
    harness.now += 600
    assert harness.resume(last=3) == ["in again"]
    assert harness.receive(said(1, "Bob", "a"), said(2, "Bob", "b"), said(3, "Bob", "c")) == [
        f"-- new since {clock(NOON)} --",
        f"[{clock(NOON)}] Bob: b",
        f"[{clock(NOON)}] Bob: c",
    ]
    assert harness.receive(said(4, "Bob", "d"), said(4, "Bob", "d")) == ["Bob: d"]


def test_own_lines_are_not_shown_again_whether_backfill_or_answer_comes_first() -> None:
    for answer_first in (True, False):
        harness = inside()
        harness.receive(said(1, "Bob", "a"))
        harness.say("mine", "mine")
        harness.cut()
        harness.resume(last=4)
        answers = [said(2, "Alice", "mine", "1"), said(4, "Alice", "mine", "2")]
        history = [said(2, "Alice", "mine"), said(3, "Bob", "b"), said(4, "Alice", "mine")]
        shown = (
            harness.receive(*answers, *history)
            if answer_first
            else harness.receive(*history, *answers)
        )
        assert shown == [f"-- new since {clock(NOON)} --", f"[{clock(NOON)}] Bob: b"]
        assert harness.frontend.waiting == 0
        assert harness.receive(said(5, "Bob", "c")) == ["Bob: c"]


def test_a_line_that_somebody_else_said_under_the_users_name_is_shown() -> None:
    harness = inside()
    harness.cut()
    harness.resume(last=1)
    assert harness.receive(said(1, "Alice", "not me"))[1:] == [f"[{clock(NOON)}] Alice: not me"]


def test_a_server_that_has_lost_its_journal_is_reported_and_read_from_there() -> None:
    harness = inside()
    harness.receive(said(1, "Bob", "a"), said(2, "Bob", "b"))
    harness.cut()
    assert harness.resume(last=1) == [
        "! The server has lost what was said in lobby; it begins anew.",
        "in again",
    ]
    assert harness.frontend.kinds[-1] == "ServerProblem"
    assert harness.receive(said(2, "Bob", "new")) == ["Bob: new"]


def test_the_client_says_to_which_journal_its_ids_belong() -> None:
    harness = inside("j1")
    harness.receive(said(1, "Bob", "a"))
    harness.cut()
    harness.connect()
    assert harness.sends() == [
        Hello("Alice", ("lobby",), {"lobby": 1}, CLIENT_ID, AGENT, journal="j1")
    ]
    assert harness.log_in(last=2, journal="j1") == ["in again"]
    assert harness.receive(said(2, "Bob", "b"))[1:] == [f"[{clock(NOON)}] Bob: b"]
    harness.say("/join dev")
    harness.receive(wire.Entered("dev", "", ("Alice",), 0))
    assert harness.say("/join lobby")[-1] == Join("lobby", 2, "j1")


@pytest.mark.parametrize("last", [1, 2, 3])
def test_another_journal_is_reported_and_its_lines_are_shown_once(last: int) -> None:
    harness = inside("j1", history=50)
    harness.receive(said(1, "Bob", "old"), said(2, "Bob", "old"))
    harness.cut()
    assert harness.resume(last=last, journal="j2") == [
        "! The server has another journal now; lobby begins anew.",
        "in again",
    ]
    assert harness.sends() == [GetHistory("lobby", before=last + 1, limit=500)]
    lines = tuple(said(number, "Bob", f"new {number}") for number in range(1, last + 1))
    shown = harness.receive(
        wire.Gap("lobby", 1, last),
        said(last + 1, "Bob", "live"),
        wire.History("lobby", lines, more=False),
        said(last + 2, "Bob", "next"),
    )
    earlier = [f"[{clock(NOON)}] Bob: new {number}" for number in range(1, last + 1)]
    assert shown == [*earlier, "Bob: live", "Bob: next"]
    assert harness.say("/join dev")[-1] == Join("dev")
    harness.receive(wire.Entered("dev", "", ("Alice",), 0))
    assert harness.say("/join lobby")[-1] == Join("lobby", last + 2, "j2")


def test_another_journal_without_lines_is_reported_and_unstored_lines_are_said_in_it() -> None:
    harness = inside("j1")
    harness.receive(said(1, "Bob", "old"))
    harness.say("mine")
    harness.cut()
    assert harness.resume(journal="j2") == [
        "! The server has another journal now; lobby begins anew.",
        "in again",
    ]
    assert harness.sends() == [Say("lobby", "mine", nonce="1")]
    shown = harness.receive(
        wire.Gap("lobby", 1, 0), said(1, "Alice", "mine", "1"), said(2, "Bob", "new")
    )
    assert shown == ["Bob: new"]


def test_of_another_journal_with_many_lines_the_last_ones_are_shown() -> None:
    harness = inside("j1")
    harness.receive(said(1, "Bob", "old"))
    harness.cut()
    harness.resume(last=900, journal="j2")
    lines = (said(899, "Bob", "a"), said(900, "Bob", "b"))
    shown = harness.receive(wire.Gap("lobby", 1, 900), wire.History("lobby", lines, more=True))
    assert shown == [
        "! 898 new lines of lobby before these: /history more shows them.",
        f"[{clock(NOON)}] Bob: a",
        f"[{clock(NOON)}] Bob: b",
    ]


def test_lines_that_another_journal_no_longer_keeps_are_reported() -> None:
    harness = inside("j1")
    harness.receive(said(1, "Bob", "old"))
    harness.cut()
    harness.resume(last=3, journal="j2")
    shown = harness.receive(
        wire.Gap("lobby", 1, 3),
        wire.Gap("lobby", 1, 2),
        wire.History("lobby", (said(3, "Bob", "c"),), more=False),
    )
    assert sorted(shown) == [
        "(on entry) * Lines 1 to 2 of lobby are no longer kept",
        f"[{clock(NOON)}] Bob: c",
    ]


def test_a_server_that_no_longer_names_its_journal_is_as_before() -> None:
    harness = inside("j1")
    harness.receive(said(1, "Bob", "a"))
    harness.cut()
    assert harness.resume(last=2) == ["in again"]
    assert harness.receive(said(2, "Bob", "b"))[1:] == [f"[{clock(NOON)}] Bob: b"]


def test_missed_lines_that_are_no_longer_kept_are_reported() -> None:
    harness = inside()
    harness.receive(said(1, "Bob", "a"))
    harness.cut()
    harness.resume(last=9)
    shown = harness.receive(wire.Gap("lobby", 2, 8), said(9, "Bob", "b"))
    assert shown[0] == "* Lines 2 to 8 of lobby are no longer kept"
    assert shown[-1] == f"[{clock(NOON)}] Bob: b"


def test_lines_that_a_server_leaves_out_are_noticed() -> None:
    harness = inside()
    assert harness.receive(said(1, "Bob", "a"), said(4, "Bob", "d")) == [
        "Bob: a",
        "! 2 lines did not come; /history shows them.",
        "Bob: d",
    ]


def test_questions_without_an_answer_before_the_loss_are_dropped_and_reported() -> None:
    harness = inside()
    harness.say("/names", "/nick Ali")
    harness.cut()
    assert harness.frontend.new_events() == [
        "! /names was not answered before the connection was lost; type it again.",
        "! /nick was not answered before the connection was lost; type it again.",
    ]
    harness.say("/names")
    harness.resume()
    assert harness.sends() == [GetNames("lobby")]


def test_after_a_rename_the_client_logs_in_with_the_new_name_and_knows_both() -> None:
    harness = inside()
    assert harness.say("/nick Ali") == [Rename("Ali")]
    assert harness.receive(wire.Renamed("Alice", "Ali")) == ["* Alice is now Ali"]
    harness.say("mine")
    harness.cut()
    harness.connect()
    login_requests = harness.sends()[0]
    assert isinstance(login_requests, Hello)
    assert login_requests.name == "Ali"
    harness.log_in(last=1)
    assert harness.receive(said(1, "Alice", "mine")) == []


# Rooms


def test_a_move_joins_the_new_room_and_then_leaves_the_old_one() -> None:
    harness = inside(history=50)
    assert harness.say("/join dev", "hello") == [Join("dev")]
    assert harness.receive(wire.Entered("dev", "code", ("Alice",), 0)) == [
        "* You are now in dev",
        "* Topic: code",
    ]
    assert harness.sends() == [Leave("lobby"), Say("dev", "hello", nonce="2")]
    assert harness.receive(said(1, "Bob", "in the lobby")) == []
    assert harness.receive(wire.Left("lobby", ("Alice",)), wire.Left("lobby", ("Bob",))) == []
    assert harness.receive(said(1, "Eve", "in dev", room="dev")) == ["Eve: in dev"]
    assert "Bob" not in harness.members()


@pytest.mark.parametrize("typed", ["LOBBY", "lobby", "ＬＯＢＢＹ", "l0bby", "lоbby"])
def test_a_return_to_a_room_shows_the_lines_missed_there(typed: str) -> None:
    harness = inside(history=50)
    harness.receive(said(1, "Bob", "a"))
    harness.say("/join dev")
    harness.receive(wire.Entered("dev", "", ("Alice",), 0), wire.Left("lobby", ("Alice",)))
    harness.receive(said(2, "Bob", "not heard"))
    harness.sends()
    assert harness.say(f"/join {typed}") == [Join("lobby", 1)]
    harness.receive(wire.Entered("lobby", "", ("Alice",), 2))
    assert harness.sends() == [Leave("dev")]
    assert harness.receive(said(2, "Bob", "missed"))[1:] == [f"[{clock(NOON)}] Bob: missed"]


def test_a_refused_join_leaves_the_user_in_the_current_room() -> None:
    harness = inside()
    harness.say("/names", "/join a:b", "hello")
    harness.receive(wire.Names("lobby", ("Bob", "Alice")))
    assert harness.sends() == []
    assert harness.receive(wire.Error("bad-room", "No such room.")) == ["! No such room."]
    assert harness.sends() == [Say("lobby", "hello", nonce="3")]


def test_a_reconnect_enters_the_room_that_the_user_was_about_to_join() -> None:
    harness = inside()
    harness.say("/join dev", "secret")
    harness.cut()
    harness.connect()
    assert harness.sends() == [Hello("Alice", ("dev",), {}, CLIENT_ID, AGENT)]
    harness.log_in(room="dev")
    assert harness.sends() == [Say("dev", "secret", nonce="2")]


def test_if_that_room_is_refused_a_reconnect_enters_the_one_before() -> None:
    harness = inside()
    harness.say("/join a:b")
    harness.cut()
    harness.connect()
    harness.receive(wire.Error("bad-room", "No such room."))
    harness.cut()
    harness.sends()
    harness.connect()
    assert harness.sends() == [Hello("Alice", ("lobby",), {"lobby": 0}, CLIENT_ID, AGENT)]


def test_the_client_answers_the_topic_itself() -> None:
    harness = inside()
    assert harness.say("/topic") == []
    assert harness.frontend.new_events() == ["* lobby has no topic"]
    assert harness.say("/topic tea", "/topic") == [SetTopic("lobby", "tea")]
    assert harness.receive(wire.Topic("lobby", "tea", "Alice")) == [
        "* Alice changed the topic to: tea",
        "* Topic: tea",
    ]


def test_with_an_id_and_no_room_the_lobby_is_joined_again_for_the_lines_above_the_id() -> None:
    harness = ConversationHarness(after=7)
    harness.sends()
    assert harness.log_in(last=9) == [f"(on entry) {WELCOME}"]
    assert harness.sends() == [Leave("lobby"), Join("lobby", 7)]
    harness.receive(wire.Left("lobby", ("Alice",)), wire.Entered("lobby", "", ("Alice",), 9))
    harness.receive(said(8, "Bob", "a"))
    assert "caught up" not in harness.frontend.events
    shown = harness.receive(said(9, "Bob", "b"))
    assert shown == [f"[{clock(NOON)}] Bob: b"]


def test_with_an_id_and_a_room_all_lines_above_the_id_are_shown() -> None:
    harness = ConversationHarness(room="dev", after=7)
    assert harness.sends() == [Hello("Alice", ("dev",), {"dev": 7}, CLIENT_ID, AGENT)]
    harness.log_in(last=8, room="dev")
    assert harness.receive(said(8, "Bob", "a", room="dev")) == [
        "-- new --",
        f"[{clock(NOON)}] Bob: a",
    ]


# Other events


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (wire.Joined("lobby", ("Ann", "Bob", "Cat", "Dan")), "* Ann, Bob and 2 others joined"),
        (wire.Left("lobby", ("Ann", "Bob")), "* Ann and Bob left"),
        (wire.Renamed("Carol", "Caz"), "* Carol is now Caz"),
        (wire.Topic("lobby", "", "Bob"), "* Bob removed the topic"),
        (wire.Names("lobby", ("Alice", "Bob")), "* In lobby: Alice, Bob"),
        (wire.Rooms((wire.Members("dev", 1), wire.Members("x", 3))), "* Rooms: dev (1), x (3)"),
        (wire.History("lobby", (), more=False), "* Nothing has been said in lobby yet"),
        (wire.Found("lobby", "x", (), more=False), "* Nothing in lobby has these words in it: x"),
        (wire.Error("no-such-user", "Nobody is called X."), "! Nobody is called X."),
    ],
)  # fmt: skip
def test_every_event_reads_as_in_the_text_dialect(event: Message, line: str) -> None:
    assert inside().receive(event) == [line]


def test_lines_of_a_history_and_of_a_search_have_their_time() -> None:
    harness = inside()
    timestamp = clock(NOON)
    harness.say("/history 2", "/search a")
    history = (said(1, "Bob", "a"), said(2, "Bob", "b"))
    assert harness.receive(wire.History("lobby", history, more=False)) == [
        f"[{timestamp}] Bob: a",
        f"[{timestamp}] Bob: b",
    ]
    assert harness.receive(wire.Found("lobby", "a", history[:1], more=False)) == [
        f"[{timestamp}] Bob: a"
    ]
    assert harness.receive(wire.Found("lobby", "a", history[:1], more=True))[1:] == [
        "* There may be more, from before that; /search more shows it"
    ]


def test_the_users_own_joins_and_leaves_are_not_shown() -> None:
    harness = inside()
    assert harness.receive(
        wire.Joined("lobby", ("Alice",)), wire.Joined("lobby", ("Alice", "Eve"))
    ) == ["* Eve joined"]


def test_joins_and_leaves_of_quiet_clients_are_not_shown() -> None:
    harness = inside()
    shown = harness.receive(
        wire.Joined("lobby", ("log",), quiet=True),
        wire.Left("lobby", ("log",), quiet=True),
        wire.Joined("lobby", ("Eve",)),
    )
    assert shown == ["* Eve joined"]


def test_the_roster_adds_who_speaks_or_joins_and_removes_who_leaves() -> None:
    harness = inside()
    harness.receive(
        said(1, "Carol", "hi"), wire.Joined("lobby", ("Dan",)), wire.Left("lobby", ("Bob",))
    )
    assert list(harness.members()) == ["Alice", "Carol", "Dan"]
    harness.receive(wire.Names("lobby", ("Eve",)))
    assert list(harness.members()) == ["Eve"]


def test_rooms_are_known_once_they_were_listed_or_visited() -> None:
    harness = inside()
    assert list(harness.conversation.roster.rooms) == ["lobby"]
    harness.receive(wire.Rooms((wire.Members("dev", 1), wire.Members("ops", 2))))
    assert set(harness.conversation.roster.rooms) == {"dev", "ops"}


def test_a_server_cannot_make_the_client_keep_names_or_rooms_without_bound() -> None:
    harness = inside()
    harness.receive(*(said(number, f"guest{number}", "hi") for number in range(1, 2000)))
    assert len(harness.members()) == 1000
    for number in range(210):
        harness.say(f"/join room{number}")
        harness.receive(wire.Entered(f"room{number}", "", (), 5))
    harness.sends()
    assert harness.say("/join room208") == [Join("room208", 5)]
    harness.receive(wire.Entered("room208", "", (), 5))
    harness.sends()
    assert harness.say("/join room3") == [Join("room3", None)]


# Leaving


@pytest.mark.parametrize("words", ["exit", "/quit", " Exit "])
def test_the_goodbye_is_sent_when_all_is_stored_and_nothing_is_sent_after_it(words: str) -> None:
    harness = inside()
    assert harness.say("one", words, "late") == [Say("lobby", "one", nonce="1")]
    assert harness.conversation.leaving
    harness.receive(said(1, "Alice", "one", "1"))
    assert harness.sends() == [Bye()]
    closing = wire.Closing("bye", "", None)
    harness.receive(closing)
    assert harness.link_calls == [closing]


def test_the_goodbye_waits_for_the_reconnect_if_lines_have_to_be_sent_again() -> None:
    harness = inside()
    harness.say("one")
    harness.conversation.leave()
    harness.cut()
    harness.resume()
    assert harness.sends() == [Say("lobby", "one", nonce="1")]
    harness.receive(said(1, "Alice", "one", "1"))
    assert harness.sends() == [Bye()]


EVENTS = st.sampled_from(
    [
        wire.Welcome("Alice", "s", 1, wire.WelcomeLimits()),
        *(wire.Entered(room, "", ("Alice",), last) for room in ("lobby", "dev") for last in (0, 5)),
        *(said(number, "Bob", "hi") for number in range(4)),
        *(said(3, "Alice", "say", nonce) for nonce in "123"),
        *(wire.Error(code, "No.", "1") for code in ("storage", "too-fast", "nonce-reused")),
        *(wire.Error(code, "No.") for code in ("bad-room", "storage", "name-taken")),
        wire.Told("Bob", "Alice", "t", "psst"),
        wire.Told("Alice", "Bob", "t", "psst", "2"),
        wire.Gap("lobby", 1, 3),
        wire.Gap("nowhere", 1, 3),
        wire.History("lobby", (said(1, "Bob", "a"),), more=False),
        wire.Found("dev", "x", (), more=False),
        wire.Renamed("Alice", "Ali"),
        wire.Left("lobby", ("Alice",)),
        wire.Names("dev", ("Bob",)),
        wire.Pong(),
        wire.Closing("shutdown", "Bye.", 5),
        wire.Closing("bye", "", None),
    ]
)
TYPED = st.sampled_from(["say", "/names", "/join dev", "/nick Ali", "/topic", "/msg Bob x", "exit"])


@given(st.lists(st.sampled_from(["cut", "wake"]) | EVENTS | TYPED.map(lambda line: (line,))))
def test_no_sequence_of_events_from_a_server_raises(steps: list[Any]) -> None:
    harness = ConversationHarness(room="dev", history=50)
    for step in steps:
        if step == "cut":
            harness.cut()
            harness.connect()
        elif step == "wake":
            harness.conversation.retry()
        elif isinstance(step, tuple):
            harness.conversation.input.say(*step)
        else:
            harness.receive(step)
