"""What the user types: the commands that only the client has, and lines."""

from __future__ import annotations

import pytest

from netchat.dialects.jsonl import events as wire
from netchat.model.requests import GetHistory
from tests.support.conversations import NOON, ConversationHarness, clock, said


@pytest.mark.parametrize("typed", ["/go", "/context", "/context x", "/context 0", "/context ²"])
def test_a_command_that_lacks_something_is_refused_with_its_form(typed: str) -> None:
    harness = ConversationHarness(several_rooms=True)
    harness.log_in()
    harness.frontend.new_events()
    harness.say(typed)
    (refusal,) = harness.frontend.new_events()
    assert refusal.startswith("! Type it as /")


def test_the_lines_around_a_found_one_are_shown_oldest_first() -> None:
    harness = ConversationHarness(several_rooms=True)
    harness.log_in(last=90)
    harness.sends()
    harness.say("/search pasta")
    at_noon = f"[{clock(NOON)}] "
    found = (said(50, "Bob", "pasta"),)
    assert harness.receive(wire.Found("lobby", "pasta", found, more=False))[-1] == (
        f"{at_noon}Bob: pasta (#50)"
    )
    harness.sends()
    assert harness.say("/context 50") == [
        GetHistory("lobby", before=51, limit=11),
        GetHistory("lobby", after=50, limit=10),
    ]
    shown = harness.receive(
        wire.History("lobby", (said(49, "Eve", "food?"), said(50, "Bob", "pasta")), more=True),
        wire.History("lobby", (said(51, "Eve", "yes"),), more=True),
    )
    assert shown == [
        "-- earlier in lobby --",
        f"{at_noon}Eve: food?",
        f"{at_noon}Bob: pasta",
        f"{at_noon}Eve: yes",
        "-- end of the earlier lines --",
    ]


def test_the_surroundings_of_the_newest_line_end_with_it() -> None:
    harness = ConversationHarness(several_rooms=True)
    harness.log_in()
    harness.say("/context 50")
    shown = harness.receive(
        wire.History("lobby", (said(50, "Bob", "pasta"),), more=True),
        wire.History("lobby", (), more=False),
    )
    assert shown == [
        "-- earlier in lobby --",
        f"[{clock(NOON)}] Bob: pasta",
        "-- end of the earlier lines --",
    ]


def test_to_the_next_news_goes_first_where_the_user_is_mentioned() -> None:
    harness = ConversationHarness(several_rooms=True)
    harness.log_in()
    for room in ("dev", "ops", "lab"):
        harness.say(f"/join {room}")
        harness.receive(wire.Entered(room, "", ("Alice",), 0))
    harness.go_to("lobby")
    harness.receive(said(1, "Bob", "hi", room="dev"), said(1, "Bob", "Alice!", room="lab"))
    seen = []
    for _ in range(3):
        harness.conversation.input.go_to_next_news()
        seen.append(harness.frontend.rooms_shown[-1])
    assert seen == ["lab", "dev", "dev"]
