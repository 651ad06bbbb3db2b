"""The line between two days, in the client."""

from __future__ import annotations

import pytest

from netchat.dialects.jsonl import events as wire
from tests.support.conversations import NOON, ConversationHarness, inside, said

pytestmark = pytest.mark.usefixtures("utc")

DAY = 86400.0
TODAY = "-- Thursday, 2026-01-01 --"
TOMORROW = "-- Friday, 2026-01-02 --"


def told(number: int, text: str, day: int) -> wire.Said:
    """Return a line that Bob said at noon of the `day` of January 2026, or of the last December."""
    date = f"2026-01-{day:02}" if day > 0 else f"2025-12-{31 + day:02}"
    return wire.Said("lobby", number, f"{date}T12:00:00.000Z", "Bob", text)


def test_a_day_line_stands_between_the_days_of_a_history_and_of_live_lines() -> None:
    harness = ConversationHarness(history=50)
    harness.log_in(last=3)
    history = (told(1, "a", -10), told(2, "b", -10), told(3, "c", 1))
    assert harness.receive(wire.History("lobby", history, more=False)) == [
        "(on entry) -- Sunday, 2025-12-21 --",
        "(on entry) [2025-12-21 12:00] Bob: a",
        "(on entry) [2025-12-21 12:00] Bob: b",
        f"(on entry) {TODAY}",
        "(on entry) [12:00] Bob: c",
    ]
    assert harness.receive(said(4, "Bob", "d")) == ["Bob: d"]


def test_a_day_line_stands_between_an_old_history_and_the_first_live_line() -> None:
    harness = ConversationHarness(history=50)
    harness.log_in(last=1)
    harness.receive(wire.History("lobby", (told(1, "a", -10),), more=False))
    assert harness.receive(told(2, "b", 1)) == [TODAY, "Bob: b"]


def test_midnight_is_told_with_the_next_line_whatever_the_servers_clock_says() -> None:
    harness = inside()
    assert harness.receive(said(1, "Bob", "a")) == ["Bob: a"]
    harness.now = NOON + DAY
    assert harness.receive(said(2, "Bob", "b")) == [TOMORROW, "Bob: b"]
    assert harness.receive(wire.Joined("lobby", ("Eve",))) == ["* Eve joined"]
    harness.now = NOON + 2 * DAY
    assert harness.receive(wire.Joined("lobby", ("Ann",))) == [
        "-- Saturday, 2026-01-03 --",
        "* Ann joined",
    ]
    harness.now = NOON + 3 * DAY
    private = wire.Told("Bob", "Alice", "2026-01-04T12:00:00.000Z", "psst")
    assert harness.receive(private) == ["-- Sunday, 2026-01-04 --", "[Bob -> you] psst"]


def test_the_day_lines_of_a_page_are_followed_by_one_before_what_is_live() -> None:
    harness = inside()
    harness.say("/history 1")
    page = wire.History("lobby", (told(1, "a", 0),), more=False)
    assert harness.receive(page) == ["-- Wednesday, 2025-12-31 --", "[2025-12-31 12:00] Bob: a"]
    assert harness.receive(said(1, "Bob", "b")) == [TODAY, "Bob: b"]


def test_what_a_search_finds_has_dates_and_no_day_lines() -> None:
    harness = inside()
    harness.say("/search a")
    found = wire.Found("lobby", "a", (told(1, "a", -10), told(2, "a", 0)), more=False)
    assert harness.receive(found) == ["[2025-12-21 12:00] Bob: a", "[2025-12-31 12:00] Bob: a"]
    assert harness.receive(said(1, "Bob", "b")) == ["Bob: b"]


def test_missed_lines_of_yesterday_stand_between_day_lines() -> None:
    harness = inside()
    harness.receive(said(1, "Bob", "a"))
    harness.cut()
    harness.now = NOON + DAY
    harness.resume(last=2)
    assert harness.receive(told(2, "b", 1), told(3, "c", 2)) == [
        "-- new since 2026-01-01 12:00 --",
        "[2026-01-01 12:00] Bob: b",
        TOMORROW,
        "Bob: c",
    ]
