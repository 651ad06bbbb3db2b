"""Durations as people write and read them."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netchat.model.durations import (
    BadDurationError,
    format_duration,
    is_meant_as_duration,
    parse_duration,
    write_duration,
)
from netchat.model.state_requests import MAX_DURATION

DURATIONS = st.integers(0, MAX_DURATION)
DAY = 86_400


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("10m", 600),
        ("2h30m", 9_000),
        ("7d", 7 * DAY),
        ("1w", 7 * DAY),
        ("90s", 90),
        ("1H30M", 5_400),
        ("0", 0),
        ("0s", 0),
        ("007m", 420),
        (f"{MAX_DURATION}s", MAX_DURATION),
    ],
)
def test_a_duration_is_numbers_with_units(text: str, seconds: int) -> None:
    assert parse_duration(text) == seconds
    assert is_meant_as_duration(text)


@pytest.mark.parametrize("text", ["90", "10m30", "30m2h", "1h1h", f"{MAX_DURATION + 1}s", "9" * 99])
def test_what_was_meant_as_a_duration_but_is_none_is_refused(text: str) -> None:
    assert is_meant_as_duration(text)
    with pytest.raises(BadDurationError, match=r"duration[,;]"):
        parse_duration(text)


@pytest.mark.parametrize(
    "text", ["", "m", "spam", "-1h", "1.5h", "1 h", "h1", "١m", "1ſ", "10min", "3rd", "+1d", "1d\n"]
)
def test_anything_else_is_the_beginning_of_a_reason(text: str) -> None:
    assert not is_meant_as_duration(text)
    with pytest.raises(BadDurationError):
        parse_duration(text)


def test_a_number_alone_may_be_seconds_or_minutes_so_the_refusal_names_the_units() -> None:
    with pytest.raises(BadDurationError) as refused:
        parse_duration("90")
    assert str(refused.value) == (
        '"90" is no duration; write numbers with units, such as 10m, 2h30m or 7d.'
    )


@given(st.text(max_size=50) | st.from_regex(r"([0-9]{1,15}[wdhmsWDHMS]?){1,6}", fullmatch=True))
def test_any_text_has_a_duration_within_the_bounds_or_is_refused(text: str) -> None:
    with suppress(BadDurationError):
        assert 0 <= parse_duration(text) <= MAX_DURATION
        assert is_meant_as_duration(text)


@given(DURATIONS)
def test_a_written_duration_is_read_as_the_same(seconds: int) -> None:
    assert parse_duration(write_duration(seconds)) == seconds
    assert parse_duration(write_duration(seconds).upper()) == seconds


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 seconds"),
        (-5, "0 seconds"),
        (0.2, "1 second"),
        (59, "59 seconds"),
        (59.5, "1 minute"),
        (60, "1 minute"),
        (600, "10 minutes"),
        (61, "1 minute and 1 second"),
        (9_000, "2 hours and 30 minutes"),
        (9_001, "2 hours and 31 minutes"),
        (7_199.1, "2 hours"),
        (DAY - 1, "1 day"),
        (DAY + 1, "1 day and 1 hour"),
        (7 * DAY, "7 days"),
    ],
)
def test_a_duration_is_told_in_its_two_largest_units(seconds: float, words: str) -> None:
    assert format_duration(seconds) == words


@given(st.floats(0, MAX_DURATION))
def test_a_duration_in_words_is_never_shorter_than_it_is(seconds: float) -> None:
    words = format_duration(seconds).replace(" and ", " ").split()
    told = "".join(count + unit[0] for count, unit in zip(words[::2], words[1::2], strict=True))
    assert seconds <= parse_duration(told) <= seconds * 1.02 + 1
