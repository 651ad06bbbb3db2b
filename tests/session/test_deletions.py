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


def test_the_last_line_of_somebody_is_deleted_by_their_name(chat: Moderated) -> None:
    bob = chat.person("Bob", "moderator", "lobby")
    carol, dave = chat.guest("Carol"), chat.guest("Dave")
    carol.say("first")
    carol.say("second")
    dave.say("third")
    bob.heard()
    bob.say("/delete CAROL rude")
    bob.say("/delete Carol")
    bob.say("/delete Carol")
    assert bob.heard() == [
        "* Bob deleted line 2 of Carol",
        "* Bob deleted line 1 of Carol",
        "! Carol has said nothing lately in lobby that could be deleted.",
    ]
    carol.heard()
    carol.say("/delete Dave")
    assert carol.heard()[-1].startswith("! Only a moderator of lobby")


def test_a_program_says_which_line_is_to_be_deleted(chat: Moderated) -> None:
    bob = chat.program("Bob", "moderator", "lobby")
    bob.ask("say", room="lobby", text="mine")
    bob.told()
    bob.ask("delete", room="lobby", nonce="1")
    (error,) = bob.told()
    assert (error["code"], error["nonce"]) == ("bad-request", "1")
    bob.ask("delete", room="lobby", name="Bob", nonce="2")
    deleted, done = bob.told()
    assert (deleted["id"], done["nonce"]) == (1, "2")
