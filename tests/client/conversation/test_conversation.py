"""The talk without I/O: what is sent, and what the front is told."""

from __future__ import annotations

import time
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netchat import __version__
from netchat.client.conversation.conversation import Conversation
from netchat.client.conversation.decoder import Inbox, Received
from netchat.client.conversation.login import LONGEST_HELLO, Aim
from netchat.dialects.jsonl import events as wire
from netchat.model.requests import (
    Bye,
    GetHistory,
    GetNames,
    Hello,
    Join,
    Leave,
    Rename,
    Request,
    Say,
    SetTopic,
    Tell,
)
from tests.support.client_fakes import CLIENT, Notebook

NOON = 1_767_268_800.0
AGENT = f"netchat/{__version__}"
WELCOME = "Welcome to chat room. Enter 'exit' anytime to exit"


def clock(seconds: float, form: str = "%H:%M") -> str:
    return time.strftime(form, time.localtime(seconds))


def said(number: int, name: str, text: str, nonce: str = "", room: str = "lobby") -> wire.Said:
    """Return a line said at noon."""
    time = "2026-01-01T12:00:00.000Z"
    return wire.Said(room, number, time, name, text, nonce=nonce or msgspec.UNSET)


class Talk:
    """A conversation, and a server that says what the test says."""

    def __init__(self, name: str = "Alice", **aim: Any) -> None:
        self.front = Notebook()
        self.now = NOON
        self.conversation = Conversation(Aim(name, CLIENT, **aim), self.front, lambda: self.now)
        self.sent: list[Request] = []
        self.told: list[object] = []
        self.connect()

    def connect(self) -> None:
        self.inbox = Inbox()
        self.conversation.connected(self)

    def cut(self) -> None:
        self.conversation.lost()

    def hear(self, *events: wire.Message) -> list[str]:
        """Let the server tell `events`; return what the front was told."""
        for event in events:
            for received in self.inbox.feed(msgspec.json.encode(event) + b"\n"):
                assert isinstance(received, Received)
                self.conversation.receive(received)
        return self.front.news()

    def log_in(
        self, *names: str, last: int = 0, room: str = "lobby", topic: str = "", line: int = 4096
    ) -> list[str]:
        name = self.conversation.company.name
        welcome = wire.Welcome(name, "netchat/test", 1, wire.WelcomeLimits(line=line))
        return self.hear(welcome, wire.Entered(room, topic, (*(names or ("Bob",)), name), last))

    def come_back(self, last: int = 0, room: str = "lobby") -> list[str]:
        self.connect()
        self.sends()
        return self.log_in(last=last, room=room)

    def say(self, *lines: str) -> list[Request]:
        """Type `lines`; return what was sent for them."""
        for line in lines:
            self.conversation.say(line)
        return self.sends()

    def sends(self) -> list[Request]:
        """Return what was sent since the last call."""
        sent, self.sent = self.sent, []
        return sent

    def send(self, request: Request) -> None:
        self.sent.append(request)

    def entered(self) -> None:
        self.told.append("entered")

    def refused(self, error: wire.Error) -> None:
        self.told.append(error)

    def closing(self, closing: wire.Closing) -> None:
        self.told.append(closing)

    def wake_in(self, seconds: float) -> None:
        self.told.append(seconds)


def inside(**aim: Any) -> Talk:
    """Return a talk that is in the lobby, where nothing was said yet."""
    talk = Talk(**aim)
    talk.log_in()
    talk.sends()
    talk.told.clear()
    return talk


# Entering


def test_the_hello_is_said_at_once() -> None:
    assert Talk().sends() == [Hello("Alice", None, {}, CLIENT, AGENT)]
    assert Talk(room="dev").sends() == [Hello("Alice", ("dev",), {}, CLIENT, AGENT)]


def test_a_hello_that_would_be_too_long_says_less_and_the_room_comes_behind_it() -> None:
    name, room = "\U00010000" * 32, "\U00010001" * 50
    talk = Talk(name, room=room, after=7)
    hello, join = talk.sends()
    assert len(msgspec.json.encode(hello)) <= LONGEST_HELLO
    assert hello == Hello(name, (), {}, CLIENT)
    assert join == Join(room, 7)
    assert "in" in talk.log_in(last=7, room=room)


def test_nothing_but_the_hello_is_sent_before_we_are_in() -> None:
    talk = Talk()
    talk.sends()
    assert talk.say("early") == []
    assert talk.log_in() == [f"(recalled) {WELCOME}", "in"]
    assert talk.sends() == [Say("lobby", "early", nonce="1")]
    assert talk.told == ["entered"]


def test_the_motd_and_the_topic_are_read_on_entering() -> None:
    talk = Talk()
    limits = wire.WelcomeLimits()
    told = talk.hear(
        wire.Welcome("Alice", "s", 1, limits, ("Be kind.",)),
        wire.Entered("lobby", "breakfast", ("Alice",), 0),
    )
    assert told == [
        f"(recalled) {WELCOME}",
        "(recalled) * Be kind.",
        "(recalled) * Topic: breakfast",
        "in",
    ]


def test_who_does_not_want_the_past_does_not_ask_for_it_and_has_caught_up() -> None:
    talk = Talk()
    talk.sends()
    talk.log_in(last=9)
    assert talk.sends() == []
    talk = Talk()
    talk.hear(wire.Welcome("Alice", "s", 1, wire.WelcomeLimits()))
    talk.conversation.receive(Received(wire.Entered("lobby", "", (), 9), b""))
    assert "caught up" in talk.front.events


def test_the_past_is_asked_for_and_what_is_said_meanwhile_comes_behind_it() -> None:
    talk = Talk(past=50)
    talk.sends()
    talk.log_in(last=9)
    assert talk.sends() == [GetHistory("lobby", before=10, limit=50)]
    assert talk.hear(said(10, "Bob", "now"), wire.Joined("lobby", ("Carol",))) == []
    history = wire.History("lobby", (said(8, "Bob", "a"), said(9, "Alice", "b")), more=True)
    assert talk.hear(history) == [
        f"(recalled) [{clock(NOON)}] Bob: a",
        f"(recalled) [{clock(NOON)}] Alice: b",
        "Bob: now",
        "* Carol joined",
    ]


def test_lines_of_another_day_have_their_date() -> None:
    talk = Talk(past=50)
    talk.now = NOON + 86400
    talk.log_in(last=1)
    (told,) = talk.hear(wire.History("lobby", (said(1, "Bob", "a"),), more=False))
    assert told == f"(recalled) [{clock(NOON, '%Y-%m-%d %H:%M')}] Bob: a"


def test_a_past_that_cannot_be_read_is_told_and_the_present_goes_on() -> None:
    talk = Talk(past=50)
    talk.log_in(last=9)
    talk.hear(said(10, "Bob", "now"))
    assert talk.hear(wire.Error("storage", "It cannot be read.")) == [
        "Bob: now",
        "! It cannot be read.",
    ]


def test_a_past_that_never_comes_does_not_hold_the_present_for_ever() -> None:
    talk = Talk(past=50)
    talk.log_in(last=9)
    told = talk.hear(*(said(10 + number, "Bob", str(number)) for number in range(10_001)))
    assert told[:2] == ["! What was said before does not come, and is not shown.", "Bob: 0"]
    assert told[-1] == "Bob: 10000"
    assert talk.hear(wire.History("lobby", (said(9, "Bob", "late"),), more=False)) == []


def test_a_past_that_has_not_come_before_a_cut_is_told_after_it_with_all_else() -> None:
    talk = Talk(past=2)
    talk.log_in(last=9)
    talk.say("mine")
    talk.hear(said(10, "Bob", "a"), said(11, "Alice", "mine", "2"), wire.Joined("lobby", ("Eve",)))
    talk.cut()
    assert talk.front.news() == ["* Eve joined"]
    talk.connect()
    assert talk.sends()[-1] == Hello("Alice", ("lobby",), {"lobby": 7}, CLIENT, AGENT)
    assert talk.log_in(last=11) == ["in again"]
    assert talk.sends() == []
    lines = [said(8, "Bob", "x"), said(9, "Bob", "y"), said(10, "Bob", "a")]
    told = talk.hear(*lines, said(11, "Alice", "mine"), said(12, "Bob", "b"))
    assert [line.partition("Bob: ")[2] for line in told[1:]] == ["x", "y", "a", "b"]


def test_a_past_of_a_room_that_one_has_left_meanwhile_is_not_shown_elsewhere() -> None:
    talk = Talk(past=50)
    talk.log_in(last=9)
    talk.say("/join dev")
    talk.hear(wire.Entered("dev", "", ("Alice",), 5))
    past = (said(9, "Bob", "in the lobby"),)
    assert talk.hear(wire.History("lobby", past, more=False)) == []
    assert talk.hear(said(6, "Eve", "now", room="dev")) == []
    there = (said(5, "Bob", "in dev", room="dev"),)
    assert talk.hear(wire.History("dev", there, more=False)) == [
        f"(recalled) [{clock(NOON)}] Bob: in dev",
        "Eve: now",
    ]


def test_what_is_not_kept_of_the_past_is_named() -> None:
    talk = Talk(past=50)
    talk.log_in(last=9)
    assert talk.hear(wire.Gap("lobby", 1, 6)) == [
        "(recalled) * Lines 1 to 6 of lobby are no longer kept"
    ]
    assert talk.hear(wire.Gap("lobby", 7, 7, damaged=True)) == [
        "(recalled) * Line 7 of lobby cannot be read any more"
    ]


def test_a_name_and_a_room_that_are_refused_are_told_with_the_reason() -> None:
    for code in ("name-taken", "bad-room"):
        talk = Talk(room="dev")
        error = wire.Error(code, "No.")
        talk.hear(error)
        assert talk.told == [error]


def test_the_name_is_ours_as_the_server_writes_it() -> None:
    talk = Talk("Zoe\u0308")
    talk.hear(wire.Welcome("Zoë", "s", 1, wire.WelcomeLimits()))
    assert talk.conversation.company.name == "Zoë"


# Saying


def test_a_line_is_stored_when_it_comes_back_with_its_nonce_and_is_not_shown() -> None:
    talk = inside()
    assert talk.say("one", "/me waves") == [
        Say("lobby", "one", nonce="1"),
        Say("lobby", "waves", action=True, nonce="2"),
    ]
    assert talk.front.waiting == 2
    assert talk.hear(said(1, "Alice", "one", "1")) == []
    assert talk.front.waiting == 1


def test_a_line_that_is_too_long_for_the_server_is_refused_and_not_sent() -> None:
    talk = Talk()
    talk.log_in(line=10)
    talk.sends()
    assert talk.say("é" * 6, "/msg Bob " + "x" * 11, "x" * 10) == [
        Say("lobby", "x" * 10, nonce="1")
    ]
    assert talk.front.news() == [
        "! That line has 12 bytes, and the server takes 10; split it.",
        "! That line has 11 bytes, and the server takes 10; split it.",
    ]


def test_a_server_without_a_limit_takes_any_line() -> None:
    talk = Talk()
    talk.log_in(line=0)
    talk.sends()
    assert len(talk.say("x" * 100_000)) == 1


def test_what_makes_no_sense_is_refused_here_and_help_is_ours() -> None:
    talk = inside()
    assert talk.say("/nosuch", "/nick", "", "/help", "\udcff") == []
    told = talk.front.news()
    assert told[0] == "! There is no command /nosuch; try /help."
    assert told[1].startswith("! Type it as /nick NAME")
    assert told[2].startswith("* /help")
    assert told[-1].startswith("! That is not UTF-8")


def test_a_private_line_is_sent_until_it_is_told_and_told_once() -> None:
    talk = inside()
    (tell,) = talk.say("/msg Bob psst")
    assert tell == Tell("Bob", "psst", nonce="1")
    talk.cut()
    talk.come_back()
    assert talk.sends() == [tell]
    told = wire.Told("Alice", "Bob", "t", "psst", "1")
    assert talk.hear(told, told) == ["[you -> Bob] psst"]
    assert talk.hear(wire.Told("Bob", "Alice", "t", "hm?")) == ["[Bob -> you] hm?"]


def test_a_refused_line_is_told_and_not_sent_again() -> None:
    talk = inside()
    talk.say("one", "two")
    assert talk.hear(wire.Error("not-in-room", "You are not here.", "1")) == ["! You are not here."]
    assert talk.front.waiting == 1
    talk.cut()
    talk.come_back()
    assert talk.sends() == [Say("lobby", "two", nonce="2")]


def test_a_line_that_cannot_be_stored_is_tried_again_after_longer_and_longer_pauses() -> None:
    talk = inside()
    (line,) = talk.say("one")
    error = wire.Error("storage", "The disk is full.", "1")
    for pause in (1, 2, 4, 8, 16, 30, 30):
        told = talk.hear(error)
        assert told == (
            ["! The disk is full. What you say is kept here, and is sent again by itself."]
            if pause == 1
            else []
        )
        assert talk.told.pop() == pause
        assert talk.say("behind it") == []
        talk.conversation.wake()
        assert talk.sends()[0] == line
    assert talk.front.kinds == ["Alarm"]
    talk.hear(said(1, "Alice", "one", "1"))
    talk.say("more")
    talk.hear(wire.Error("storage", "The disk is full.", "9"))
    assert talk.told.pop() == 1


def test_many_lines_that_cannot_be_stored_are_one_trouble_and_keep_their_order() -> None:
    talk = inside()
    lines = talk.say("one", "two", "three")
    for nonce in ("1", "2", "3"):
        talk.hear(wire.Error("storage", "The disk is full.", nonce))
    assert talk.told == [1]
    talk.conversation.wake()
    assert talk.sends() == lines


def test_who_is_too_fast_is_slower_and_is_not_told() -> None:
    talk = inside()
    (line,) = talk.say("one")
    assert talk.hear(wire.Error("too-fast", "Slow down.", "1")) == []
    assert talk.told == [1]
    talk.conversation.wake()
    assert talk.sends() == [line]


# Coming back


def test_after_a_cut_we_say_what_we_know_and_send_again_what_may_not_be_stored() -> None:
    talk = inside()
    talk.hear(said(1, "Bob", "a"), said(2, "Bob", "b"))
    lines = talk.say("one", "two")
    talk.hear(said(3, "Alice", "one", "1"))
    talk.cut()
    talk.say("three")
    talk.connect()
    assert talk.sends() == [Hello("Alice", ("lobby",), {"lobby": 3}, CLIENT, AGENT)]
    assert talk.log_in(last=3) == ["in again"]
    assert talk.sends() == [lines[1], Say("lobby", "three", nonce="3")]


def test_what_was_missed_is_shown_once_behind_a_mark_that_says_since_when() -> None:
    talk = inside()
    talk.hear(said(1, "Bob", "a"))
    talk.cut()
    talk.now += 600
    assert talk.come_back(last=3) == ["in again"]
    assert talk.hear(said(1, "Bob", "a"), said(2, "Bob", "b"), said(3, "Bob", "c")) == [
        f"-- new since {clock(NOON)} --",
        f"[{clock(NOON)}] Bob: b",
        f"[{clock(NOON)}] Bob: c",
    ]
    assert talk.hear(said(4, "Bob", "d"), said(4, "Bob", "d")) == ["Bob: d"]


def test_own_lines_are_not_shown_again_whether_the_past_or_the_answer_comes_first() -> None:
    for answer_first in (True, False):
        talk = inside()
        talk.hear(said(1, "Bob", "a"))
        talk.say("mine", "mine")
        talk.cut()
        talk.come_back(last=4)
        answers = [said(2, "Alice", "mine", "1"), said(4, "Alice", "mine", "2")]
        past = [said(2, "Alice", "mine"), said(3, "Bob", "b"), said(4, "Alice", "mine")]
        told = talk.hear(*answers, *past) if answer_first else talk.hear(*past, *answers)
        assert told == [f"-- new since {clock(NOON)} --", f"[{clock(NOON)}] Bob: b"]
        assert talk.front.waiting == 0
        assert talk.hear(said(5, "Bob", "c")) == ["Bob: c"]


def test_what_somebody_else_said_under_our_name_is_shown() -> None:
    talk = inside()
    talk.cut()
    talk.come_back(last=1)
    assert talk.hear(said(1, "Alice", "not me"))[1:] == [f"[{clock(NOON)}] Alice: not me"]


def test_a_server_that_has_lost_its_journal_is_told_and_read_from_there() -> None:
    talk = inside()
    talk.hear(said(1, "Bob", "a"), said(2, "Bob", "b"))
    talk.cut()
    assert talk.come_back(last=1) == [
        "! The server has lost what was said in lobby; it begins anew.",
        "in again",
    ]
    assert talk.front.kinds[-1] == "Alarm"
    assert talk.hear(said(2, "Bob", "new")) == ["Bob: new"]


def test_what_is_no_longer_kept_of_what_was_missed_is_named() -> None:
    talk = inside()
    talk.hear(said(1, "Bob", "a"))
    talk.cut()
    talk.come_back(last=9)
    told = talk.hear(wire.Gap("lobby", 2, 8), said(9, "Bob", "b"))
    assert told[0] == "* Lines 2 to 8 of lobby are no longer kept"
    assert told[-1] == f"[{clock(NOON)}] Bob: b"


def test_lines_that_a_server_leaves_out_are_noticed() -> None:
    talk = inside()
    assert talk.hear(said(1, "Bob", "a"), said(4, "Bob", "d")) == [
        "Bob: a",
        "! 2 lines did not come; /history shows them.",
        "Bob: d",
    ]


def test_questions_that_were_not_answered_before_a_cut_are_dropped_with_a_word() -> None:
    talk = inside()
    talk.say("/names", "/nick Ali")
    talk.cut()
    assert talk.front.news() == [
        "! /names was not answered before the connection was lost; type it again.",
        "! /nick was not answered before the connection was lost; type it again.",
    ]
    talk.say("/names")
    talk.come_back()
    assert talk.sends() == [GetNames("lobby")]


def test_the_new_name_is_the_one_to_come_back_with_and_both_are_ours() -> None:
    talk = inside()
    assert talk.say("/nick Ali") == [Rename("Ali")]
    assert talk.hear(wire.Renamed("Alice", "Ali")) == ["* Alice is now Ali"]
    talk.say("mine")
    talk.cut()
    talk.connect()
    hello = talk.sends()[0]
    assert isinstance(hello, Hello)
    assert hello.name == "Ali"
    talk.log_in(last=1)
    assert talk.hear(said(1, "Alice", "mine")) == []


# Rooms


def test_one_moves_by_joining_the_new_room_and_then_leaving_the_old() -> None:
    talk = inside(past=50)
    assert talk.say("/join dev", "hello") == [Join("dev")]
    assert talk.hear(wire.Entered("dev", "code", ("Alice",), 0)) == [
        "* You are now in dev",
        "* Topic: code",
    ]
    assert talk.sends() == [Leave("lobby"), Say("dev", "hello", nonce="2")]
    assert talk.hear(said(1, "Bob", "in the lobby")) == []
    assert talk.hear(wire.Left("lobby", ("Alice",)), wire.Left("lobby", ("Bob",))) == []
    assert talk.hear(said(1, "Eve", "in dev", room="dev")) == ["Eve: in dev"]
    assert "Bob" not in talk.conversation.company.people


def test_whoever_comes_back_into_a_room_is_told_what_was_said_meanwhile() -> None:
    talk = inside(past=50)
    talk.hear(said(1, "Bob", "a"))
    talk.say("/join dev")
    talk.hear(wire.Entered("dev", "", ("Alice",), 0), wire.Left("lobby", ("Alice",)))
    talk.hear(said(2, "Bob", "not heard"))
    talk.sends()
    assert talk.say("/join LOBBY") == [Join("lobby", 1)]
    talk.hear(wire.Entered("lobby", "", ("Alice",), 2))
    assert talk.sends() == [Leave("dev")]
    assert talk.hear(said(2, "Bob", "missed"))[1:] == [f"[{clock(NOON)}] Bob: missed"]


def test_a_room_that_cannot_be_had_leaves_us_where_we_are() -> None:
    talk = inside()
    talk.say("/names", "/join a:b", "hello")
    talk.hear(wire.Names("lobby", ("Bob", "Alice")))
    assert talk.sends() == []
    assert talk.hear(wire.Error("bad-room", "No such room.")) == ["! No such room."]
    assert talk.sends() == [Say("lobby", "hello", nonce="3")]


def test_the_room_that_one_was_going_to_is_the_one_to_come_back_to() -> None:
    talk = inside()
    talk.say("/join dev", "secret")
    talk.cut()
    talk.connect()
    assert talk.sends() == [Hello("Alice", ("dev",), {}, CLIENT, AGENT)]
    talk.log_in(room="dev")
    assert talk.sends() == [Say("dev", "secret", nonce="2")]


def test_if_that_room_cannot_be_had_it_is_the_one_before() -> None:
    talk = inside()
    talk.say("/join a:b")
    talk.cut()
    talk.connect()
    talk.hear(wire.Error("bad-room", "No such room."))
    talk.cut()
    talk.sends()
    talk.connect()
    assert talk.sends() == [Hello("Alice", ("lobby",), {"lobby": 0}, CLIENT, AGENT)]


def test_the_topic_is_known_here() -> None:
    talk = inside()
    assert talk.say("/topic") == []
    assert talk.front.news() == ["* lobby has no topic"]
    assert talk.say("/topic tea", "/topic") == [SetTopic("lobby", "tea")]
    assert talk.hear(wire.Topic("lobby", "tea", "Alice")) == [
        "* Alice changed the topic to: tea",
        "* Topic: tea",
    ]


def test_with_an_id_and_no_room_the_lobby_is_entered_again_to_hear_all_above_that_id() -> None:
    talk = Talk(after=7)
    talk.sends()
    assert talk.log_in(last=9) == [f"(recalled) {WELCOME}"]
    assert talk.sends() == [Leave("lobby"), Join("lobby", 7)]
    talk.hear(wire.Left("lobby", ("Alice",)), wire.Entered("lobby", "", ("Alice",), 9))
    talk.hear(said(8, "Bob", "a"))
    assert "caught up" not in talk.front.events
    told = talk.hear(said(9, "Bob", "b"))
    assert told == [f"[{clock(NOON)}] Bob: b"]


def test_with_an_id_and_a_room_all_above_that_id_is_heard() -> None:
    talk = Talk(room="dev", after=7)
    assert talk.sends() == [Hello("Alice", ("dev",), {"dev": 7}, CLIENT, AGENT)]
    talk.log_in(last=8, room="dev")
    assert talk.hear(said(8, "Bob", "a", room="dev")) == [
        "-- new --",
        f"[{clock(NOON)}] Bob: a",
    ]


# What else there is to hear


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
def test_everything_reads_as_in_the_text_dialect(event: wire.Message, line: str) -> None:
    assert inside().hear(event) == [line]


def test_lines_that_were_asked_for_and_found_have_their_time() -> None:
    talk = inside()
    stamp = clock(NOON)
    talk.say("/history 2", "/search a")
    past = (said(1, "Bob", "a"), said(2, "Bob", "b"))
    assert talk.hear(wire.History("lobby", past, more=False)) == [
        f"[{stamp}] Bob: a",
        f"[{stamp}] Bob: b",
    ]
    assert talk.hear(wire.Found("lobby", "a", past[:1], more=False)) == [f"[{stamp}] Bob: a"]
    assert talk.hear(wire.Found("lobby", "a", past[:1], more=True))[1:] == [
        "* There may be more, from before that"
    ]


def test_our_own_coming_and_going_is_no_news() -> None:
    talk = inside()
    assert talk.hear(wire.Joined("lobby", ("Alice",)), wire.Joined("lobby", ("Alice", "Eve"))) == [
        "* Eve joined"
    ]


def test_who_speaks_comes_or_goes_is_known_or_forgotten() -> None:
    talk = inside()
    talk.hear(said(1, "Carol", "hi"), wire.Joined("lobby", ("Dan",)), wire.Left("lobby", ("Bob",)))
    assert list(talk.conversation.company.people) == ["Alice", "Carol", "Dan"]
    talk.hear(wire.Names("lobby", ("Eve",)))
    assert list(talk.conversation.company.people) == ["Eve"]


def test_rooms_are_known_once_they_were_listed_or_visited() -> None:
    talk = inside()
    assert list(talk.conversation.company.rooms) == ["lobby"]
    talk.hear(wire.Rooms((wire.Members("dev", 1), wire.Members("ops", 2))))
    assert set(talk.conversation.company.rooms) == {"dev", "ops"}


def test_a_server_cannot_make_us_remember_names_or_rooms_without_end() -> None:
    talk = inside()
    talk.hear(*(said(number, f"guest{number}", "hi") for number in range(1, 2000)))
    assert len(talk.conversation.company.people) == 1000
    for number in range(30):
        talk.say(f"/join room{number}")
        talk.hear(wire.Entered(f"room{number}", "", (), 5))
    talk.sends()
    assert talk.say("/join room28") == [Join("room28", 5)]
    talk.hear(wire.Entered("room28", "", (), 5))
    talk.sends()
    assert talk.say("/join room3") == [Join("room3", None)]


# Leaving


@pytest.mark.parametrize("words", ["exit", "/quit", " Exit "])
def test_the_goodbye_is_said_when_all_is_stored_and_nothing_is_said_behind_it(words: str) -> None:
    talk = inside()
    assert talk.say("one", words, "late") == [Say("lobby", "one", nonce="1")]
    assert talk.conversation.leaving
    talk.hear(said(1, "Alice", "one", "1"))
    assert talk.sends() == [Bye()]
    closing = wire.Closing("bye", "", None)
    talk.hear(closing)
    assert talk.told == [closing]


def test_the_goodbye_is_said_on_the_next_connection_if_lines_have_to_be_sent_again() -> None:
    talk = inside()
    talk.say("one")
    talk.conversation.leave()
    talk.cut()
    talk.come_back()
    assert talk.sends() == [Say("lobby", "one", nonce="1")]
    talk.hear(said(1, "Alice", "one", "1"))
    assert talk.sends() == [Bye()]


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
def test_whatever_a_server_tells_in_whatever_order_nothing_breaks(steps: list[Any]) -> None:
    talk = Talk(room="dev", past=50)
    for step in steps:
        if step == "cut":
            talk.cut()
            talk.connect()
        elif step == "wake":
            talk.conversation.wake()
        elif isinstance(step, tuple):
            talk.conversation.say(*step)
        else:
            talk.hear(step)
