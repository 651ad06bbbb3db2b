"""What may reach somebody's terminal."""

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
def test_controls_go_line_breaks_become_spaces_and_the_rest_stays(text: str, shown: str) -> None:
    assert sanitize(text) == shown


@given(st.text())
def test_no_control_byte_and_no_second_line_comes_out(text: str) -> None:
    shown = sanitize(text)
    assert all(unicodedata.category(char) != "Cc" for char in shown)
    assert len(shown.splitlines()) <= 1
    assert sanitize(shown) == shown


def test_a_letter_carries_8_marks_and_no_tower() -> None:
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
def test_what_people_write_comes_through_as_it_is(text: str) -> None:
    assert sanitize(text) == text
