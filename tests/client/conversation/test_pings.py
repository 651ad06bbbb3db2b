"""The delay of the server."""

from __future__ import annotations

from netchat.dialects.jsonl import events as wire
from netchat.model.requests import Ping
from tests.support.conversations import ConversationHarness


def test_the_delay_is_measured_after_the_login_and_again_after_each_answer() -> None:
    harness = ConversationHarness(several_rooms=True)
    harness.log_in()
    harness.sends()
    harness.calls["ping"]()
    assert harness.sends() == [Ping(nonce="ping")]
    assert harness.conversation.pings.delay is None
    harness.seconds_passed += 0.25
    harness.receive(wire.Pong("ping"))
    assert harness.conversation.pings.delay == 0.25
    harness.calls["ping"]()
    assert harness.sends() == [Ping(nonce="ping")]
    harness.seconds_passed += 2
    assert harness.conversation.pings.delay == 0.25
    harness.receive(wire.Pong("ping"))
    assert harness.conversation.pings.delay == 2
    harness.cut()
    assert harness.conversation.pings.delay is None


def test_a_program_sends_no_pings_of_its_own() -> None:
    harness = ConversationHarness()
    harness.log_in()
    assert not any(isinstance(request, Ping) for request in harness.sends())
