"""One word, as the names of guests and rooms are."""

from __future__ import annotations

import pytest

from netchat.model.words import is_single_word


@pytest.mark.parametrize("name", ["Alice", "日本", "a.b", "a:b", "é", "{}", "e" + 9 * "\u0301"])
def test_one_word_can_be_sent_as_a_name(name: str) -> None:
    assert is_single_word(name)


@pytest.mark.parametrize("name", ["", " ", "a b", "a\nb", "a\x1b", " a", "a\u202eb", "\udcff"])
def test_two_words_or_no_text_are_not_sent_as_a_name(name: str) -> None:
    assert not is_single_word(name)
