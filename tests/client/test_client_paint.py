"""What each thing heard looks like."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netchat.client.lines import parse
from netchat.client.paint import COLOURS, STYLES, calls, colour_of, paint


def luminance(colour: str) -> float:
    """WCAG 2.2, relative luminance."""
    shares = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("colour", COLOURS)
def test_each_colour_can_be_read_on_black_and_on_white(colour: str) -> None:
    assert (luminance(colour) + 0.05) / 0.05 >= 3.5
    assert 1.05 / (luminance(colour) + 0.05) >= 3.5


@pytest.mark.parametrize("colour", COLOURS)
def test_each_colour_is_one_of_those_that_256_colour_terminals_have(colour: str) -> None:
    assert {colour[1:3], colour[3:5], colour[5:7]} <= {"00", "5f", "87", "af", "d7", "ff"}


def test_a_name_has_the_same_colour_in_every_run() -> None:
    assert [colour_of(name) for name in ("Alice", "Bob", "日本")] == [
        "#0087ff",
        "#ff0087",
        "#008700",
    ]
    assert colour_of("ALICE") == colour_of("alice")


def test_names_are_spread_over_all_colours() -> None:
    assert {colour_of(f"guest{number}") for number in range(500)} == set(COLOURS)


@given(
    st.sampled_from(["Bob: hi", "[14:02] Bob: hi", "[Bob -> you] hi", "* Bob waves", "! no", "x"])
    | st.text()
)
def test_paint_changes_no_text_and_uses_no_style_that_is_not_defined(line: str) -> None:
    heard = parse(line)
    pieces = paint(heard)
    assert "".join(text for _, text in pieces) == line
    words = {word for style, _ in pieces for word in style.split()}
    classes = {f"class:{name}" for name in STYLES}
    assert words <= classes | {f"fg:{colour}" for colour in COLOURS}


@pytest.mark.parametrize("line", ["Bob: Bob", "[14:02] Bob: Bob", "[Bob -> you] Bob"])
def test_only_the_name_of_who_speaks_has_its_colour(line: str) -> None:
    coloured = [text for style, text in paint(parse(line)) if "fg:" in style]
    assert coloured == ["Bob"]


@pytest.mark.parametrize("line", ["* Bob waves", "! no", "[14:02] Bob: hi", "[Bob -> you] hi"])
def test_what_is_not_said_to_all_now_looks_different(line: str) -> None:
    assert paint(parse(line))[0][0] != ""


@pytest.mark.parametrize(
    ("line", "rings"),
    [
        ("Bob: hello Alice", True),
        ("Bob: ALICE?", True),
        ("Bob: malice", False),
        ("Bob: Alices", False),
        ("Bob: Al", False),
        ("Alice.B: hi", False),
        ("[Bob -> you] x", True),
        ("[you -> Bob] Alice", False),
        ("[14:02] Bob: Alice, are you there", True),
        ("[14:02] Alice: Alice", False),
        ("* Alice joined", False),
        ("! Alice is taken", False),
    ],
)
def test_only_who_calls_our_name_or_tells_us_in_private_rings(line: str, rings: bool) -> None:
    assert calls(parse(line), "Alice") is rings


def test_a_name_is_no_pattern() -> None:
    assert not calls(parse("Bob: aXb"), "a.b")
    assert calls(parse("Bob: a.b!"), "a.b")
