"""The requests to send, and those in flight."""

from __future__ import annotations

import pytest

from netchat.client.conversation.outbox import WINDOW, Outbox, answered_request
from netchat.dialects.jsonl import events as wire
from netchat.dialects.jsonl.message import Message
from netchat.model.requests import (
    CURRENT_ROOM,
    GetHistory,
    GetNames,
    GetTopic,
    Join,
    Leave,
    Rename,
    Request,
    Say,
    SetTopic,
    Tell,
)


def say(*texts: str) -> Outbox:
    """Return an outbox with the lines `texts`."""
    outbox = Outbox()
    for text in texts:
        outbox.put(Say(CURRENT_ROOM, text), text)
    return outbox


def sent(outbox: Outbox, room: str = "lobby") -> list[Request]:
    """Return every request that can be sent now."""
    requests = []
    while (queued := outbox.next(room, lambda _: True)) is not None:
        requests.append(queued.request)
    return requests


def texts(requests: list[Request]) -> list[str]:
    return [request.text for request in requests if isinstance(request, Say | Tell)]


def test_lines_are_sent_in_order_with_a_nonce_to_the_current_room() -> None:
    one, two = sent(say("one", "two"))
    assert one == Say("lobby", "one", nonce="1")
    assert two == Say("lobby", "two", nonce="2")


def test_a_line_is_unstored_until_it_is_settled() -> None:
    outbox = say("one", "two")
    assert outbox.unstored == 2
    sent(outbox)
    assert outbox.settle("1") is not None
    assert outbox.settle("1") is None
    assert outbox.unstored == 1
    assert not outbox.idle
    outbox.settle("2")
    assert outbox.idle


def test_after_a_reconnect_unsettled_lines_are_sent_first_and_unchanged() -> None:
    outbox = say("one", "two", "three")
    first = sent(outbox)
    outbox.settle("2")
    outbox.put(Say(CURRENT_ROOM, "four"), "four")
    outbox.requeue_all()
    assert sent(outbox, "dev")[:2] == [first[0], first[2]]


def test_at_most_a_window_of_lines_is_in_flight() -> None:
    outbox = say(*map(str, range(WINDOW + 2)))
    assert len(sent(outbox)) == WINDOW
    outbox.settle("5")
    assert texts(sent(outbox)) == [str(WINDOW)]


def test_a_line_that_could_not_be_stored_waits_and_no_later_line_overtakes_it() -> None:
    outbox = say("one", "two")
    sent(outbox)
    outbox.put(Say(CURRENT_ROOM, "three"), "three")
    assert not outbox.requeue("7")
    assert outbox.requeue("2")
    assert outbox.requeue("1")
    assert sent(outbox) == []
    outbox.paused = False
    assert texts(sent(outbox)) == ["one", "two", "three"]


def test_a_join_waits_until_every_line_is_stored_and_later_lines_wait_for_the_join() -> None:
    outbox = say("here")
    outbox.put(Join("dev"), "/join dev")
    outbox.put(Say(CURRENT_ROOM, "there"), "there")
    assert texts(sent(outbox)) == ["here"]
    outbox.settle("1")
    assert sent(outbox) == [Join("dev")]
    assert outbox.pop_answered(Join) is not None
    assert sent(outbox, "dev") == [Say("dev", "there", nonce="3")]


def test_the_topic_is_answered_after_every_earlier_request() -> None:
    outbox = Outbox()
    outbox.put(SetTopic(CURRENT_ROOM, "x"), "/topic x")
    outbox.put(GetTopic(), "/topic")
    assert sent(outbox) == [SetTopic("lobby", "x")]
    outbox.pop_answered(SetTopic)
    assert sent(outbox) == [GetTopic()]
    assert outbox.idle


def test_answers_and_refusals_match_the_oldest_request() -> None:
    outbox = Outbox()
    for typed in ("/names", "/history 3", "/names"):
        outbox.put(GetNames(CURRENT_ROOM) if typed == "/names" else GetHistory(CURRENT_ROOM), typed)
    sent(outbox)
    history = outbox.pop_answered(GetHistory)
    assert history is not None
    assert history.typed == "/history 3"
    assert outbox.pop_answered(Rename) is None
    assert [asked.typed for asked in (outbox.pop_failed(), outbox.pop_failed()) if asked] == [
        "/names"
    ] * 2
    assert outbox.pop_failed() is None


def test_after_a_reconnect_questions_sent_are_dropped_and_those_queued_are_sent() -> None:
    outbox = Outbox()
    outbox.put(GetNames(CURRENT_ROOM), "/names")
    sent(outbox)
    outbox.put(Rename("Ali"), "/nick Ali")
    assert [asked.typed for asked in outbox.requeue_all()] == ["/names"]
    assert sent(outbox) == [Rename("Ali")]


@pytest.mark.parametrize(
    ("line", "may_be_ours"),
    [
        (wire.Said("lobby", 1, "t", "Alice", "one"), True),
        (wire.Said("dev", 1, "t", "Alice", "one"), False),
        (wire.Said("lobby", 1, "t", "Alice", "one", action=True), False),
        (wire.Said("lobby", 1, "t", "Alice", "two"), False),
    ],
)
def test_only_a_line_that_was_sent_and_reads_the_same_may_be_the_users(
    line: wire.Said, may_be_ours: bool
) -> None:
    outbox = say("one")
    assert not outbox.may_contain(line)
    sent(outbox)
    outbox.put(Say(CURRENT_ROOM, "two"), "two")
    assert outbox.may_contain(line) is may_be_ours
    outbox.requeue_all()
    assert outbox.may_contain(line) is may_be_ours


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        (wire.Names("r", ("Bob",)), GetNames),
        (wire.Renamed("Alice", "Ali"), Rename),
        (wire.Renamed("Bob", "Rob"), None),
        (wire.Topic("r", "x", "Alice"), SetTopic),
        (wire.Topic("r", "x", "Bob"), None),
        (wire.Left("r", ("Alice",)), Leave),
        (wire.Left("r", ("Bob",)), None),
        (wire.Joined("r", ("Alice",)), None),
    ],
)
def test_events_of_other_participants_answer_no_request(
    event: Message, kind: type[Request] | None
) -> None:
    assert answered_request(event, "Alice") is kind
