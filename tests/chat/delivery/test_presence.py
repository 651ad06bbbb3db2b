"""Joins and leaves of many guests in one turn."""

from __future__ import annotations

from netchat.chat import actions
from netchat.chat.chat import Chat
from netchat.journal.memory.journal import MemoryJournal
from tests.support.listeners import ManualTurn, RecordingListener


def test_joins_and_leaves_of_many_guests_in_a_turn_are_announced_in_one_line() -> None:
    turn = ManualTurn()
    chat = Chat(MemoryJournal(), later=turn.later, now=lambda: 0.0)
    alice = RecordingListener(chat, "Alice")
    turn.end()
    guests = [RecordingListener(chat, f"Guest{number}") for number in range(16)]
    turn.end()
    assert alice.received == ["* Guest0, Guest1 and 14 others joined"]
    assert guests[0].received == ["* Guest1, Guest2 and 13 others joined"]
    assert guests[14].received == ["* Guest15 joined"]
    assert guests[15].received == []
    for guest in guests:
        guest.participant.detached = True
        actions.leave_chat(guest.chat, guest.participant)
    turn.end()
    assert alice.received[1:] == ["* Guest0, Guest1 and 14 others left"]


def test_merged_joins_overtake_neither_lines_nor_leaves() -> None:
    turn = ManualTurn()
    chat = Chat(MemoryJournal(), later=turn.later, now=lambda: 0.0)
    alice = RecordingListener(chat, "Alice")
    turn.end()
    bob = RecordingListener(chat, "Bob")
    bob.say("hello")
    actions.leave_chat(bob.chat, bob.participant)
    actions.leave_chat(chat, RecordingListener(chat, "Bob").participant)
    RecordingListener(chat, "Carol")
    turn.end()
    assert alice.received == [
        "* Bob joined",
        "Bob: hello",
        "* Bob left",
        "* Bob joined",
        "* Bob left",
        "* Carol joined",
    ]
