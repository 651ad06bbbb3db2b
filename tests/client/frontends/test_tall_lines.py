"""A line that needs more rows than the terminal has."""

from __future__ import annotations

from pathlib import Path

from tests.support.terminals import User, at_a_terminal, said

_LONG = "START " + " ".join(f"w{number}" for number in range(600)) + " END"


def test_a_line_that_is_taller_than_the_terminal_stays_on_it_as_a_whole_and_once(
    tmp_path: Path,
) -> None:
    async def test(alice: User) -> None:
        await alice.types(_LONG)
        await alice.shows(said("Bob", "look"))
        await alice.types("\r")
        assert alice.chat.said == [_LONG]
        shown = "".join(
            row.ljust(80) for row in [*alice.terminal.scrollback, *alice.terminal.rows[:-1]]
        )
        assert "Bob: look" in shown
        assert shown.count("START") == shown.count("END") == 1
        assert f"You: {_LONG}" in shown
        await alice.types("\x1b[A")
        assert alice.terminal.rows[-1].endswith(" END")

    at_a_terminal(tmp_path, test, rows=12)


def test_what_is_said_can_be_read_above_a_tall_line_and_why_that_is_not_sent(
    tmp_path: Path,
) -> None:
    async def test(alice: User) -> None:
        await alice.types("x" * 5000)
        await alice.types("\r")
        await alice.shows(said("Bob", "look"))
        assert "! That line has 5000 bytes, and the server takes 4096; split it." in (
            alice.terminal.rows
        )
        assert "Bob: look" in alice.terminal.rows
        assert alice.chat.said == []

    at_a_terminal(tmp_path, test)
