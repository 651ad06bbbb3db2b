"""How lines appear on the terminal: times, and who joins and leaves."""

from __future__ import annotations

from pathlib import Path

from netchat.client.conversation.display_lines import Notice
from netchat.client.frontends.times import SILENCE
from tests.support.terminals import User, at_a_terminal, joined, left, said


def test_those_who_join_are_one_line_until_somebody_says_something(tmp_path: Path) -> None:
    async def test(alice: User) -> None:
        await alice.shows(joined("Ann"))
        await alice.sees("* Ann joined", "You:")
        await alice.types("half a line")
        await alice.shows(joined("Tom"))
        await alice.sees("* Ann and Tom joined", "You: half a line")
        assert alice.terminal.rows == ["* Ann and Tom joined", "You: half a line"]
        await alice.shows(joined("Eve"), joined("Jim"), left("Ann"))
        assert alice.terminal.rows[0] == "* Tom, Eve and Jim joined; Ann joined and left"
        await alice.shows(said("Tom", "hi"), left("Tom"))
        assert alice.terminal.rows[1:] == ["Tom: hi", "* Tom left", "You: half a line"]

    at_a_terminal(tmp_path, test)


def test_a_folded_line_stays_one_row_in_a_narrow_terminal(tmp_path: Path) -> None:
    async def test(alice: User) -> None:
        await alice.shows(said("Bob", "before"))
        for name in ("Annabel", "日本語", "Ottokar", "Elisabeth"):
            await alice.shows(joined(name))
        assert alice.terminal.rows == ["Bob: before", "* Annabel +3 joined", "You:"]
        await alice.shows(said("Bob", "and"), joined("A-name-that-takes-two-rows"))
        assert alice.terminal.rows[-2:] == ["* A-name-th.. joined", "You:"]
        await alice.shows(joined("Tom"))
        assert alice.terminal.rows[-3:] == ["Bob: and", "* A-name.. +1 joined", "You:"]

    at_a_terminal(tmp_path, test, columns=20, rows=12)


def test_what_was_drawn_after_a_folded_line_is_not_overwritten(tmp_path: Path) -> None:
    async def test(alice: User) -> None:
        await alice.shows(joined("Ann"))
        await alice.types("hello\r")
        await alice.shows(joined("Tom"))
        assert alice.terminal.rows == ["* Ann joined", "You: hello", "* Tom joined", "You:"]
        await alice.resizes(60, 24)
        await alice.shows(joined("Eve"))
        assert alice.terminal.rows[2:] == ["* Tom joined", "* Eve joined", "You:"]
        await alice.types("/n\t")
        await alice.shows(joined("Jim"))
        assert alice.terminal.rows[3:] == ["* Eve and Jim joined", "You: /names"]

    at_a_terminal(tmp_path, test)


def test_in_a_large_room_nobody_is_told_who_joins(tmp_path: Path) -> None:
    async def test(alice: User) -> None:
        alice.members(30)
        await alice.shows(joined("Ann"))
        alice.members(31)
        await alice.shows(joined("Tom"), left("Ann"))
        assert alice.terminal.rows == ["* Ann joined", "You:"]

    at_a_terminal(tmp_path, test)


def test_the_user_chooses_at_any_time_who_is_told_of(tmp_path: Path) -> None:
    async def test(alice: User) -> None:
        await alice.sets("joins all")
        alice.members(500)
        await alice.shows(joined("Ann"), joined("Tom"))
        await alice.sets("joins off")
        alice.members(2)
        await alice.shows(joined("Eve"), left("Tom"))
        assert alice.terminal.rows == ["* Ann joined", "* Tom joined", "You:"]

    at_a_terminal(tmp_path, test)


def test_forty_who_join_at_once_leave_the_talk_on_the_screen(tmp_path: Path) -> None:
    async def test(alice: User) -> None:
        talk = [said("Bob", f"line {number}") for number in range(20)]
        await alice.shows(*talk)
        for number in range(40):
            alice.members(number + 3)
            await alice.shows(joined(f"student{number}"))
        assert alice.terminal.rows == [
            *(line.text for line in talk),
            "* student0, student1 and 26 others joined",
            "You:",
        ]
        assert alice.terminal.status[0].startswith(" lobby 42 ")
        assert alice.terminal.scrollback == []

    at_a_terminal(tmp_path, test)


def test_a_line_after_five_silent_minutes_has_its_time(tmp_path: Path) -> None:
    async def test(alice: User) -> None:
        await alice.shows(said("Bob", "one"))
        alice.clock.advance(SILENCE - 1)
        await alice.shows(said("Bob", "two"))
        alice.clock.advance(SILENCE)
        await alice.shows(joined("Ann"), Notice("* notice"), said("Bob", "three"))
        await alice.shows(said("Bob", "four"))
        assert alice.terminal.rows[:-1] == [
            "Bob: one",
            "Bob: two",
            "* Ann joined",
            "* notice",
            "[12:09] Bob: three",
            "Bob: four",
        ]
        alice.clock.advance(SILENCE)
        await alice.types("five\r")
        await alice.shows(said("Bob", "six"))
        await alice.sees("[12:14] You: five", "Bob: six", "You:")

    at_a_terminal(tmp_path, test)


def test_times_are_on_or_off_as_the_user_sets_them(tmp_path: Path) -> None:
    async def test(alice: User) -> None:
        await alice.sees("[12:00] You:")
        await alice.shows(said("Bob", "one"), joined("Ann"))
        await alice.sees("[12:00] Bob: one", "[12:00] * Ann joined", "[12:00] You:")
        await alice.sets("times off")
        alice.clock.advance(SILENCE)
        await alice.shows(said("Bob", "two"))
        await alice.sees("Bob: two", "You:")
        await alice.sets("times on")
        await alice.shows(said("Bob", "old", "2026-01-01 09:00"))
        await alice.sees("[2026-01-01 09:00] Bob: old", "[12:05] You:")

    at_a_terminal(tmp_path, test, timestamps=True)
