"""One-time words, and the fingerprints of clients."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netchat.accounts.clients import fingerprint
from netchat.accounts.words import find_word, hash_word, is_word, make_word
from netchat.state.records import Account, Proof


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


@pytest.mark.parametrize(("now", "found"), [(99.0, True), (100.0, False), (101.0, False)])
def test_a_word_is_found_until_its_time_is_over(now: float, found: bool) -> None:
    word = make_word()
    proof = Proof(2, "word", hash_word(word), until=100)
    account = Account(1, "Alice", 0, (Proof(1, "password", hash_word(word)), proof))
    assert (find_word(account, word, now) == proof) is found
    assert find_word(account, make_word(), now) is None
    assert find_word(account, "", now) is None
    assert find_word(None, word, now) is None


def test_a_nameless_client_has_no_fingerprint() -> None:
    assert fingerprint("") == ""
    assert fingerprint("a") != fingerprint("b")
    assert len(fingerprint("a")) == 32
