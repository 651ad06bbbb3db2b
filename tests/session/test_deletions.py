"""Deleted lines: nobody is sent the text any more, wherever it waits."""

from __future__ import annotations

import pytest

from tests.support.moderation import Moderated


@pytest.fixture
def chat() -> Moderated:
    return Moderated()


def test_a_deleted_line_is_told_and_is_without_text_in_the_history(chat: Moderated) -> None:
    bob = chat.program("Bob", "moderator", "lobby")
    carol, dave = chat.guest("Carol"), chat.guest("Dave")
    carol.say("secret")
    dave.heard(), bob.told()
    bob.ask("delete", room="lobby", id=1, nonce="1")
    deleted, done = bob.told()
    assert (deleted["type"], deleted["room"], deleted["id"], deleted["by"]) == (
        "deleted",
        "lobby",
        1,
        "Bob",
    )
    assert done["type"] == "done"
    assert dave.heard() == ["* Bob deleted line 1 of Carol"]
    bob.ask("history", room="lobby")
    (history,) = bob.told()
    (line,) = history["lines"]
    assert (line["id"], line["text"], line["deleted"]) == (1, "", True)
    bob.ask("search", room="lobby", words="secret")
    assert bob.told()[0]["lines"] == []


def test_a_text_that_is_deleted_in_the_same_turn_is_sent_to_nobody(chat: Moderated) -> None:
    bob, carol = chat.program("Bob", "moderator", "lobby"), chat.guest("Carol")
    dave = chat.program("Dave")
    carol.heard()
    bob.send(
        b'{"type":"say","room":"lobby","text":"one"}\n'
        b'{"type":"say","room":"lobby","text":"secret"}\n'
        b'{"type":"delete","room":"lobby","id":2}\n'
    )
    assert b"secret" not in carol.received + dave.received + bob.received
    assert carol.heard() == [
        "Bob: one",
        "* A line of Bob was deleted",
        "* Bob deleted their line 2",
    ]
    assert [event.get("deleted") for event in dave.told()] == [None, True, None]


def test_an_owner_deletes_their_own_lines_and_a_guest_nothing(chat: Moderated) -> None:
    dora, carol = chat.person("Dora"), chat.guest("Carol")
    dora.say("mine")
    carol.say("yours")
    dora.heard(), carol.heard()
    carol.say("/delete 2")
    assert carol.heard()[0].startswith("! Only a moderator")
    dora.say("/delete 2")
    assert dora.heard()[0].startswith("! Only a moderator")
    dora.say("/delete 1")
    assert carol.heard() == ["* Dora deleted their line 1"]


def test_a_moderator_deletes_no_line_of_an_operator(chat: Moderated) -> None:
    bob, alice = chat.person("Bob", "moderator", "lobby"), chat.person("Alice", "operator")
    alice.say("mine")
    bob.heard()
    bob.say("/delete 1")
    assert bob.heard() == ["! They are a moderator or an operator; only an operator can."]
