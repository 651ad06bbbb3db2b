"""Tokens of webhooks."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from netchat.accounts.tokens import hash_token, make_token


def test_a_token_is_long_and_never_the_same() -> None:
    tokens = {make_token() for _ in range(100)}
    assert len(tokens) == 100
    assert all(re.fullmatch("[0-9a-f]{40}", token) for token in tokens)


@given(st.text(st.characters(codec="utf-8")), st.text(st.characters(codec="utf-8")))
def test_a_hash_is_that_of_one_token_only(one: str, other: str) -> None:
    assert re.fullmatch("[0-9a-f]{64}", hash_token(one))
    assert (hash_token(one) == hash_token(other)) == (one == other)
