"""The numbers of an owner's private lines: each is shown once, whatever connection brings it."""

from __future__ import annotations

from netchat.client.conversation.refusals import NO_REPLY
from netchat.dialects.jsonl import events as wire
from netchat.model.requests import Hello
from netchat.model.state_requests import ReadRequest, Reply
from tests.support.conversations import ConversationHarness

NOON = "2026-01-01T12:00:00.000Z"


def owner() -> ConversationHarness:
    """Return the conversation of Alice, who owns her name."""
    harness = ConversationHarness()
    harness.log_in(account=True, journal="one")
    harness.sends()
    return harness


def told(number: int, text: str, name: str = "Bob", to: str = "Alice") -> wire.Told:
    return wire.Told(name, to, NOON, text, id=number)


def hello(harness: ConversationHarness) -> Hello:
    """Return the hello of the next connection."""
    harness.cut()
    harness.connect()
    (request,) = harness.sends()
    assert isinstance(request, Hello)
    return request


def test_a_private_line_that_comes_twice_is_shown_once() -> None:
    harness = owner()
    assert harness.receive(told(1, "psst")) == ["[Bob -> you] psst"]
    assert harness.receive(told(1, "psst"), told(2, "again")) == ["[Bob -> you] again"]


def test_a_reconnect_says_which_private_line_came_last() -> None:
    harness = owner()
    assert hello(harness).private is None
    harness.log_in(account=True, journal="one")
    harness.receive(told(7, "psst"))
    assert hello(harness).private == 7


def test_after_a_reconnect_the_client_says_itself_what_was_shown() -> None:
    harness = owner()
    harness.receive(told(7, "psst"))
    assert "read private" not in harness.calls
    hello(harness)
    harness.log_in(account=True, journal="one")
    harness.sends()
    harness.receive(told(8, "psst"), told(9, "psst"))
    harness.calls["read private"]()
    assert harness.sends() == [ReadRequest("", 9, nonce="read")]


def test_the_numbers_of_another_journal_are_forgotten() -> None:
    harness = owner()
    harness.receive(told(7, "psst"))
    hello(harness)
    harness.log_in(account=True, journal="two")
    assert harness.receive(told(1, "new")) == ["[Bob -> you] new"]


def test_what_the_user_has_sent_on_another_device_is_shown_as_sent() -> None:
    harness = owner()
    assert harness.receive(told(1, "psst", "Alice", "Bob")) == ["[you -> Bob] psst"]
    harness.say("/reply too early")
    assert harness.frontend.new_events() == [
        "! Nobody has sent you a private line yet; type /msg NAME TEXT."
    ]


def test_a_reply_says_whose_line_it_answers_and_is_sent_again_until_it_is_acknowledged() -> None:
    harness = owner()
    harness.receive(told(1, "psst"))
    (reply,) = harness.say("/reply yes?")
    assert reply == Reply("yes?", to="Bob", nonce=reply.nonce)
    harness.cut()
    harness.resume(journal="one")
    assert harness.sends() == [reply]
    harness.receive(told(2, "hello", "Eve"))
    sent = wire.Told("Alice", "Bob", NOON, "yes?", nonce=reply.nonce or "", id=3)
    assert harness.receive(sent) == ["[you -> Bob] yes?"]
    harness.cut()
    harness.resume(journal="one")
    assert harness.sends() == []


def test_a_reply_on_a_server_that_knows_none_is_refused_and_not_sent_by_name() -> None:
    harness = owner()
    harness.receive(told(1, "psst"))
    (reply,) = harness.say("/reply yes?")
    error = wire.Error("unknown-type", "There is no request type 'reply'.", nonce=reply.nonce or "")
    assert harness.receive(error) == [f"! {NO_REPLY}"]
    assert harness.sends() == []
