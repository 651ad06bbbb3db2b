"""Changes of modes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netchat.dialects.irc.modes import Kinds, ModeChange, merged, mode_parameters, parse_modes

KINDS: Kinds = {"b": "list", "o": "member", "v": "member", "k": "always", "l": "set"}
CHANGES = st.builds(
    lambda adding, letter, argument: ModeChange(
        adding, letter, argument if letter in "bovk" or (letter == "l" and adding) else None
    ),
    st.booleans(),
    st.sampled_from("bovklmi"),
    st.sampled_from(["ann", "bob"]),
)


@pytest.mark.parametrize(
    ("modes", "arguments", "changes"),
    [
        ("+b-o", ["nick", "ann"], [ModeChange(True, "b", "nick"), ModeChange(False, "o", "ann")]),
        ("mi", [], [ModeChange(True, "m"), ModeChange(True, "i")]),
        ("+b", [], [ModeChange(True, "b")]),
        ("+l-l", ["5", "6"], [ModeChange(True, "l", "5"), ModeChange(False, "l")]),
        ("-k+m", ["key"], [ModeChange(False, "k", "key"), ModeChange(True, "m")]),
        ("+-+o", ["ann", "bob"], [ModeChange(True, "o", "ann")]),
        ("+-", [], []),
        ("", ["ann"], []),
    ],
)
def test_a_letter_takes_its_argument(
    modes: str, arguments: list[str], changes: list[ModeChange]
) -> None:
    assert parse_modes(modes, arguments, KINDS) == changes


def test_the_last_change_of_each_mode_counts() -> None:
    changes = parse_modes("+o-m+o-o+m+l+l", ["ann", "bob", "ann", "5", "6"], KINDS)
    assert merged(changes, KINDS) == [
        ModeChange(True, "o", "bob"),
        ModeChange(True, "m"),
        ModeChange(True, "l", "6"),
        ModeChange(False, "o", "ann"),
    ]


def test_a_line_has_each_sign_once() -> None:
    changes = parse_modes("+o-v+b-m", ["ann", "bob", "bad"], KINDS)
    assert mode_parameters(merged(changes, KINDS)) == ("+ob-vm", "ann", "bad", "bob")


def test_no_change_is_no_line() -> None:
    assert mode_parameters([]) == ()


@given(st.lists(CHANGES))
def test_what_is_formatted_is_parsed_to_the_same(changes: list[ModeChange]) -> None:
    letters, *arguments = mode_parameters(changes) or ("",)
    assert parse_modes(letters, arguments, KINDS) == changes


@given(st.lists(CHANGES))
def test_merging_keeps_the_effect(changes: list[ModeChange]) -> None:
    def effect(applied: list[ModeChange]) -> dict[str, ModeChange]:
        several = "bov"
        return {
            f"{change.letter} {change.argument if change.letter in several else ''}": change
            for change in applied
        }

    assert effect(merged(changes, KINDS)) == effect(changes)
    assert len(merged(changes, KINDS)) == len(effect(changes))
