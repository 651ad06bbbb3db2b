"""One-time words, invitations and tokens of webhooks."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netchat.state.tokens import hash_token, new_token, new_word


def test_a_word_can_be_typed_and_is_never_the_same() -> None:
    words = {new_word() for _ in range(100)}
    assert len(words) == 100
    for word in words:
        assert re.fullmatch(r"[0-9a-hjkmnp-tv-z]{4}(-[0-9a-hjkmnp-tv-z]{4}){3}", word)


def test_a_token_has_more_letters_than_anybody_types() -> None:
    assert re.fullmatch(r"[0-9a-z]{32}", new_token())


@pytest.mark.parametrize(
    "typed", ["10kf-dm2x", "10KF-DM2X", "1okf dm2x", "lOkfdm2x", "I0KFDM2X", " 10kf-dm2x "]
)
def test_a_word_is_the_same_however_it_is_typed(typed: str) -> None:
    assert hash_token(typed) == hash_token("10kfdm2x")


def test_another_word_has_another_hash_from_which_it_cannot_be_read() -> None:
    word = new_word()
    assert hash_token(word) != hash_token(new_word())
    assert word.replace("-", "") not in hash_token(word)


@given(st.text(st.characters(codec="utf-8")))
def test_any_text_has_a_hash(typed: str) -> None:
    assert re.fullmatch(r"[0-9a-f]{64}", hash_token(typed))
