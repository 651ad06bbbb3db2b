"""What is typed outside the conversation."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netchat.client.frontends.input import is_exit_word, name_problem, parse_literal
from netchat.model.events import Refused
from netchat.model.requests import CURRENT_ROOM, Say
from netchat.model.words import is_single_word


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("a b", "A name has letters, digits and _ . - only; choose another one."),
        ("a\x1b", "A name has letters, digits and _ . - only; choose another one."),
        ("x" + 9 * "\u0323", "A name has at most 8 marks on a letter; choose another one."),
        ("a b" * 99, "A name has 1 to 32 characters; choose another one."),
        ("\udcff", "That is not UTF-8; set your terminal to UTF-8."),
    ],
)
def test_a_bad_name_is_explained_in_the_words_of_the_server(typed: str, why: str) -> None:
    assert not is_single_word(typed)
    assert name_problem(typed) == why


@given(st.text(st.characters(codec=None), max_size=40))
def test_the_server_allows_no_name_that_is_not_a_single_word(typed: str) -> None:
    assert is_single_word(typed) or name_problem(typed)


@pytest.mark.parametrize(
    ("typed", "leaves"),
    [("exit", True), ("/quit", True), (" Exit ", True), ("/exit", True), ("x", False), ("", False)],
)
def test_exit_and_quit_leave_at_the_question_for_a_name(typed: str, leaves: bool) -> None:
    assert is_exit_word(typed) is leaves


@pytest.mark.parametrize("line", ["hi", "/quit", "//x", "exit", "/me waves", " indented"])
def test_a_literal_line_is_said_as_it_is(line: str) -> None:
    assert parse_literal(line.encode()) == Say(CURRENT_ROOM, line)


def test_blank_lines_are_not_said_and_bytes_that_are_not_utf_8_are_refused() -> None:
    assert parse_literal(b" \t ") is None
    assert isinstance(parse_literal(b"\xff"), Refused)
    assert parse_literal(b"a\tb\x1b") == Say(CURRENT_ROOM, "a b")
