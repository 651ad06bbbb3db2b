"""Where a name stands in a text, and when two names are the same word."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netchat.model.folding import contains_name, fold
from netchat.model.names import match_keys

ZOE_NFD = unicodedata.normalize("NFD", "Zoé")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("ボブ", "私はボブです"),
        ("ボブ", "ボブさん、おはよう"),
        ("ボブ", "ﾎﾞﾌﾞさん"),
        ("ボブ", unicodedata.normalize("NFD", "ハロー、ボブ")),
        ("小明", "你好小明你在吗"),
        ("小明", "小明"),
        ("민수", "민수는 어디 있어요"),
        ("สมชาย", "สวัสดีสมชายครับ"),
        ("Straße", "STRASSE, are you there?"),
        ("STRASSE", "hallo straße"),
        ("Zoé", f"hi {ZOE_NFD}!"),
        (ZOE_NFD, "hi Zoé!"),
        ("Bob", "ｂｏｂ?"),
        ("ΣΊΣΥΦΟΣ", "γεια σίσυφος"),
        ("Bob", "小Bob明"),
        ("Иван", "ИВАН, привет"),
        ("Bob", "bobby and bob"),
        ("a.b", "is A.B. here"),
        ("x_", "x_ y"),
    ],
)
def test_a_name_is_found_however_it_is_written(name: str, text: str) -> None:
    assert contains_name(text, name)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Bob", "Bobby"),
        ("Bob", "ｂｏｂｂｙ"),
        ("Zoe", f"hi {ZOE_NFD}"),
        ("Zoe", "hi Zoé"),
        ("x", "x\u0302 is no x\u0302"),
        ("Иван", "Иванов"),
        ("Strass", "Straße"),
        ("Ian", "the LAN is down"),
        ("a.b", "aXb"),
        ("ボブ", "ポプ"),
        ("Bob", ""),
    ],
)
def test_another_word_or_a_part_of_one_is_no_mention(name: str, text: str) -> None:
    assert not contains_name(text, name)


@given(st.text(), st.text(min_size=1, max_size=32))
def test_no_text_is_an_error_and_a_name_alone_is_always_found(text: str, name: str) -> None:
    contains_name(text, name)
    assert contains_name(f"{name}", name)


@given(st.text(max_size=32))
def test_the_folded_form_is_the_first_key_by_which_names_are_compared(name: str) -> None:
    assert match_keys(name)[0] == fold(name)
