"""Durations as people write and read them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netchat.model.durations import MAX_DURATION, format_duration, parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90),
        ("10m", 600),
        ("2h30m", 9000),
        ("7D", 604_800),
        ("1w", 604_800),
        ("3650d", MAX_DURATION),
        ("", None),
        ("10", None),
        ("m", None),
        ("-5m", None),
        ("0s", None),
        ("1.5h", None),
        ("10m ", None),
        ("3651d", None),
        ("\u0661m", None),
        ("9999999999d", None),
    ],
)
def test_a_duration_is_numbers_with_units(text: str, seconds: float | None) -> None:
    assert parse_duration(text) == seconds


@given(st.text() | st.text("0123456789wdhms"))
def test_any_text_is_a_duration_within_bounds_or_none(text: str) -> None:
    seconds = parse_duration(text)
    assert seconds is None or 0 < seconds <= MAX_DURATION


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.2, "1 second"),
        (1, "1 second"),
        (60, "1 minute"),
        (600, "10 minutes"),
        (9000, "2 hours and 30 minutes"),
        (90_061, "1 day and 1 hour"),
        (86_401, "1 day and 1 second"),
    ],
)
def test_a_duration_reads_as_its_two_largest_units(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text
