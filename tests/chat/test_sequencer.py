"""The one order of events, whatever the journal and the turns are like."""

from __future__ import annotations

import pytest

from netchat.chat import actions
from netchat.chat.chat import Chat
from netchat.journal.memory.journal import MemoryJournal
from netchat.model.events import Topic
from tests.support.listeners import ManualTurn, RecordingListener, SlowJournal, immediate_chat


def test_an_answer_does_not_overtake_what_was_asked_before() -> None:
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


def test_nothing_is_heard_before_the_journal_has_settled_it() -> None:
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


def test_what_is_still_on_its_way_when_a_guest_renames_and_leaves_keeps_its_order() -> None:
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


def test_of_very_much_the_rest_is_heard_in_another_turn(monkeypatch: pytest.MonkeyPatch) -> None:
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


class Dying(RecordingListener):
    """A listener whose connection dies while a greeting is written to it."""

    def deliver(self, data: bytes) -> None:
        if b"hello" in data:
            self.participant.detached = True
            actions.leave_chat(self.chat, self.participant)
        super().deliver(data)


def test_a_guest_who_dies_inside_a_write_is_not_seen_to_leave_before_what_killed_him() -> None:
    chat = immediate_chat()
    speaker, before, _, after = (
        ear(chat, name)
        for ear, name in (
            (RecordingListener, "Bob"),
            (RecordingListener, "Ann"),
            (Dying, "Dora"),
            (RecordingListener, "Zoe"),
        )
    )
    speaker.say("hello")
    assert before.received[-2:] == after.received[-2:] == ["Bob: hello", "* Dora left"]
    assert speaker.received[-1] == "* Dora left"


def test_a_question_that_cannot_be_answered_ends_only_who_asked() -> None:
    chat = immediate_chat()
    ann, zoe = RecordingListener(chat, "Ann"), RecordingListener(chat, "Zoe")
    ann.chat.ask(ann.participant, lambda: Topic("", str(1 // 0)))
    ann.say("hello")
    assert ann.failed
    assert zoe.received == ["Ann: hello"]
