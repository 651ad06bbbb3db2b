"""The lines of a room that is not shown: kept within bounds, and counted."""

from __future__ import annotations

from dataclasses import replace

from netchat.client.conversation import wording
from netchat.client.conversation.backlog import MAX_BYTES, MAX_LINES, Backlog
from netchat.client.conversation.display_lines import Notice, SaidLine
from tests.support.conversations import said


def line(number: int, text: str = "hi", *, mentions: bool = False) -> SaidLine:
    shown = wording.said_line(said(number, "Bob", text), b"{}", None)
    return replace(shown, mentions=mentions)


def test_what_is_not_kept_any_more_is_still_counted() -> None:
    backlog = Backlog()
    for number in range(1, MAX_LINES + 11):
        backlog.add(line(number, mentions=number in (3, 100)), counts=True)
    assert (backlog.unread, backlog.mentions) == (MAX_LINES + 10, 2)
    assert backlog.dropped_up_to == 10
    assert len(backlog.release()) == MAX_LINES
    assert backlog.empty
    assert (backlog.unread, backlog.mentions, backlog.dropped_up_to) == (0, 0, 0)


def test_long_lines_are_bounded_by_their_bytes_and_the_last_one_is_always_kept() -> None:
    backlog = Backlog()
    for number in range(1, 5):
        backlog.add(line(number, "x" * (MAX_BYTES // 2)), counts=True)
    assert backlog.dropped_up_to == 3
    backlog.add(line(5, "x" * (2 * MAX_BYTES)), counts=True)
    assert [kept.id for kept in backlog.release() if isinstance(kept, SaidLine)] == [5]


def test_notices_are_kept_and_not_counted() -> None:
    backlog = Backlog()
    backlog.add(Notice("* Bob changed the topic to: tea"), counts=False)
    assert backlog.unread == 0
    assert not backlog.empty


def test_what_was_read_elsewhere_is_kept_and_counts_no_more() -> None:
    backlog = Backlog()
    backlog.leave_out(10)
    for number in (11, 12):
        backlog.add(line(number, mentions=True), counts=True)
    backlog.mark_read(4, is_first=True)
    assert (backlog.unread, backlog.mentions) == (8, 2)
    backlog.mark_read(11, is_first=False)
    assert (backlog.unread, backlog.mentions) == (1, 1)
    assert len(backlog.release()) == 2


def test_a_deleted_line_loses_its_text() -> None:
    backlog = Backlog()
    shown = wording.said_line(
        said(1, "Bob", "secret"),
        b'{"type":"said","room":"lobby","id":1,'
        b'"time":"2026-01-01T12:00:00.000Z","from":"Bob","text":"secret"}',
        None,
    )
    backlog.add(shown, counts=True)
    backlog.delete(1)
    (kept,) = backlog.release()
    assert kept.text == "* A line of Bob was deleted"
