"""What ends a line, and that only the functions made for it cut a text into lines."""

from __future__ import annotations

import re

import pytest

from netchat.model.lines import lines_of, whole_lines
from tests.support.checkout import CHECKOUT

HIDDEN = "\v\f\x1c\x1d\x1e\x85\u2028\u2029"
"""Characters other than CR and LF at which `str.splitlines` cuts."""
CUTS = re.compile(r"\.splitlines\(|split\(b?[\"']\\[nr]|splitlines,")


@pytest.mark.parametrize("char", HIDDEN, ids=ascii)
def test_a_hidden_line_break_ends_no_line(char: str) -> None:
    assert lines_of(f"x{char}/nick Evil\n") == [f"x{char}/nick Evil"]
    assert whole_lines(f"x{char}/nick Evil\n") == [f"x{char}/nick Evil"]
    assert whole_lines(f"x{char}y\n".encode()) == [f"x{char}y".encode()]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", []),
        ("a", ["a"]),
        ("a\n", ["a"]),
        ("a\r\nb\rc\n", ["a", "b", "c"]),
        ("a\n\nb", ["a", "", "b"]),
        ("\n", [""]),
    ],
)
def test_the_lines_of_a_text_end_in_lf_crlf_or_cr(text: str, lines: list[str]) -> None:
    assert lines_of(text) == lines


def test_a_line_whose_end_has_not_come_is_no_whole_line() -> None:
    assert whole_lines(b"a\nb\nc") == [b"a", b"b"]


def test_nothing_but_the_framing_cuts_a_text_into_lines() -> None:
    cutting = {
        str(path.relative_to(CHECKOUT / "netchat"))
        for path in (CHECKOUT / "netchat").rglob("*.py")
        if CUTS.search(path.read_text(encoding="utf-8").replace("`str.splitlines`", ""))
    }
    assert cutting == {"model/lines.py", "dialects/framing.py"}
