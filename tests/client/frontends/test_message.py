"""A message of several lines, as the lines that are sent."""

from __future__ import annotations

import pytest

from netchat.client.frontends.message import is_text, lines_in, problem_of


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("one", ["one"]),
        ("", []),
        ("one\n\n \n  two\n", ["one", "  two"]),
        ("x\u2028/nick Evil\ny", ["x\u2028/nick Evil", "y"]),
        ("/me waves\nand goes", ["/me waves", "and goes"]),
        ("/msg Bob one\ntwo", ["/msg Bob one", "/msg Bob two"]),
        ("  /W  Bob  one\ntwo", ["  /W  Bob  one", "/W Bob two"]),
        ("/reply one\ntwo", ["/reply one", "/reply two"]),
        ("/msg Bob x\n//etc/y\nexit", ["/msg Bob x", "/msg Bob /etc/y", "/msg Bob exit"]),
        ("/msg Bob one\n/names", ["/msg Bob one", "/names"]),
        ("/query Bob\none", ["/query Bob", "one"]),
        ("//msg Bob one\ntwo", ["//msg Bob one", "two"]),
    ],
)  # fmt: skip
def test_each_line_is_sent_as_it_would_be_typed(text: str, lines: list[str]) -> None:
    assert lines_in(text) == lines


@pytest.mark.parametrize(
    ("line", "said"), [("exit", True), (" EXIT ", True), ("/quit", False), ("/exit", False)]
)
def test_only_the_word_exit_is_said(line: str, said: bool) -> None:
    assert is_text(line) is said


def test_a_line_alone_is_refused_by_its_size_only() -> None:
    assert problem_of(["/nonsense"], 10) == ""
    assert problem_of(["x" * 11], 0) == ""
    assert problem_of(["/msg Bob " + "x" * 10], 10) == ""
    assert problem_of(["é" * 6], 10) == "That line has 12 bytes, and the server takes 10; split it."


def test_of_several_lines_none_is_sent_if_one_is_refused() -> None:
    assert problem_of(["one", "exit", "/names"], 10) == ""
    problem = problem_of(["one", "/msg"], 10)
    assert problem.startswith("Line 2: Type it as /msg NAME TEXT")
    assert problem.endswith(" Nothing was sent.")
    assert problem_of(["x" * 11, "two"], 10).startswith("Line 1: That line has 11 bytes")
