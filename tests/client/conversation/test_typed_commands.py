"""What the client does with commands that only it has, and with answers about other people."""

from __future__ import annotations

import pytest

from netchat.client.conversation.user_input import ONE_ROOM
from netchat.dialects.jsonl import events as wire
from netchat.dialects.jsonl import state_events as state
from netchat.dialects.text.dialect import MODERATORS_ONLY
from netchat.model.state_requests import GetSeen
from tests.support.conversations import ConversationHarness

TIME = "2026-01-01T12:00:00.000Z"


def inside() -> ConversationHarness:
    """Return a client that is in the lobby, as one that is in one room at a time."""
    harness = ConversationHarness()
    harness.log_in()
    harness.receive(wire.History("lobby", (), more=False))
    harness.sends()
    return harness


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("/clear", "! Only a terminal has /clear; type /help for what there is here."),
        ("/query Bob", "! Only a terminal has /go; type /help for what there is here."),
        ("/leave", f"! {ONE_ROOM}"),
        ("/part dev", f"! {ONE_ROOM}"),
    ],
)
def test_what_is_not_possible_here_is_one_sentence_and_nothing_is_sent(
    typed: str, read: str
) -> None:
    harness = inside()
    assert harness.say(typed) == []
    assert harness.frontend.new_events() == [read]


def test_who_wrote_all_and_keeps_no_order_reads_what_became_of_it() -> None:
    harness = inside()
    (asked,) = harness.say("@all lunch")
    nonce = str(asked.nonce)
    said = wire.Said("lobby", 1, TIME, "Alice", "@all lunch", False, nonce, everybody=False)
    assert harness.receive(said) == [f"* {MODERATORS_ONLY}"]


def test_an_answer_about_somebody_is_shown() -> None:
    harness = inside()
    (asked,) = harness.say("/seen Bob")
    assert isinstance(asked, GetSeen)
    assert asked.room == "lobby"
    assert harness.receive(state.Seen("Bob", False, None, None, "")) == [
        "* Bob was not seen here lately"
    ]
