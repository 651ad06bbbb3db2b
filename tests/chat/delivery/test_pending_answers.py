"""Answers that the journal must look up first keep their place in the order."""

from __future__ import annotations

from tests.support.listeners import RecordingListener, SlowJournal, immediate_chat


def test_an_answer_precedes_later_lines_however_long_its_lookup_takes() -> None:
    journal = SlowJournal()
    chat = immediate_chat(journal)
    alice, bob = RecordingListener(chat, "Alice"), RecordingListener(chat, "Bob")
    bob.say("one")
    journal.settle()
    bob.say("two")
    assert alice.room is not None
    alice.writes.clear()
    alice.recall(10)
    bob.say("three")
    alice.recall(1)
    bob.say("four")
    journal.settle()
    shown = [line.partition("] ")[2] or line for line in alice.received]
    assert shown == ["Bob: two", "Bob: one", "Bob: two", "Bob: three", "Bob: three", "Bob: four"]
    assert bob.received == []


def test_a_guest_who_waits_for_history_does_not_delay_the_others() -> None:
    journal = SlowJournal()
    chat = immediate_chat(journal)
    alice, bob, carol = (RecordingListener(chat, name) for name in ("Alice", "Bob", "Carol"))
    journal.settle()
    alice.writes.clear()
    assert alice.room is not None
    alice.recall(10)
    journal.settle(1)
    read = journal.waiting.popleft()
    bob.say("hello")
    journal.settle()
    assert carol.received == ["Bob: hello"]
    assert alice.received == []
    read()
    assert alice.received == ["* Nothing has been said in lobby yet", "Bob: hello"]
