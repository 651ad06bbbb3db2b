"""The tail: what happened last in a room, as much as fits."""

from __future__ import annotations

import pytest

from netchat.chat.delivery import tail as module
from netchat.chat.delivery.tail import Tail
from netchat.model.events import Joined, Left, Said, SaidLines, TopicSet

JOINED, LEFT = Joined("lobby", ("Ann",)), Left("lobby", ("Ann",))
TOPIC = TopicSet("lobby", "fish", "Bob")


def line(id: int, text: str = "x") -> Said:
    return Said("lobby", "Bob", text, 0.0, False, id)


def test_the_events_since_a_number_are_returned_in_order() -> None:
    tail = Tail(3)
    tail.add(JOINED)
    number = tail.end
    events = [line(4), LEFT, TOPIC, line(5)]
    for event in events:
        tail.add(event)
    assert tail.since(number) == events
    assert tail.lines_since(number) == [line(4), TOPIC, line(5)]
    assert tail.since(tail.end) == []


def test_the_oldest_events_are_dropped_when_the_tail_is_full(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "MAX_BYTES", 350)
    tail = Tail(0)
    for id in range(1, 6):
        tail.add(line(id))
    assert (tail.after, tail.complete_from) == (2, 0)
    assert tail.since(0) == [line(3), line(4), line(5)]
    tail.add(SaidLines("lobby", "Bob", ("a", "b", "c", "d"), 0.0, 6))
    assert (tail.after, tail.since(0)) == (9, [])


@pytest.mark.parametrize("text", ["x" * 300, "\N{PARTY POPPER}" * 75], ids=["ASCII", "emoji"])
def test_the_size_of_a_text_is_that_of_its_bytes(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_BYTES", 750)
    longest = [line(1, text), SaidLines("lobby", "Bob", (text,), 0.0, 2)]
    for long in (*longest, TopicSet("lobby", text, "Bob")):
        tail = Tail(0)
        for event in (long, TOPIC, TOPIC, TOPIC):
            tail.add(event)
        assert tail.since(0) == [long, TOPIC, TOPIC, TOPIC]
        tail.add(TOPIC)
        assert tail.since(0) == [TOPIC] * 4


def test_a_tail_knows_from_where_on_no_join_is_missing_and_keeps_the_topic(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "MAX_BYTES", 250)
    tail = Tail(0)
    for event in (TOPIC, JOINED, line(1), LEFT):
        tail.add(event)
    assert (tail.after, tail.complete_from) == (0, 2)
    assert tail.since(2) == [line(1), LEFT]
    assert tail.lines_since(0) == [TOPIC, line(1)]
    assert tail.lines_since(2) == [line(1)]
