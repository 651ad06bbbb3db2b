"""The styles of displayed lines."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netchat.client.conversation.display_lines import (
    DisplayLine,
    Greeting,
    Notice,
    PrivateLine,
    Refusal,
    SaidLine,
    ServerProblem,
    UnreadMarker,
)
from netchat.client.frontends.styles import BOTH, DARK, LIGHT, STYLES, STYLES_ON, colour_of, styled


def said(
    name: str, text: str, when: str = "", *, action: bool = False, mentions: bool = False
) -> SaidLine:
    what = f"* {name} {text}" if action else f"{name}: {text}"
    shown = f"[{when}] {what}" if when else what
    return SaidLine(shown, name, what, when, b"", mentions=mentions)


def whispered(name: str, text: str, mine: bool = False) -> PrivateLine:
    shown = f"[you -> {name}] {text}" if mine else f"[{name} -> you] {text}"
    return PrivateLine(shown, name, mine)


def luminance(colour: str) -> float:
    """WCAG 2.2, relative luminance."""
    shares = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def on_black(colour: str) -> float:
    """The contrast of `colour` on black."""
    return (luminance(colour) + 0.05) / 0.05


def on_white(colour: str) -> float:
    """The contrast of `colour` on white."""
    return 1.05 / (luminance(colour) + 0.05)


def test_each_colour_can_be_read_on_black_and_on_white() -> None:
    assert min(map(on_black, BOTH)) >= 3.5
    assert min(map(on_white, BOTH)) >= 3.5


def test_the_colours_for_one_ground_can_be_read_better_there() -> None:
    assert min(map(on_black, [*DARK, "#afafaf"])) >= 5
    assert min(map(on_white, [*LIGHT, "#5f5f5f"])) >= 5


@pytest.mark.parametrize("colour", [*BOTH, *LIGHT, *DARK])
def test_each_colour_is_one_of_those_that_256_colour_terminals_have(colour: str) -> None:
    assert {colour[1:3], colour[3:5], colour[5:7]} <= {"00", "5f", "87", "af", "d7", "ff"}


def test_a_ground_has_as_many_different_colours_as_another() -> None:
    assert len(set(BOTH)) == len(set(LIGHT)) == len(set(DARK)) == len(BOTH)


def test_a_name_has_the_same_colour_in_every_run() -> None:
    assert [BOTH[colour_of(name)] for name in ("Alice", "Bob", "日本")] == [
        "#0087ff",
        "#ff0087",
        "#008700",
    ]
    assert colour_of("ALICE") == colour_of("alice")


def test_names_are_spread_over_all_colours() -> None:
    assert {colour_of(f"guest{number}") for number in range(500)} == set(range(len(BOTH)))


HEARD = st.sampled_from(
    [
        said("Bob", "hi"),
        said("Bob", "hi", "14:02"),
        said("Bob", "waves", action=True),
        said("Bob", "waves", action=True, mentions=True),
        whispered("Bob", "hi"),
        whispered("Bob", "hi", mine=True),
    ]
) | st.builds(
    lambda kind, text: kind(text),
    st.sampled_from([ServerProblem, UnreadMarker, Notice, Refusal, Greeting]),
    st.text(),
)


@given(HEARD)
def test_a_styled_line_keeps_its_text_and_uses_only_defined_styles(line: DisplayLine) -> None:
    pieces = styled(line)
    assert "".join(text for _, text in pieces) == line.text
    words = {word for style, _ in pieces for word in style.split()}
    classes = {f"class:{name}" for name in STYLES}
    assert words <= classes | {f"class:name{number}" for number in range(len(BOTH))}


@pytest.mark.parametrize(
    "line", [said("Bob", "Bob"), said("Bob", "Bob", "14:02"), whispered("Bob", "Bob")]
)
def test_only_the_name_of_the_participant_has_its_colour(line: DisplayLine) -> None:
    coloured = [text for style, text in styled(line) if "class:name" in style]
    assert coloured == ["Bob"]


@pytest.mark.parametrize(
    "line",
    [
        *(
            Notice("* Bob left"),
            Refusal("! no"),
            ServerProblem("! full"),
            UnreadMarker("-- new --"),
        ),
        *(said("Bob", "hi", "14:02"), whispered("Bob", "hi")),
    ],
)
def test_notices_private_messages_and_earlier_lines_look_different(line: DisplayLine) -> None:
    assert styled(line)[0][0] != ""


def test_the_name_of_who_mentions_the_user_stands_out() -> None:
    styles = {text: style for style, text in styled(said("Bob", "Alice?", mentions=True))}
    assert "class:caller" in styles["Bob"]
    assert styles[": Alice?"] == "class:mention"


def test_each_ground_has_its_own_colours() -> None:
    number = colour_of("Bob")
    for ground, colours in (("auto", BOTH), ("light", LIGHT), ("dark", DARK)):
        attributes = STYLES_ON[ground].get_attrs_for_style_str(f"class:name{number}")  # type: ignore[index]
        assert f"#{attributes.color}" == colours[number]
