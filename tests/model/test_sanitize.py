"""Sanitizing: what may reach a terminal."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netchat.model.sanitize import sanitize


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("a\tb", "a b"),
        ("\x1b[2Jgone", "[2Jgone"),
        ("\x1b]0;title\x07", "]0;title"),
        ("\x9b2J", "2J"),
        ("nul\x00del\x7f", "nuldel"),
        ("one\rtwo", "one two"),
        ("one\u2028two\u2029three\x85four\vfive\fsix", "one two three four five six"),
        ("abc\u202edef\u2066ghi\u200f", "abcdefghi"),
        ("👩\u200d🚀 é ß 漢字 می\u200cخواهم", "👩\u200d🚀 é ß 漢字 می\u200cخواهم"),
    ],
)
def test_control_characters_are_removed_and_line_breaks_become_spaces(
    text: str, shown: str
) -> None:
    assert sanitize(text) == shown


@given(st.text())
def test_a_sanitized_text_has_no_control_character_and_is_one_line(text: str) -> None:
    shown = sanitize(text)
    assert all(unicodedata.category(char) != "Cc" for char in shown)
    assert len(shown.splitlines()) <= 1
    assert sanitize(shown) == shown


def test_a_letter_keeps_at_most_8_marks() -> None:
    assert sanitize("Z" + "\u0334" * 500 + "algo") == "Z" + "\u0334" * 8 + "algo"
    tower = "e" + "\u0301\u200d" * 100
    assert sanitize(tower).count("\u0301") == 8
    assert sanitize("\u0301" * 20) == "\u0301" * 8
    assert sanitize("a\x1b" + "\u0301\x00" * 20) == "a" + "\u0301" * 8


@pytest.mark.parametrize(
    "text",
    [
        "Việt Nam".encode().decode(),
        "a\u0302\u0301" * 50,
        "בְּרֵאשִׁ֖ית בָּרָ֣א אֱלֹהִ֑ים",
        "ສະບາຍດີ ภาษาไทยที่นี่ ន្ត្រី བསྒྲུབས",
        "👩‍👩‍👧‍👦🏴󠁧󠁢󠁳󠁣󠁴󠁿👍🏽" * 5,
        "😀" * 50 + "e\u0301",
        "①②③④⑤⑥⑦⑧⑨⑩、。〈〉《》「」『』",
    ],
)
def test_texts_that_people_write_are_unchanged(text: str) -> None:
    assert sanitize(text) == text
