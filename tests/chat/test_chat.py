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


def test_a_line_is_delivered_in_its_own_room_only() -> None:
    chat = immediate_chat()
    alice, bob = RecordingListener(chat, "Alice", "north"), RecordingListener(chat, "Bob", "south")
    alice.say("cold here")
    bob.say("warm here")
    assert alice.received == bob.received == []


def test_room_names_that_differ_in_case_only_are_one_room() -> None:
    chat = immediate_chat()
    alice, bob = RecordingListener(chat, "Alice", "Dev"), RecordingListener(chat, "Bob", "dev")
    assert alice.room is bob.room
    assert [room.name for room in chat.rooms] == ["Dev"]


def test_a_room_without_lines_is_dropped_when_its_last_member_leaves() -> None:
    chat = immediate_chat()
    alice, bob = RecordingListener(chat, "Alice", "north"), RecordingListener(chat, "Bob", "south")
    bob.say("remember this")
    actions.leave_chat(alice.chat, alice.participant)
    actions.leave_chat(bob.chat, bob.participant)
    assert [room.name for room in chat.rooms] == ["south"]


def test_a_room_is_dropped_once_if_all_its_members_leave_in_one_turn() -> None:
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


def test_a_room_with_a_join_in_flight_is_kept_when_its_last_member_leaves() -> None:
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


def test_an_empty_room_is_forgotten_under_each_spelling_of_its_name(
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
