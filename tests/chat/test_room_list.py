"""The list of rooms."""

from __future__ import annotations

from netchat.chat import actions
from tests.support.listeners import RecordingListener, immediate_chat


def test_the_list_of_rooms_is_made_anew_only_when_somebody_has_come_or_gone() -> None:
    chat = immediate_chat()
    alice, bob = RecordingListener(chat, "Alice", "north"), RecordingListener(chat, "Bob", "south")
    alice.say("cold here")
    listed = chat.list_rooms()
    assert listed.rooms == (("north", 1), ("south", 1))
    assert chat.list_rooms() is listed
    actions.leave_chat(alice.chat, alice.participant)
    carol = RecordingListener(chat, "Carol", "south")
    assert chat.list_rooms().rooms == (("south", 2),)
    for ear in (bob, carol):
        actions.leave_chat(ear.chat, ear.participant)
    assert chat.list_rooms().rooms == ()
