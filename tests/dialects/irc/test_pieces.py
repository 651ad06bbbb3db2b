"""A text that is too long for a reader's line comes in parts."""

from __future__ import annotations

from itertools import pairwise
from unicodedata import category

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netchat.dialects.irc.pieces import split_text

TEXTS = st.text("a é中\u0301👍🏽\u200d\ufe0f🇩🇪", max_size=60) | st.text(
    st.characters(exclude_categories=["Cs"])
)


@given(TEXTS, st.integers(0, 40))
def test_the_parts_are_the_text_and_no_part_is_too_long(text: str, room: int) -> None:
    parts = split_text(text, room)
    assert "".join(parts) == text
    assert all(len(part.encode()) <= room or len(part) == 1 for part in parts)
    assert all(parts) or parts == [""]


@given(st.lists(st.sampled_from(["a", "e\u0301", "👍🏽", "❤\ufe0f", "👩\u200d🚀", "🇩🇪", " "])))
def test_what_a_reader_sees_as_one_character_stays_together(characters: list[str]) -> None:
    parts = split_text("".join(characters), 12)
    for before, after in pairwise(parts):
        assert category(after[0])[0] != "M"
        assert after[0] not in "\u200d🏽🚀"
        assert before[-1] != "\u200d"
    assert all(part.count("🇩") == part.count("🇪") for part in parts)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("one two three", ["one two ", "three"]),
        ("a bcdefghijkl", ["a bcdefg", "hijkl"]),
        ("one two.", ["one two."]),
        ("", [""]),
    ],
)
def test_a_part_ends_at_a_space_near_its_end(text: str, parts: list[str]) -> None:
    assert split_text(text, 8) == parts


def test_a_space_that_has_a_mark_is_not_cut_off_it() -> None:
    assert split_text("abcdef \u0301gh", 8) == ["abcdef", " \u0301gh"]


def test_more_marks_than_fit_are_cut_between_code_points() -> None:
    assert split_text("a" + "\u0301" * 6, 5) == ["a\u0301\u0301", "\u0301\u0301", "\u0301\u0301"]


@pytest.mark.parametrize("unit", ["\u0301", "🇩", "中", "a", " "])
def test_a_long_text_of_hostile_characters_is_split_at_once(unit: str) -> None:
    text = unit * 100_000
    assert "".join(split_text(text, 400)) == text
