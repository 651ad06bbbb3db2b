"""Being away by itself: after long without anything typed, and back with the next line."""

from __future__ import annotations

from typing import Any

from netchat.dialects.jsonl import events as wire
from netchat.dialects.jsonl.state_events import Away
from netchat.model.requests import Say
from netchat.model.state_requests import AwayRequest
from tests.support.conversations import ConversationHarness

IDLE = AwayRequest(text="idle", nonce="away")


def idle_user(**target: Any) -> ConversationHarness:
    harness = ConversationHarness(several_rooms=True, away_after=1800.0, **target)
    harness.log_in()
    harness.sends()
    harness.frontend.new_events()
    return harness


def test_who_types_nothing_for_long_is_away_until_they_type() -> None:
    harness = idle_user()
    harness.calls["away"]()
    assert harness.sends() == [IDLE]
    assert harness.receive(Away("Alice", "idle")) == []
    assert harness.say("hi") == [Say("lobby", "hi", nonce="2"), AwayRequest(nonce="away")]
    assert harness.receive(Away("Alice", "")) == []
    assert harness.say("hi")[1:] == []


def test_what_the_user_has_said_about_being_away_stays() -> None:
    harness = idle_user()
    harness.say("/away lunch")
    assert harness.receive(Away("Alice", "lunch")) == ["* Alice is away: lunch"]
    harness.calls["away"]()
    assert harness.sends() == []
    harness.say("/back")
    harness.receive(Away("Alice", ""))
    harness.calls["away"]()
    assert harness.sends() == [IDLE]


def test_a_server_that_does_not_take_it_is_not_a_matter_for_the_user() -> None:
    harness = idle_user()
    harness.calls["away"]()
    assert harness.receive(wire.Error("not-allowed", "No.", "away")) == []


def test_a_program_is_never_away_by_itself() -> None:
    harness = ConversationHarness()
    harness.log_in()
    harness.say("hi")
    assert "away" not in harness.calls
