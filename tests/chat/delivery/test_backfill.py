"""Backfill: a client that names the last line it has receives the rest once, then live lines."""

from __future__ import annotations

import pytest

from netchat.chat import actions
from netchat.chat.delivery.backfill import PAGE, Start
from netchat.dialects.jsonl import dialect as jsonl
from netchat.model.events import Closing, Event, Past
from tests.support.backfill import chat_with_lines, finish
from tests.support.listeners import JsonListener, RecordingListener


class BrokenDialect:
    """JSON lines, but earlier lines cannot be rendered."""

    name = "broken"

    of_programs = True

    def render(self, event: Event) -> bytes:
        if isinstance(event, Past):
            raise ValueError(event)
        return jsonl.render(event)

    def echo(self, event: Event) -> bytes:
        return jsonl.echo(event)

    def on_other_device(self, event: Event) -> bytes:
        return jsonl.on_other_device(event)


def test_pages_are_sent_one_at_a_time_as_fast_as_the_client_reads() -> None:
    chat, _, journal = chat_with_lines(3 * PAGE)
    log = JsonListener(chat, "log", after=0)
    journal.settle()
    assert log.ids == list(range(1, PAGE + 1))
    assert not journal.waiting
    log.drain()
    journal.settle()
    assert log.ids == list(range(1, 2 * PAGE + 1))


def test_the_next_page_waits_until_the_client_has_taken_the_last() -> None:
    class OrderListener(JsonListener):
        """Records how many lines it had received when it was asked to say when it has read all."""

        def when_drained(self, call: object) -> None:
            received.append(len(self.ids))

    received: list[int] = []
    chat, _, journal = chat_with_lines(2 * PAGE)
    OrderListener(chat, "log", after=0)
    journal.settle()
    assert received == [PAGE]


def test_lines_said_during_a_backfill_follow_it_without_a_gap() -> None:
    chat, bob, journal = chat_with_lines(PAGE + 1)
    log = JsonListener(chat, "log", after=0)
    journal.settle()
    bob.say("meanwhile")
    journal.settle()
    log.drain()
    bob.say("while it is looked up")
    journal.settle()
    log.drain()
    journal.settle()
    bob.say("live")
    journal.settle()
    assert log.ids == list(range(1, PAGE + 5))
    assert not log.on_drained


@pytest.mark.parametrize("tail", [1, 1000])
def test_a_backfill_of_a_room_that_is_never_silent_ends_soon(
    tail: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("netchat.chat.delivery.tail.MAX_BYTES", tail)
    chat, bob, journal = chat_with_lines(2 * PAGE)
    log = JsonListener(chat, "log", after=0)
    journal.settle(1)
    steps = 0
    while log.paused:
        bob.say("one more")
        steps += 1
        assert steps < 10
        journal.settle(2)
        log.drain()
    bob.say("live")
    journal.settle()
    assert log.ids == list(range(1, chat.get_or_create_room("lobby").last + 1))


def test_further_pages_are_read_when_more_is_said_meanwhile_than_the_tail_holds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("netchat.chat.delivery.tail.MAX_BYTES", 300)
    chat, bob, journal = chat_with_lines(1)
    log = JsonListener(chat, "log", after=0)
    journal.settle(1)
    page = journal.waiting.popleft()
    for number in range(10):
        bob.say(f"meanwhile {number}")
    journal.settle()
    page()
    assert log.ids == [1]
    finish(journal, log)
    assert log.ids == list(range(1, 12))


def test_input_is_paused_from_the_join_to_the_end_of_the_backfill() -> None:
    chat, bob, journal = chat_with_lines(PAGE + 1)
    log = JsonListener(chat, "log", after=0)
    assert log.paused
    journal.settle()
    assert log.paused
    finish(journal, log)
    assert not log.paused
    assert log.participant.in_flight == 0
    assert not bob.paused


@pytest.mark.parametrize("after", [1, 2])
def test_a_client_that_misses_nothing_is_live_at_once(after: int) -> None:
    chat, bob, journal = chat_with_lines(1)
    log = JsonListener(chat, "log", after=after)
    journal.settle()
    assert not log.paused
    assert log.room is not None
    assert log.room.tail is None
    bob.say("live")
    journal.settle()
    assert log.ids == [2]


def test_what_happens_during_a_backfill_keeps_its_place_between_the_lines() -> None:
    chat, bob, journal = chat_with_lines(2 * PAGE)
    log = JsonListener(chat, "log", after=PAGE - 1)
    journal.settle(1)
    carol = RecordingListener(chat, "Carol")
    carol.say("I am here")
    carol.leave_chat()
    page = journal.waiting.popleft()
    assert bob.room is not None
    actions.set_topic(chat, bob.participant, bob.room, "fish")
    actions.rename(chat, bob.participant, "Robert")
    bob.say("the last")
    journal.settle()
    assert log.types == ["entered"]
    page()
    finish(journal, log)
    assert log.ids == list(range(PAGE, 2 * PAGE + 3))
    assert log.types[-6:] == ["joined", "said", "left", "topic", "renamed", "said"]


def test_the_names_and_the_topic_are_sent_when_more_happens_than_the_tail_holds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    chat, bob, journal = chat_with_lines(1)
    monkeypatch.setattr("netchat.chat.delivery.tail.MAX_BYTES", 350)
    log = JsonListener(chat, "log", after=0)
    journal.settle(1)
    page = journal.waiting.popleft()
    assert bob.room is not None
    actions.set_topic(chat, bob.participant, bob.room, "fish")
    carol = RecordingListener(chat, "Carol")
    RecordingListener(chat, "Dave").leave_chat()
    carol.say("I am here")
    journal.settle()
    page()
    finish(journal, log)
    assert log.types == ["entered", "said", "topic", "said", "names"]
    assert log.events[-1]["names"] == ["Bob", "log", "Carol"]
    assert log.events[2]["text"] == "fish"


def test_others_notice_nothing_of_a_backfill() -> None:
    chat, bob, journal = chat_with_lines(PAGE + 1)
    carol = RecordingListener(chat, "Carol")
    log = JsonListener(chat, "log", after=0)
    journal.settle(2)
    carol.writes.clear()
    bob.say("meanwhile")
    journal.settle()
    assert carol.received == ["Bob: meanwhile"]
    finish(journal, log)
    assert carol.received == ["Bob: meanwhile"]
    assert bob.received == ["* Carol joined", "* log joined"]


def test_the_tail_is_kept_only_while_a_member_is_backfilled() -> None:
    chat, bob, journal = chat_with_lines(PAGE + 1)
    first, second = JsonListener(chat, "first", after=0), JsonListener(chat, "second", after=0)
    journal.settle()
    assert bob.room is not None
    finish(journal, first)
    assert bob.room.tail is not None
    finish(journal, second)
    assert bob.room.tail is None
    assert first.ids == second.ids == list(range(1, PAGE + 2))


def test_a_gap_is_announced_for_lines_that_are_deleted_in_the_middle_of_a_backfill() -> None:
    chat, bob, journal = chat_with_lines(PAGE + 10, keep=PAGE + 10)
    log = JsonListener(chat, "log", after=0)
    journal.settle()
    for number in range(PAGE + 5):
        bob.say(f"meanwhile {number}")
    finish(journal, log)
    assert [event for event in log.events if event["type"] == "gap"] == [
        {"type": "gap", "room": "lobby", "from": PAGE + 1, "to": PAGE + 5}
    ]
    assert log.ids == [*range(1, PAGE + 1), *range(PAGE + 6, 2 * PAGE + 16)]


def test_a_resume_that_cannot_be_read_ends_the_connection_and_no_later_line_is_sent() -> None:
    chat, bob, journal = chat_with_lines(1)
    journal.unreadable = True
    log = JsonListener(chat, "log", after=0)
    journal.settle(1)
    bob.say("two")
    journal.settle()
    bob.say("three")
    journal.settle()
    assert log.storage_errors == ["It cannot be read."]
    # With a later line the client would come back, and miss what could not be read.
    assert log.types == ["entered", "closing"]
    assert log.closed
    assert bob.room is not None
    assert bob.room.tail is None


def test_a_page_that_cannot_be_read_after_others_ends_the_connection() -> None:
    chat, bob, journal = chat_with_lines(PAGE + 1)
    log = JsonListener(chat, "log", after=0)
    journal.settle()
    journal.unreadable = True
    log.drain()
    bob.say("late")
    journal.settle()
    assert log.ids == list(range(1, PAGE + 1))
    assert log.types[-1] == "closing"


def test_a_page_that_cannot_be_rendered_ends_this_connection_and_no_later_line_is_sent() -> None:
    chat, bob, journal = chat_with_lines(2)
    log = JsonListener(chat, "log", after=0)
    log.dialect = BrokenDialect()
    other = JsonListener(chat, "other", after=0)
    journal.settle()
    bob.say("live")
    journal.settle()
    assert log.failed
    assert log.types == ["entered"]
    assert other.ids == [1, 2, 3]
    assert not other.failed


def test_no_state_is_kept_of_a_guest_who_leaves_the_chat_in_a_backfill() -> None:
    chat, bob, journal = chat_with_lines(3 * PAGE)
    log = JsonListener(chat, "log", after=0)
    journal.settle()
    log.leave_chat(Closing("bye"))
    journal.settle()
    assert bob.room is not None
    assert (bob.room.tail, len(bob.room.backfilling), len(chat._backfills)) == (None, 0, 0)
    assert log.types[-1] == "closing"
    finish(journal, log)
    bob.say("behind")
    journal.settle()
    assert log.ids == list(range(1, PAGE + 1))


def test_nothing_is_read_for_a_guest_whose_connection_is_lost() -> None:
    chat, bob, journal = chat_with_lines(2 * PAGE)
    log = JsonListener(chat, "log", after=0)
    journal.settle()
    log.participant.detached = True
    log.leave_chat()
    log.drain()
    assert len(journal.waiting) == 1  # The leave.
    journal.settle()
    assert bob.received[-1] == "* log left"


def test_a_backfill_cannot_begin_in_a_room_in_which_nothing_was_said() -> None:
    chat, _, journal = chat_with_lines(0)
    log = RecordingListener(chat, "log", start=Start(newest=10))
    assert not log.paused
    journal.settle()
    assert len(chat._backfills) == 0
