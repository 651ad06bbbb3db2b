"""One-time words, and the fingerprints of clients."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from netchat.accounts.clients import fingerprint
from netchat.accounts.words import hash_word, is_word, make_word


def test_a_word_can_be_typed_in_any_way_that_people_read_it_aloud() -> None:
    word = make_word()
    assert is_word(word)
    assert is_word(word.lower())
    hashed = hash_word(word)
    assert hashed
    assert hash_word(f" {word.lower()} ") == hashed
    assert hash_word(word.replace("-", "")) == hashed
    assert hash_word("0000-1111-0000-1111") == hash_word("OOOO-IIII-oooo-llll")
    assert word not in hashed


def test_words_differ() -> None:
    assert len({make_word() for _ in range(100)}) == 100


def test_a_password_is_no_word() -> None:
    assert not is_word("correct horse battery staple")
    assert not is_word("ABCDEFGH12345678")


@given(st.text())
def test_any_text_is_a_word_or_has_no_hash(text: str) -> None:
    assert not is_word(text) or hash_word(text)


def test_a_nameless_client_has_no_fingerprint() -> None:
    assert fingerprint("") == ""
    assert fingerprint("a") != fingerprint("b")
    assert len(fingerprint("a")) == 32
