"""The passwords of accounts: what is stored, and what is verified."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netchat.accounts.passwords import check_password, make_verifier, verify


def test_a_verifier_knows_its_password_in_any_way_of_typing_the_letters() -> None:
    verifier = make_verifier(check_password("pässword of mine"))
    assert verifier.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert verify(verifier, "pässword of mine")
    assert verify(verifier, "pa\u0308ssword of mine")
    assert not verify(verifier, "password of mine")
    assert "mine" not in verifier


def test_two_verifiers_of_one_password_differ() -> None:
    assert make_verifier("long enough") != make_verifier("long enough")


@pytest.mark.parametrize("verifier", ["", "nonsense", "$argon2id$v=19$m=19456,t=2,p=1$"])
def test_without_a_verifier_no_password_is_right(verifier: str) -> None:
    assert not verify(verifier, "the password of nobody")


@pytest.mark.parametrize("text", ["", "short", " " * 20, "bell\x07 in a password", "x" * 129])
def test_what_is_no_password_is_refused_with_one_sentence(text: str) -> None:
    with pytest.raises(ValueError, match=r"^[A-Z].*; choose .*\.$"):
        check_password(text)


@settings(max_examples=30, deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_a_password_that_verifies_or_is_refused(text: str) -> None:
    try:
        password = check_password(text)
    except ValueError:
        return
    assert verify(make_verifier(password), text)
