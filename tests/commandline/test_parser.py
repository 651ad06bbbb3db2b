"""The help of a command: its text fits on the terminal."""

from __future__ import annotations

import pytest

from netchat.commandline.parser import Parser

_ENDING = """\
examples:
  netchat do this   --with blanks

Every word here stays where it is, and the paragraph is wrapped for the terminal that it
is read on.
"""


@pytest.mark.parametrize(("columns", "rows"), [(50, 3), (80, 2), (300, 1)])
def test_paragraphs_are_wrapped_for_the_terminal_and_examples_are_not(
    monkeypatch: pytest.MonkeyPatch, columns: int, rows: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    shown = Parser("netchat do", "Do it.", _ENDING).format_help()
    assert "examples:\n  netchat do this   --with blanks\n\n" in shown
    wrapped = shown.rstrip().partition("blanks\n\n")[2].split("\n")
    assert " ".join(wrapped) == " ".join(_ENDING.partition("blanks\n\n")[2].split())
    assert max(map(len, wrapped)) <= min(columns, 100)
    assert len(wrapped) >= rows
