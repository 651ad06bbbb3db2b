"""Masks, sources and hostnames of IRC: the public test data of ircdocs, and hostile masks."""

from __future__ import annotations

import re
from fnmatch import translate
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netchat.dialects.irc.masks import Source, is_hostname, is_match, split_source
from tests.dialects.irc.test_message import cases


@pytest.mark.parametrize("case", cases("mask-match.yaml"), ids=lambda case: case["mask"])
def test_a_mask_matches_what_ircdocs_says(case: dict[str, Any]) -> None:
    assert all(is_match(case["mask"], text) for text in case["matches"])
    assert not any(is_match(case["mask"], text) for text in case["fails"])


@pytest.mark.parametrize("case", cases("userhost-split.yaml"), ids=lambda case: case["source"])
def test_a_source_is_split_as_ircdocs_says(case: dict[str, Any]) -> None:
    assert split_source(case["source"]) == Source(**case["atoms"])


@pytest.mark.parametrize("case", cases("validate-hostname.yaml"), ids=lambda case: case["host"])
def test_a_hostname_is_valid_where_ircdocs_says_so(case: dict[str, Any]) -> None:
    assert is_hostname(case["host"]) == case["valid"]


def test_a_very_long_hostname_is_not_valid() -> None:
    assert is_hostname("a." * 126 + "a")
    assert not is_hostname("a." * 127)


def test_a_mask_ignores_the_case_of_ascii_letters_only() -> None:
    assert is_match("ANN!*", "ann!x@y")
    assert not is_match("Élan", "élan")


def test_a_backslash_takes_the_meaning_of_a_wildcard_away() -> None:
    assert is_match(r"a\*b\?", "a*b?")
    assert not is_match(r"a\*b", "axb")
    assert is_match("a\\b", "a\\b")


def test_a_mask_of_many_stars_is_refuted_at_once() -> None:
    assert not is_match("*a" * 200 + "b", "a" * 500)
    assert is_match("*a" * 200 + "*", "a" * 500)


@given(st.text("ab*?["), st.text("ab[]"))
def test_a_mask_matches_what_a_shell_pattern_without_brackets_does(mask: str, text: str) -> None:
    assert is_match(mask, text) == bool(re.match(translate(mask.replace("[", "[[]")), text))
