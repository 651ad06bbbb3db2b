"""Backfills of several rooms, and of rooms that a client leaves meanwhile."""

from __future__ import annotations

import pytest

from netchat.chat import actions
from netchat.chat.chat import Chat
from netchat.chat.delivery.backfill import PAGE, Start
from netchat.model.events import Closing
from tests.support.backfill import chat_with_lines, finish
from tests.support.listeners import JsonListener, ManualTurn, RecordingListener, SlowJournal

ROOMS = ("lobby", "dev", "ops")


def resuming(turn: ManualTurn) -> tuple[Chat, JsonListener, SlowJournal]:
    """Return a chat on `turn` in which a client has asked to resume three rooms, one line each."""
    journal = SlowJournal()
    chat = Chat(journal, later=turn.later, now=lambda: 0.0)
    bob = RecordingListener(chat, "Bob", None)
    for room in ROOMS:
        bob.room = bob.join(room)
        bob.say("one")
    turn.end()
    journal.settle()
    log = JsonListener(chat, "log", room=None)
    for room in ROOMS:
        log.join(room, Start(after=0))
    turn.end()
    return chat, log, journal


@pytest.mark.parametrize("closing", [Closing("flood", "Bye."), None])
def test_nothing_is_read_for_a_client_that_leaves_the_rooms_in_one_turn(
    closing: Closing | None,
) -> None:
    turn = ManualTurn()
    chat, log, journal = resuming(turn)
    journal.settle(1)
    log.participant.detached = closing is None
    log.leave_chat(closing)
    turn.end()
    page = journal.waiting.popleft()
    journal.settle(1)
    assert not journal.waiting
    page()
    assert log.ids == []
    assert [room for room in chat.rooms if room.tail or room.backfilling] == []
    assert len(chat._backfills) == 0


def test_a_page_that_cannot_be_read_before_the_other_rooms_are_entered_ends_all_backfills(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    turn = ManualTurn()
    chat, log, journal = resuming(turn)
    monkeypatch.setattr("netchat.chat.sequencer.MAX_EVENTS_PER_DRAIN", 1)
    journal.unreadable = True
    journal.settle()
    turn.end()
    journal.settle()
    turn.end()
    assert log.storage_errors == ["It cannot be read."]
    assert log.types == ["entered", "entered", "entered", "closing"]
    assert log.closed
    assert not log.failed
    assert [(room.names, room.occupancy) for room in chat.rooms] == [(("Bob",), 1)] * 3
    assert [room for room in chat.rooms if room.tail or room.backfilling] == []


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


def test_names_are_sent_after_the_last_backfill_if_the_first_has_missed_a_rename() -> None:
    chat, bob, journal = chat_with_lines(PAGE + 1)
    ann = RecordingListener(chat, "Ann", "dev")
    ann.say("in dev")
    journal.settle()
    log = JsonListener(chat, "log", after=0)
    log.join("dev", Start(after=0))
    journal.settle()
    actions.rename(chat, bob.participant, "Robert")
    finish(journal, log)
    ends = [(event["room"], event["names"]) for event in log.events if event["type"] == "names"]
    assert ends == [("lobby", ["Robert", "log"]), ("dev", ["Ann", "log"])]
    assert log.types[-3:] == ["said", "names", "names"]


def test_a_view_of_several_rooms_is_not_shared_with_a_member_who_is_live_in_both() -> None:
    turn = ManualTurn()
    chat, log, journal = resuming(turn)
    live = JsonListener(chat, "live", room=None)
    for room in ROOMS:
        live.join(room)
    bob = next(guest for guest in chat.participants if guest.name == "Bob")
    turn.end()
    journal.waiting.rotate(1)
    journal.settle(1)
    journal.settle(1)
    page = journal.waiting.popleft()
    for said_in in bob.requested_rooms:
        actions.say(chat, bob, said_in, "meanwhile")
    turn.end()
    journal.settle(1)
    assert (log.ids, live.ids) == ([], [2, 2, 2])
    page()
    finish(journal, log)
    assert [(event["room"], event["id"]) for event in log.events if event["type"] == "said"] == [
        (room, id) for room in ROOMS for id in (1, 2)
    ]
