"""The values on the command line of netchat admin."""

from __future__ import annotations

from argparse import ArgumentTypeError
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netchat.admin.console.values import count, duration, room_settings

OPEN = {"private": False, "readonly": False, "moderated": False, "slow": 0, "quiet_joins": False}
WORDS = ("private", "readonly", "moderated", "on", "off", "slow", "joins", "quiet", "told", "open")


@pytest.mark.parametrize(("text", "seconds"), [("10m", 600), ("0", 0), ("2h30m", 9000)])
def test_a_duration_has_units_unless_it_is_without_end(text: str, seconds: float) -> None:
    assert duration(text) == seconds


@pytest.mark.parametrize("text", ["10", "", "soon", "-1m"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ArgumentTypeError, match="write it like 10m"):
        duration(text)


@pytest.mark.parametrize("text", ["0", "-1", "", "x", "1" * 10, "\u0661"])
def test_a_count_is_a_whole_number_from_1_on(text: str) -> None:
    assert count("17") == 17
    with pytest.raises(ArgumentTypeError):
        count(text)


@pytest.mark.parametrize(
    ("words", "settings"),
    [
        ([], {}),
        (["private"], {"private": True}),
        (["Private", "off", "readonly", "on"], {"private": False, "readonly": True}),
        (["slow", "10", "joins", "quiet"], {"slow": 10, "quiet_joins": True}),
        (["slow", "2m"], {"slow": 120}),
        (["slow", "off", "joins", "told"], {"slow": 0, "quiet_joins": False}),
        (["open"], OPEN),
        (["open", "moderated"], {**OPEN, "moderated": True}),
    ],
)
def test_the_settings_of_a_room_are_words(words: list[str], settings: dict[str, Any]) -> None:
    assert room_settings(words) == settings


@pytest.mark.parametrize("words", [["secret"], ["slow"], ["joins"], ["off"], ["slow", "99999999"]])
def test_other_words_are_refused_with_those_that_there_are(words: list[str]) -> None:
    with pytest.raises(ValueError, match="slow"):
        room_settings(words)


@given(st.lists(st.sampled_from(WORDS) | st.text(max_size=5), max_size=8))
def test_any_words_are_settings_or_refused(words: list[str]) -> None:
    with suppress(ValueError):
        assert room_settings(words).keys() <= OPEN.keys()
