"""The list of the rooms with members."""

from __future__ import annotations

from netchat.chat import actions
from tests.support.listeners import RecordingListener, immediate_chat


def test_the_room_list_is_rebuilt_only_after_a_join_or_leave() -> None:
    chat = immediate_chat()
    alice, bob = RecordingListener(chat, "Alice", "north"), RecordingListener(chat, "Bob", "south")
    alice.say("cold here")
    listed = chat.list_rooms(alice.participant)
    assert listed.rooms == (("north", 1), ("south", 1))
    assert chat.list_rooms(alice.participant) is listed
    actions.leave_chat(alice.chat, alice.participant)
    carol = RecordingListener(chat, "Carol", "south")
    assert chat.list_rooms(alice.participant).rooms == (("south", 2),)
    for guest in (bob, carol):
        actions.leave_chat(guest.chat, guest.participant)
    assert chat.list_rooms(alice.participant).rooms == ()
