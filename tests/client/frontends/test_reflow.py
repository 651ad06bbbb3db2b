"""Rows in a terminal that wraps them anew; tests with a real one are in test_scrollback."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prompt_toolkit.data_structures import Size

from netchat.client.frontends.reflow import SETTLED, rows_above, wraps_anew
from tests.support.terminals import User, at_a_terminal, said

WIDE = [2, 0]


@pytest.mark.parametrize(
    ("environ", "wraps"),
    [
        ({"TERM": "tmux-256color"}, True),
        ({"TERM": "screen-256color", "TMUX": "/tmp/tmux,1,0"}, True),
        ({"TERM": "screen-256color", "STY": "1.pts", "VTE_VERSION": "7600"}, False),
        ({"TERM": "xterm-256color", "VTE_VERSION": "7600"}, True),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "iTerm.app"}, True),
        ({"TERM": "xterm-kitty"}, True),
        ({"TERM": "xterm-256color"}, False),
        ({"TERM": "linux"}, False),
        ({}, False),
    ],
)
def test_the_environment_tells_which_terminal_wraps_anew(
    environ: dict[str, str], wraps: bool
) -> None:
    assert wraps_anew(environ) == wraps


def test_rows_above_the_cursor_are_counted_as_the_terminal_wraps_them() -> None:
    assert rows_above([[]], 5, 20) == 0
    assert rows_above([[1] * 20], 20, 20) == 0
    assert rows_above([[1] * 21], 21, 20) == 1
    assert rows_above([[1] * 60], 19, 20) == 0
    assert rows_above([[1] * 60], 20, 20) == 1
    assert rows_above([[1] * 80, [1] * 3], 3, 20) == 4
    assert rows_above([[], [1]], 1, 20) == 1


def test_a_wide_character_that_does_not_fit_goes_to_the_next_row() -> None:
    assert rows_above([WIDE * 10], 20, 20) == 0
    assert rows_above([[1, *WIDE * 10]], 21, 20) == 1
    assert rows_above([WIDE * 10], 20, 19) == 1
    assert rows_above([WIDE * 10, []], 0, 3) == 10


@given(st.lists(st.lists(st.sampled_from([1, 2]), max_size=90), min_size=1), st.integers(1, 90))
def test_as_wide_as_before_no_row_is_wrapped(rows: list[list[int]], columns: int) -> None:
    assert rows_above(rows, len(rows[-1]), max(map(sum, rows))) == len(rows) - 1
    assert rows_above(rows, len(rows[-1]), columns) >= len(rows) - 1


def test_nothing_is_drawn_or_printed_before_the_size_stays_the_same(tmp_path: Path) -> None:
    async def test(alice: User) -> None:
        await alice.types("half")
        written = alice.terminal.written
        for columns in (60, 40, 50):
            await alice.resizes(columns, 24)
            await alice.types("x")
            await alice.shows(said("Bob", f"in {columns}"))
            alice.clock.advance(SETTLED / 2)
        assert alice.terminal.written == written
        alice.clock.advance(SETTLED)
        await alice.sees("Bob: in 60", "Bob: in 40", "Bob: in 50", "You: halfxxx")
        await alice.resizes(60, 24)
        await alice.types("\r")
        await alice.sees("You: halfxxx")
        assert alice.chat.said == ["halfxxx"]
        alice.clock.advance(SETTLED)
        await alice.sees("You: halfxxx", "You:")

    at_a_terminal(tmp_path, test, environ={"TERM": "tmux-256color"})


def test_what_is_drawn_before_the_width_is_told_has_the_rows_of_that_width(
    tmp_path: Path,
) -> None:
    async def test(alice: User) -> None:
        await alice.types("x" * 50)
        alice.terminal.told = Size(rows=24, columns=80)
        alice.terminal.resize(40, 24)
        await alice.shows(said("Bob", "hi"))
        assert alice.terminal.rows == ["Bob: hi", f"You: {'x' * 35}", "x" * 15]
        assert len(alice.terminal.status) == 1
        alice.terminal.told = None
        await alice.resizes(40, 24)
        alice.clock.advance(SETTLED)
        await alice.sees("Bob: hi", f"You: {'x' * 35}", f"     {'x' * 15}")
        assert len(alice.terminal.rows) == 3
        assert len(alice.terminal.status) == 1

    at_a_terminal(tmp_path, test, environ={"TERM": "tmux-256color"})


def test_what_waits_for_the_size_is_printed_at_the_end(tmp_path: Path) -> None:
    async def test(alice: User) -> None:
        await alice.resizes(60, 24)
        await alice.shows(said("Bob", "the last line"))
        alice.frontend._editor.end()
        await alice.settles()
        assert "Bob: the last line" in alice.terminal.rows

    at_a_terminal(tmp_path, test, environ={"TERM": "tmux-256color"})
