"""What each guest receives of a turn, and in how many writes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from netchat.chat import actions, telling
from netchat.chat.chat import Chat
from netchat.chat.delivery.backfill import PAGE, Start
from netchat.dialects.jsonl import dialect as jsonl
from netchat.dialects.text import dialect as text
from netchat.journal.memory.journal import MemoryJournal
from netchat.model.events import Closing
from tests.support.backfill import chat_with_lines
from tests.support.listeners import (
    JsonListener,
    ManualTurn,
    RecordingListener,
    SlowJournal,
    immediate_chat,
)

if TYPE_CHECKING:
    from netchat.chat.clients import Dialect


def test_all_events_of_a_turn_are_delivered_in_one_write() -> None:
    turn = ManualTurn()
    chat = Chat(MemoryJournal(), later=turn.later, now=lambda: 0.0)
    alice, bob, carol = (RecordingListener(chat, name) for name in ("Alice", "Bob", "Carol"))
    turn.end()
    carol.writes.clear()
    alice.say("one")
    bob.say("two")
    telling.tell(bob.chat, bob.participant, "Carol", "three")
    alice.say("four")
    assert carol.writes == []
    turn.end()
    assert carol.writes == [["Alice: one", "Bob: two", "[Bob -> you] three", "Alice: four"]]
    assert alice.writes[-1] == ["Bob: two"]
    assert bob.writes[-1] == ["Alice: one", "[you -> Carol] three", "Alice: four"]


def test_members_who_receive_the_same_of_several_rooms_share_one_bytes_object() -> None:
    class BytesListener(RecordingListener):
        def write(self, data: bytes) -> None:
            last_write[self.participant.name] = data

    last_write: dict[str, bytes] = {}
    turn = ManualTurn()
    chat = Chat(MemoryJournal(), later=turn.later, now=lambda: 0.0)
    guests = [BytesListener(chat, name, "north") for name in ("Alice", "Bob", "Carol", "Dave")]
    for guest in guests[:3]:
        actions.join(guest.chat, guest.participant, "south")
    turn.end()
    guests[3].say("cold")
    actions.say(chat, guests[0].participant, guests[0].participant.requested_rooms[1], "warm")
    turn.end()
    assert last_write["Bob"] == b"Dave: cold\nAlice: warm\n"
    assert last_write["Bob"] is last_write["Carol"]
    assert last_write["Alice"] == b"Dave: cold\n"


def test_a_guest_who_moves_receives_the_old_room_before_and_the_new_one_after() -> None:
    turn = ManualTurn()
    chat = Chat(MemoryJournal(), later=turn.later, now=lambda: 0.0)
    north, south, alice = (
        RecordingListener(chat, "Nora", "n"),
        RecordingListener(chat, "Sara", "s"),
        RecordingListener(chat, "Alice", "n"),
    )
    turn.end()
    alice.writes.clear()
    north.say("before")
    south.say("too early")
    actions.join(alice.chat, alice.participant, "s")
    assert alice.room is not None
    actions.leave(alice.chat, alice.participant, alice.room)
    north.say("too late")
    south.say("after")
    turn.end()
    assert alice.writes == [["Nora: before", "* You are now in s", "Sara: after"]]


def test_a_guest_in_several_rooms_receives_one_order_and_nothing_twice() -> None:
    turn = ManualTurn()
    chat = Chat(MemoryJournal(), later=turn.later, now=lambda: 0.0)
    alice = RecordingListener(chat, "Alice", "n")
    actions.join(alice.chat, alice.participant, "s")
    north, south = RecordingListener(chat, "Nora", "n"), RecordingListener(chat, "Sara", "s")
    turn.end()
    alice.writes.clear()
    south.say("one")
    north.say("two")
    actions.join(north.chat, north.participant, "s")
    actions.rename(north.chat, north.participant, "Norah")
    south.say("three")
    turn.end()
    assert alice.received == [
        "Sara: one",
        "Nora: two",
        "* Nora joined",
        "* Nora is now Norah",
        "Sara: three",
    ]


def test_a_guest_who_leaves_two_rooms_in_a_turn_receives_a_common_event_once() -> None:
    turn = ManualTurn()
    chat = Chat(MemoryJournal(), later=turn.later, now=lambda: 0.0)
    ann, zoe = RecordingListener(chat, "Ann"), RecordingListener(chat, "Zoe")
    for guest in (ann, zoe):
        actions.join(guest.chat, guest.participant, "dev")
    turn.end()
    actions.rename(ann.chat, ann.participant, "Anna")
    actions.leave_chat(zoe.chat, zoe.participant)
    turn.end()
    assert zoe.received.count("* Ann is now Anna") == 1


def test_a_guest_who_leaves_receives_all_of_the_turn_before_the_closing_and_nothing_after() -> None:
    turn = ManualTurn()
    chat = Chat(MemoryJournal(), later=turn.later, now=lambda: 0.0)
    alice, bob = RecordingListener(chat, "Alice"), RecordingListener(chat, "Bob")
    turn.end()
    alice.say("before")
    bob.leave_chat(Closing("bye"))
    alice.say("behind")
    turn.end()
    assert bob.writes == [["Alice: before", "DISCONNECTED!!"]]
    assert bob.closed
    assert alice.received == ["* Bob joined", "* Bob left"]


def test_the_own_line_of_a_client_that_says_bye_is_confirmed_before_the_closing() -> None:
    turn = ManualTurn()
    chat = Chat(MemoryJournal(), later=turn.later, now=lambda: 0.0)
    log = JsonListener(chat, "log")
    turn.end()
    log.say("mine", nonce="n")
    log.leave_chat(Closing("bye"))
    turn.end()
    assert log.types == ["entered", "said", "closing"]


def test_nothing_is_delivered_after_the_closing() -> None:
    turn, journal = ManualTurn(), SlowJournal()
    chat = Chat(journal, later=turn.later, now=lambda: 0.0)
    alice, bob, carol = (RecordingListener(chat, name) for name in ("Alice", "Bob", "Carol"))
    turn.end()
    journal.settle()
    bob.writes.clear()
    carol.recall(1)
    for guest in (bob, carol):
        actions.disconnect(guest.chat, guest.participant, Closing("shutdown", "Bye."))
    for words in ("in the same turn", "in the next turn"):
        alice.say(words)
        turn.end()
        journal.settle(1)
    journal.settle()
    alice.say("anybody?")
    turn.end()
    journal.settle()
    assert bob.received == carol.received == ["! Bye."]
    assert bob.closed
    assert carol.closed


@pytest.mark.parametrize("dialect", [text, jsonl])
def test_a_rename_is_sent_once_if_one_common_room_is_live_and_another_in_backfill(
    dialect: Dialect,
) -> None:
    chat, bob, journal = chat_with_lines(PAGE + 1)
    bob.join("dev")
    logs = [RecordingListener(chat, name, "dev", dialect=dialect) for name in ("a", "b")]
    for log in logs:
        log.join("lobby", Start(after=0))
    journal.settle()
    for log in logs:
        log.writes.clear()
    actions.rename(chat, bob.participant, "Robert")
    journal.settle()
    for log in logs:
        assert len(log.received) == 1
        assert "Robert" in log.received[0]


class BrokenListener(RecordingListener):
    """A listener with bugs: it raises when it is called."""

    def write(self, data: bytes) -> None:
        raise ZeroDivisionError


def test_a_bug_in_a_listener_ends_only_its_guest() -> None:
    chat = immediate_chat()
    ann, broken, zoe = (
        RecordingListener(chat, "Ann"),
        BrokenListener(chat, "Bug"),
        RecordingListener(chat, "Zoe"),
    )
    assert broken.failed
    broken.failed = False
    ann.say("hello")
    assert zoe.received == ["Ann: hello"]
    assert broken.failed
