"""The terminal: what stays in its scrollback, its colours, and plain lines for a screen reader."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from netchat.client.frontends.unstored import DELAY
from tests.support.terminals import LOBBY, User, at_a_terminal, joined, said


def test_the_scrollback_has_what_was_said_and_nothing_else(tmp_path: Path) -> None:
    async def test(alice: User) -> None:
        for number in range(40):
            await alice.shows(said("Bob", f"line {number}"))
            await alice.types("a\tb" if number % 3 else "ab")
            if number % 10 == 9:
                await alice.types("\r")
            alice.members(number)
            await alice.resizes(50 + number % 7, 10)
        rows = alice.terminal.scrollback
        assert len(rows) > 30
        assert not [row for row in rows if "lobby" in row or "/help" in row]
        said_lines = [row for row in rows if row.startswith("Bob: ")]
        assert said_lines == [f"Bob: line {number}" for number in range(len(said_lines))]
        assert "\x1b[?1049h" not in alice.terminal.written

    at_a_terminal(tmp_path, test, rows=10)


def test_the_status_line_is_one_row_below_what_is_typed_in_every_window(tmp_path: Path) -> None:
    async def test(alice: User) -> None:
        await alice.types("日本語 👨‍👩‍👧 שלום ")
        for columns in (80, 20, 33):
            await alice.resizes(columns, 12)
            await alice.shows(said("Bob", f"in {columns}"))
            assert len(alice.terminal.status) == 1
            assert alice.terminal.status[0].startswith(" lobby 2")
        await alice.types("x" * 60)
        assert alice.terminal.status[0].startswith(" lobby 2")
        await alice.types("\x7f" * 60)
        assert alice.terminal.rows[-1].startswith("You: 日本語")
        assert alice.terminal.status[0].startswith(" lobby 2")

    at_a_terminal(tmp_path, test)


def test_the_status_line_goes_away_with_what_is_typed_and_when_it_is_not_wanted(
    tmp_path: Path,
) -> None:
    async def test(alice: User) -> None:
        assert alice.terminal.status
        await alice.sets("status off")
        assert alice.terminal.status == []
        await alice.sets("status on")
        assert alice.terminal.status
        await alice.resizes(80, 3)
        assert alice.terminal.status == []
        await alice.resizes(80, 24)
        await alice.types("hello\r")
        assert "lobby" not in "\n".join(alice.terminal.rows)

    at_a_terminal(tmp_path, test)


def test_clear_leaves_the_prompt_and_sends_nothing(tmp_path: Path) -> None:
    async def test(alice: User) -> None:
        await alice.shows(said("Bob", "one"))
        await alice.types("/Clear \r")
        assert alice.terminal.rows == ["You:"]
        await alice.shows(said("Bob", "two"))
        assert alice.terminal.rows == ["Bob: two", "You:"]
        assert alice.chat.said == []

    at_a_terminal(tmp_path, test)


@pytest.mark.parametrize(
    ("colours", "colour"), [("auto", "ff0087"), ("light", "d7005f"), ("dark", "ff5faf")]
)
def test_names_have_the_colours_for_the_ground_at_once(
    tmp_path: Path, colours: str, colour: str
) -> None:
    async def test(alice: User) -> None:
        await alice.sets(f"colours {colours}")
        await alice.shows(said("Bob", "hi"))
        assert alice.terminal.style_of("Bob").fg == colour
        await alice.sets("colours off")
        await alice.shows(said("Bob", "hello"))
        assert alice.terminal.style_of("Bob").fg == "default"

    at_a_terminal(tmp_path, test)


def test_with_no_color_there_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")

    async def test(alice: User) -> None:
        await alice.sets("colours dark")
        await alice.shows(said("Bob", "hi"))
        assert alice.terminal.style_of("Bob").fg == "default"

    at_a_terminal(tmp_path, test)


def test_for_a_screen_reader_nothing_is_written_over(tmp_path: Path) -> None:
    async def test(alice: User) -> None:
        await alice.sets("reader on")
        written = len(alice.terminal.written)
        await alice.shows(said("Bob", "one"), joined("Ann"), joined("Tom"))
        await alice.types("helo")
        await alice.shows(said("Bob", "two"))
        await alice.types("\x7flo")
        assert alice.terminal.rows == [
            "Bob: one",
            "* Ann joined",
            "* Tom joined",
            "You: helo",
            "Bob: two",
            "You: hello",
        ]
        await alice.types("\r")
        assert alice.chat.said == ["hello"]
        await alice.resizes(40, 24)
        for sequence in ("\x1b[K", "\x1b[J", "A", "D"):
            assert f"\x1b[{sequence}" not in alice.terminal.written[written:]
        assert "\x1b[J" not in alice.terminal.written[written:]
        assert alice.terminal.status == []
        await alice.sets("reader off")
        assert alice.terminal.rows[-1] == "You:"
        assert alice.terminal.status

    at_a_terminal(tmp_path, test)


def test_a_screen_reader_says_how_it_is_when_enter_is_pressed_and_what_is_not_stored(
    tmp_path: Path,
) -> None:
    async def test(alice: User) -> None:
        await alice.sets("reader on")
        await alice.types("\r")
        assert alice.terminal.rows[-1] == "lobby 2 here, connected"
        alice.frontend.unstored_changed(2)
        alice.clock.advance(DELAY)
        await alice.sees("! 2 lines are not stored yet.")
        alice.frontend.unstored_changed(1)
        alice.frontend.unstored_changed(0)
        await alice.sees("* All lines are stored.")
        alice.frontend.mentioned(alice.chat.open_rooms[0], said("Bob", "Alice?"))
        await alice.sees("* Somebody mentions you in lobby.")

    at_a_terminal(tmp_path, test)


def test_a_screen_reader_says_the_topic_of_the_room_that_is_shown(tmp_path: Path) -> None:
    async def test(alice: User) -> None:
        await alice.sets("reader on")
        dev = replace(LOBBY, name="dev", current=False, topic="deploy")
        alice.rooms(replace(LOBBY, topic="break\x1bfast"), dev)
        await alice.types("\r")
        said_last = alice.terminal.rows[-1]
        assert said_last.startswith("lobby 2")
        assert said_last.endswith(", dev, topic: breakfast, connected")

    at_a_terminal(tmp_path, test)


def test_of_very_many_lines_the_last_are_kept_while_another_program_has_the_terminal(
    tmp_path: Path,
) -> None:
    async def test(alice: User) -> None:
        with alice.frontend._screen.held():
            written = alice.terminal.written
            await alice.shows(*[said("Bob", f"line {number}") for number in range(5003)])
            await alice.shows(joined("Ann"), joined("Tom"))
            assert alice.terminal.written == written
        await alice.settles()
        rows = [*alice.terminal.scrollback, *alice.terminal.rows]
        assert rows[0] == "* 4 lines before these are left out; /history shows them."
        assert rows[1:-2] == [f"Bob: line {number}" for number in range(4, 5003)]
        assert rows[-2:] == ["* Ann and Tom joined", "You:"]

    at_a_terminal(tmp_path, test)


def test_whatever_may_have_been_read_is_to_be_remembered(tmp_path: Path) -> None:
    read: list[str] = []

    async def test(alice: User) -> None:
        await alice.shows(said("Bob", "hi"))
        assert read == ["read"]
        alice.frontend.unstored_changed(1)
        alice.frontend.unstored_changed(0)
        assert len(read) == 3

    at_a_terminal(tmp_path, test, read=lambda: read.append("read"))
