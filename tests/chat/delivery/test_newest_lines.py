"""The newest lines of a room, which a client of the text dialect is sent when it enters."""

from __future__ import annotations

import pytest

from netchat.chat.delivery.backfill import Start
from netchat.journal.interface import Page, Span
from netchat.model.events import Gap
from tests.support.backfill import chat_with_lines, finish
from tests.support.journals import ask
from tests.support.listeners import JsonListener, RecordingListener


def texts(guest: RecordingListener) -> list[str]:
    """Return what was received, without the times."""
    return [line.partition("] ")[2] if line.startswith("[") else line for line in guest.received]


def test_the_newest_lines_are_sent_before_the_live_ones() -> None:
    chat, bob, journal = chat_with_lines(5)
    ann = RecordingListener(chat, "Ann", start=Start(newest=2))
    journal.settle(1)
    page = journal.waiting.popleft()
    bob.say("meanwhile")
    journal.settle()
    assert ann.received == []
    assert ann.paused
    page()
    assert texts(ann) == ["Bob: line 4", "Bob: line 5", "Bob: meanwhile"]
    assert not ann.paused
    bob.say("live")
    journal.settle()
    assert texts(ann)[3:] == ["Bob: live"]


@pytest.mark.parametrize("tail", [250, 100_000])
def test_no_line_said_after_the_join_is_missing_however_few_lines_are_sent(
    tail: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("netchat.chat.delivery.tail.MAX_BYTES", tail)
    monkeypatch.setattr("netchat.chat.delivery.lookups.MAX_READS", 1)
    chat, bob, journal = chat_with_lines(3)
    bob.recall(1)
    journal.settle(1)
    read_of_bob = journal.waiting.popleft()
    ann = RecordingListener(chat, "Ann", start=Start(newest=1))
    for number in range(6):
        bob.say(f"hello {number}")
    journal.settle()
    read_of_bob()
    finish(journal, ann)
    assert texts(ann) == ["Bob: line 3", *(f"Bob: hello {number}" for number in range(6))]


def test_newest_lines_that_cannot_be_read_are_refused_and_live_ones_follow() -> None:
    chat, bob, journal = chat_with_lines(3)
    journal.unreadable = True
    ann = RecordingListener(chat, "Ann", start=Start(newest=2))
    journal.settle(1)
    page = journal.waiting.popleft()
    bob.say("meanwhile")
    journal.settle()
    page()
    bob.say("live")
    journal.settle()
    assert ann.received == ["! It cannot be read.", "Bob: meanwhile", "Bob: live"]
    assert not ann.closed
    assert not ann.paused


def test_lines_said_before_the_join_are_not_sent_as_live_ones() -> None:
    chat, bob, journal = chat_with_lines(3)
    JsonListener(chat, "log", after=0)
    journal.settle(1)
    bob.say("before")
    journal.settle(0)
    page = journal.waiting.popleft()
    journal.settle()
    journal.unreadable = True
    ann = RecordingListener(chat, "Ann", start=Start(newest=2))
    journal.settle()
    bob.say("live")
    journal.settle()
    page()
    assert ann.received == ["! It cannot be read.", "Bob: live"]


def test_a_damaged_line_is_named_even_if_it_is_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    chat, _, journal = chat_with_lines(3)
    damaged = Gap("lobby", 2, 2, damaged=True)
    page = Page((damaged, *ask(journal._memory, Span(2, 3, 1)).lines))
    monkeypatch.setattr(journal._memory, "read", lambda room, span, found: found(page))
    ann = JsonListener(chat, "Ann", start=Start(newest=2))
    finish(journal, ann)
    assert ann.events[1] == {
        "type": "gap", "room": "lobby", "from": 2, "to": 2, "damaged": True,
    }  # fmt: skip
    assert ann.ids == [3]


def test_lines_that_are_deleted_before_the_newest_ones_are_read_are_no_gap() -> None:
    chat, bob, journal = chat_with_lines(3, keep=3)
    ann = JsonListener(chat, "Ann", start=Start(newest=2))
    for number in range(3):
        bob.say(f"hello {number}")
    finish(journal, ann)
    assert "gap" not in ann.types
    assert ann.ids == [4, 5, 6]
