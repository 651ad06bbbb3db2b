"""The line that is being typed: a paste is known as one, whatever is drawn meanwhile."""

from __future__ import annotations

from pathlib import Path

from tests.support.terminals import Terminal, User, at_a_terminal, said

_MARKED, _UNMARKED = "\x1b[?2004h", "\x1b[?2004l"


def test_the_terminal_marks_pastes_also_while_lines_arrive_and_after_enter(tmp_path: Path) -> None:
    terminals: list[Terminal] = []

    async def test(alice: User) -> None:
        terminals.append(alice.terminal)
        assert _MARKED in alice.terminal.written
        await alice.shows(said("Bob", "one"))
        await alice.types("hello\r")
        await alice.shows(said("Bob", "two"))
        await alice.sees("Bob: one", "You: hello", "Bob: two", "You:")
        assert _UNMARKED not in alice.terminal.written

    at_a_terminal(tmp_path, test)
    assert terminals[0].written.rindex(_UNMARKED) > terminals[0].written.rindex(_MARKED)


def test_a_screen_reader_also_gets_marked_pastes_until_the_end(tmp_path: Path) -> None:
    terminals: list[Terminal] = []

    async def test(alice: User) -> None:
        terminals.append(alice.terminal)
        await alice.sets("reader on")
        before = len(alice.terminal.written)
        await alice.types("h")
        assert _MARKED in alice.terminal.written
        await alice.types("i\r")
        await alice.shows(said("Bob", "one"))
        await alice.types("x")
        assert _UNMARKED not in alice.terminal.written[before:]

    at_a_terminal(tmp_path, test)
    assert terminals[0].written.rindex(_UNMARKED) > terminals[0].written.rindex(_MARKED)
