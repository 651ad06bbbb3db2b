"""What is typed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netchat.client.frontends.input import is_exit_word, is_single_word, name_problem, parse_literal
from netchat.model.events import Refused
from netchat.model.requests import CURRENT_ROOM, Say


@pytest.mark.parametrize("name", ["Alice", "日本", "a.b", "a:b", "é", "{}", "e" + 9 * "\u0301"])
def test_one_word_can_be_asked_for_as_a_name(name: str) -> None:
    assert is_single_word(name)


@pytest.mark.parametrize("name", ["", " ", "a b", "a\nb", "a\x1b", " a", "a\u202eb", "\udcff"])
def test_what_is_two_words_or_no_text_is_not_asked_for_as_a_name(name: str) -> None:
    assert not is_single_word(name)


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
def test_why_it_is_no_name_is_told_in_the_words_of_the_server(typed: str, why: str) -> None:
    assert not is_single_word(typed)
    assert name_problem(typed) == why


@given(st.text(st.characters(codec=None), max_size=40))
def test_whatever_is_no_word_the_server_would_not_have_as_a_name(typed: str) -> None:
    assert is_single_word(typed) or name_problem(typed)


@pytest.mark.parametrize(
    ("typed", "leaves"),
    [("exit", True), ("/quit", True), (" Exit ", True), ("/exit", True), ("x", False), ("", False)],
)
def test_exit_and_quit_leave_where_a_name_is_asked_for(typed: str, leaves: bool) -> None:
    assert is_exit_word(typed) is leaves


@pytest.mark.parametrize("line", ["hi", "/quit", "//x", "exit", "/me waves", " indented"])
def test_where_there_are_no_commands_every_line_is_said_as_it_is(line: str) -> None:
    assert parse_literal(line.encode()) == Say(CURRENT_ROOM, line)


def test_blank_lines_are_not_said_and_what_is_no_utf_8_is_refused() -> None:
    assert parse_literal(b" \t ") is None
    assert isinstance(parse_literal(b"\xff"), Refused)
    assert parse_literal(b"a\tb\x1b") == Say(CURRENT_ROOM, "a b")
