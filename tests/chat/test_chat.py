"""Rooms: which lines stay inside them, and when they are created and dropped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netchat.chat import actions
from netchat.chat.chat import Chat
from netchat.journal.memory.journal import MemoryJournal
from netchat.testing import Network
from tests.support.listeners import ManualTurn, RecordingListener, SlowJournal, immediate_chat

if TYPE_CHECKING:
    from pathlib import Path


def test_rooms_do_not_hear_each_other() -> None:
    chat = immediate_chat()
    alice, bob = RecordingListener(chat, "Alice", "north"), RecordingListener(chat, "Bob", "south")
    alice.say("cold here")
    bob.say("warm here")
    assert alice.received == bob.received == []


def test_a_room_is_one_room_in_whatever_case_it_is_named() -> None:
    chat = immediate_chat()
    alice, bob = RecordingListener(chat, "Alice", "Dev"), RecordingListener(chat, "Bob", "dev")
    assert alice.room is bob.room
    assert [room.name for room in chat.rooms] == ["Dev"]


def test_a_room_that_nobody_spoke_in_is_gone_with_its_last_guest() -> None:
    chat = immediate_chat()
    alice, bob = RecordingListener(chat, "Alice", "north"), RecordingListener(chat, "Bob", "south")
    bob.say("remember this")
    actions.leave_chat(alice.chat, alice.participant)
    actions.leave_chat(bob.chat, bob.participant)
    assert [room.name for room in chat.rooms] == ["south"]


def test_a_room_is_there_until_all_who_leave_it_at_once_have_left() -> None:
    turn = ManualTurn()
    chat = Chat(MemoryJournal(), later=turn.later, now=lambda: 0.0)
    alice, bob = RecordingListener(chat, "Alice", "dev"), RecordingListener(chat, "Bob", "dev")
    turn.end()
    actions.leave_chat(alice.chat, alice.participant)
    actions.leave_chat(bob.chat, bob.participant)
    turn.end()
    assert list(chat.rooms) == []
    assert not alice.failed
    assert not bob.failed


def test_a_room_that_somebody_is_on_his_way_into_stays_when_its_last_member_leaves() -> None:
    journal = SlowJournal()
    chat = immediate_chat(journal)
    alice = RecordingListener(chat, "Alice", "dev")
    actions.leave_chat(alice.chat, alice.participant)
    bob = RecordingListener(chat, "Bob", "DEV")
    journal.settle()
    assert bob.room is not None
    assert bob.room.name == "dev"
    assert list(chat.rooms) == [bob.room]
    assert bob.room.names == ("Bob",)


def test_a_room_that_was_left_without_a_word_is_forgotten_in_all_its_writings(
    tmp_path: Path,
) -> None:
    for _ in range(2):
        network = Network("--data", str(tmp_path))
        log = network.program("log")
        for room in ("Dev", "DEV"):
            log.ask("join", room=room)
            log.ask("topic", room=room, text="x")
            log.ask("topic", room=room, text="")
            log.ask("leave", room=room)
        assert [line["room"] for line in log.told() if line["type"] == "left"] == ["Dev", "DEV"]
        network.stop()
        network.advance(5)
