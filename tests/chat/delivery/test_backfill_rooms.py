"""Backfills of several rooms, and of rooms that a client leaves meanwhile."""

from __future__ import annotations

from netchat.chat import actions
from netchat.chat.delivery.backfill import PAGE, Start
from tests.support.backfill import chat_with_lines, finish
from tests.support.listeners import JsonListener


def test_backfills_of_several_rooms_are_sent_one_after_the_other() -> None:
    chat, bob, journal = chat_with_lines(2 * PAGE)
    bob.room = bob.join("dev")
    bob.say("in dev")
    journal.settle()
    log = JsonListener(chat, "log", after=0)
    log.join("dev", Start(after=0))
    finish(journal, log)
    rooms = [event["room"] for event in log.events if event["type"] == "said"]
    assert rooms == ["lobby"] * 2 * PAGE + ["dev"]
    assert not log.paused


def test_a_leave_ends_a_backfill_and_nothing_more_of_the_room_is_sent() -> None:
    chat, bob, journal = chat_with_lines(PAGE + 1)
    log = JsonListener(chat, "log", after=0)
    journal.settle()
    bob.say("meanwhile")
    assert log.room is not None
    actions.leave(chat, log.participant, log.room)
    bob.say("after the leave")
    finish(journal, log)
    assert log.ids == [*range(1, PAGE + 1)]
    assert log.types[-1] == "left"
    assert not log.paused
    assert log.room.tail is None


def test_the_next_backfill_begins_when_a_client_leaves_the_room_of_the_first() -> None:
    chat, bob, journal = chat_with_lines(PAGE + 1)
    actions.say(chat, bob.participant, bob.join("dev"), "in dev")
    journal.settle()
    log = JsonListener(chat, "log", after=0)
    log.join("dev", Start(after=0))
    assert log.room is not None
    journal.settle(2)
    page = journal.waiting.popleft()
    actions.leave(chat, log.participant, log.room)
    finish(journal, log)
    page()
    assert log.types == ["entered", "entered", "left", "said"]
    assert not log.paused


def test_a_client_that_joins_again_during_a_backfill_receives_each_line_once() -> None:
    chat, bob, journal = chat_with_lines(PAGE + 1)
    log = JsonListener(chat, "log", after=0)
    journal.settle()
    assert log.room is not None
    actions.leave(chat, log.participant, log.room)
    log.join("lobby", Start(after=PAGE))
    journal.settle(2)
    bob.say("meanwhile")
    finish(journal, log)
    assert log.ids == list(range(1, PAGE + 3))


def test_a_guest_in_several_rooms_is_sent_a_rename_once_and_the_names_at_the_end() -> None:
    chat, bob, journal = chat_with_lines(PAGE + 1)
    dev = bob.join("dev")
    journal.settle()
    log = JsonListener(chat, "log", after=0)
    log.join("dev")
    journal.settle()
    actions.rename(chat, bob.participant, "Robert")
    journal.settle()
    assert log.types[-1] == "renamed"
    finish(journal, log)
    assert log.types.count("renamed") == 1
    names = [event["names"] for event in log.events if event["type"] == "names"]
    assert names == [["Robert", "log"], ["Robert", "log"]]
    assert dev.names == ("Robert", "log")


def test_a_rename_in_backfilled_rooms_alone_is_sent_live_to_a_guest_in_several_rooms() -> None:
    chat, bob, journal = chat_with_lines(PAGE + 1)
    log = JsonListener(chat, "log", after=0)
    log.join("dev")
    journal.settle()
    actions.rename(chat, bob.participant, "Robert")
    journal.settle()
    assert log.types[-1] == "renamed"
    finish(journal, log)
    assert log.types.count("renamed") == 1
