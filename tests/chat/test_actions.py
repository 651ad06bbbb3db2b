"""What a guest can do: speak, set topics, send private lines, and take names."""

from __future__ import annotations

import pytest

from netchat.chat import actions, telling
from netchat.chat.refusal import RefusedError
from tests.support.listeners import RecordingListener, immediate_chat


def test_a_line_is_delivered_to_the_other_members_and_not_to_its_author() -> None:
    chat = immediate_chat()
    alice, bob, carol = (RecordingListener(chat, name) for name in ("Alice", "Bob", "Carol"))
    bob.say("good morning")
    assert alice.received == ["* Bob joined", "* Carol joined", "Bob: good morning"]
    assert bob.received == ["* Carol joined"]
    assert carol.received == ["Bob: good morning"]


def test_a_guest_cannot_speak_in_a_room_that_they_have_not_joined() -> None:
    chat = immediate_chat()
    alice, bob = RecordingListener(chat, "Alice", "north"), RecordingListener(chat, "Bob", "south")
    assert alice.room is not None
    with pytest.raises(RefusedError, match="not in north") as refused:
        actions.say(bob.chat, bob.participant, alice.room, "let me in")
    assert refused.value.code == "not-in-room"


def test_a_topic_is_announced_and_outlives_the_members() -> None:
    chat = immediate_chat()
    alice, bob = RecordingListener(chat, "Alice"), RecordingListener(chat, "Bob")
    assert bob.room is not None
    actions.set_topic(bob.chat, bob.participant, bob.room, "fish")
    assert alice.received[-1] == bob.received[-1] == "* Bob changed the topic to: fish"
    actions.leave_chat(alice.chat, alice.participant)
    actions.leave_chat(bob.chat, bob.participant)
    assert RecordingListener(chat, "Carol").room is bob.room


def test_a_private_line_is_delivered_to_its_sender_and_recipient_only() -> None:
    chat = immediate_chat()
    alice, bob, carol = (RecordingListener(chat, name) for name in ("Alice", "Bob", "Carol"))
    telling.tell(carol.chat, carol.participant, "alice", "psst")
    assert alice.received[-1] == "[Carol -> you] psst"
    assert carol.received == ["[you -> Alice] psst"]
    assert bob.received == ["* Carol joined"]


@pytest.mark.parametrize(("to", "code"), [("Nobody", "no-such-user"), ("alice", "bad-request")])
def test_a_private_line_needs_a_recipient_who_is_here_and_not_the_sender(
    to: str, code: str
) -> None:
    alice = RecordingListener(immediate_chat(), "Alice")
    with pytest.raises(RefusedError) as refused:
        telling.tell(alice.chat, alice.participant, to, "psst")
    assert refused.value.code == code


def test_a_rename_is_announced_to_all_and_frees_the_old_name() -> None:
    chat = immediate_chat()
    alice, bob = RecordingListener(chat, "Alice"), RecordingListener(chat, "Bob")
    actions.rename(bob.chat, bob.participant, "Robert")
    bob.say("it is me")
    assert alice.received[-2:] == ["* Bob is now Robert", "Robert: it is me"]
    assert bob.received == ["* Bob is now Robert"]
    assert RecordingListener(chat, "Bob").participant.name == "Bob"


def test_a_guest_can_change_the_case_of_their_name() -> None:
    alice = RecordingListener(immediate_chat(), "alice")
    actions.rename(alice.chat, alice.participant, "Alice")
    assert alice.participant.name == "Alice"


@pytest.mark.parametrize(
    ("name", "code", "words"),
    [
        ("Ian", "name-taken", "Ian is taken"),
        ("IAN", "name-taken", "looks too much like Ian"),
        ("lan", "name-taken", "looks too much like Ian"),
        ("no way", "bad-name", "letters, digits"),
    ],
)
def test_a_name_that_is_invalid_or_equivalent_to_a_taken_one_is_refused(
    name: str, code: str, words: str
) -> None:
    chat = immediate_chat()
    RecordingListener(chat, "Ian")
    with pytest.raises(RefusedError, match=words) as refused:
        RecordingListener(chat, name)
    assert refused.value.code == code
    assert chat.participants.people == 1


def test_a_rename_to_a_name_that_is_equivalent_to_anothers_too_is_refused() -> None:
    chat = immediate_chat()
    ian, lan = RecordingListener(chat, "ian"), RecordingListener(chat, "lan")
    with pytest.raises(RefusedError, match="looks too much like lan"):
        actions.rename(ian.chat, ian.participant, "Ian")
    actions.leave_chat(lan.chat, lan.participant)
    actions.rename(ian.chat, ian.participant, "Ian")
    actions.leave_chat(ian.chat, ian.participant)
    assert chat.participants.people == 0


def test_a_name_is_free_as_soon_as_its_guest_has_left() -> None:
    chat = immediate_chat()
    actions.leave_chat(chat, RecordingListener(chat, "Alice").participant)
    assert RecordingListener(chat, "Alice").participant.name == "Alice"
