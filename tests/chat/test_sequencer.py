"""The one order of events, whatever the journal and the turns are like."""

from __future__ import annotations

import pytest

from netchat.chat import actions
from netchat.chat.chat import Chat
from netchat.journal.memory.journal import MemoryJournal
from netchat.model.answers import Topic
from tests.support.listeners import ManualTurn, RecordingListener, SlowJournal, immediate_chat


def test_an_answer_does_not_overtake_earlier_requests() -> None:
    turn = ManualTurn()
    chat = Chat(MemoryJournal(), later=turn.later, now=lambda: 0.0)
    alice, bob = RecordingListener(chat, "Alice"), RecordingListener(chat, "Bob")
    turn.end()
    bob.writes.clear()
    assert bob.room is not None
    room = bob.room
    actions.set_topic(alice.chat, alice.participant, room, "old")
    actions.set_topic(bob.chat, bob.participant, room, "new")
    bob.chat.ask(bob.participant, lambda: Topic(room.name, room.topic))
    actions.set_topic(alice.chat, alice.participant, room, "newest")
    turn.end()
    assert bob.received == [
        "* Alice changed the topic to: old",
        "* Bob changed the topic to: new",
        "* Topic: new",
        "* Alice changed the topic to: newest",
    ]


def test_nothing_is_delivered_before_the_journal_has_settled_it() -> None:
    journal = SlowJournal()
    chat = immediate_chat(journal)
    alice, bob = RecordingListener(chat, "Alice"), RecordingListener(chat, "Bob")
    journal.settle()
    bob.say("one")
    alice.say("two")
    assert alice.received == ["* Bob joined"]
    journal.settle(1)
    assert alice.received[1:] == ["Bob: one"]
    assert bob.received == []
    journal.settle()
    assert bob.received == ["Alice: two"]


def test_events_in_flight_keep_their_order_when_a_guest_renames_and_leaves() -> None:
    journal = SlowJournal()
    chat = immediate_chat(journal)
    alice, bob = RecordingListener(chat, "Alice"), RecordingListener(chat, "Bob")
    bob.say("bye")
    actions.rename(bob.chat, bob.participant, "Rob")
    actions.leave_chat(bob.chat, bob.participant)
    bob = RecordingListener(chat, "Rob")
    journal.settle()
    assert alice.received == [
        "* Bob joined",
        "Bob: bye",
        "* Bob is now Rob",
        "* Rob left",
        "* Rob joined",
    ]


def test_events_above_the_limit_of_a_drain_are_applied_in_another_turn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("netchat.chat.sequencer.MAX_EVENTS_PER_DRAIN", 3)
    turn = ManualTurn()
    chat = Chat(MemoryJournal(), later=turn.later, now=lambda: 0.0)
    alice, bob = RecordingListener(chat, "Alice"), RecordingListener(chat, "Bob")
    turn.end()
    alice.writes.clear()
    for number in range(7):
        bob.say(f"line {number}")
    turn.end()
    assert [len(lines) for lines in alice.writes] == [3, 3, 1]
    assert alice.received == [f"Bob: line {number}" for number in range(7)]


class LosesConnection(RecordingListener):
    """A listener whose connection is lost while a line with "hello" in it is delivered."""

    def write(self, data: bytes) -> None:
        if b"hello" in data:
            self.participant.detached = True
            actions.leave_chat(self.chat, self.participant)
        super().write(data)


def test_a_guest_whose_connection_is_lost_in_a_write_leaves_after_the_line_written() -> None:
    chat = immediate_chat()
    speaker, before, _, after = (
        ear(chat, name)
        for ear, name in (
            (RecordingListener, "Bob"),
            (RecordingListener, "Ann"),
            (LosesConnection, "Dora"),
            (RecordingListener, "Zoe"),
        )
    )
    speaker.say("hello")
    assert before.received[-2:] == after.received[-2:] == ["Bob: hello", "* Dora left"]
    assert speaker.received[-1] == "* Dora left"


def test_a_bug_in_an_answer_ends_only_the_guest_who_asked() -> None:
    chat = immediate_chat()
    ann, zoe = RecordingListener(chat, "Ann"), RecordingListener(chat, "Zoe")
    ann.chat.ask(ann.participant, lambda: Topic("", str(1 // 0)))
    ann.say("hello")
    assert ann.failed
    assert zoe.received == ["Ann: hello"]
