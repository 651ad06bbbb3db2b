"""What an IRC client sends in a text beside the text: formatting codes and CTCP."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netchat.dialects.irc.formatting import Ctcp, action_text, parse_ctcp, strip_formatting


@pytest.mark.parametrize(
    ("sent", "plain"),
    [
        ("\x02bold\x02 \x1ditalic\x1d \x1funder\x1f \x1estruck\x1e", "bold italic under struck"),
        ("\x11code\x11 \x16reverse\x16 \x0fplain", "code reverse plain"),
        ("\x034red\x03 \x0304,12both\x03", "red both"),
        ("\x0312345", "345"),
        ("\x034,red", ",red"),
        ("\x034,123", "3"),
        ("\x03,4", ",4"),
        ("\x03\x021", "1"),
        ("\x03٣", "٣"),
        ("\x04FF0000red\x04 \x04ff0000,00FF00both", "red both"),
        ("\x04FF00", "FF00"),
        ("\x04FF0000,00FF", ",00FF"),
        ("no codes, 1,2", "no codes, 1,2"),
    ],
)
def test_formatting_codes_are_removed_with_all_that_belongs_to_them(sent: str, plain: str) -> None:
    assert strip_formatting(sent) == plain


@given(st.text("\x02\x03\x04\x0f\x11\x16\x1d\x1e\x1f0F,é"))
def test_no_formatting_code_is_left(text: str) -> None:
    plain = strip_formatting(text)
    assert not set(plain) & set("\x02\x03\x04\x0f\x11\x16\x1d\x1e\x1f")
    assert strip_formatting(plain) == plain


@pytest.mark.parametrize(
    ("text", "ctcp"),
    [
        ("\x01ACTION waves\x01", Ctcp("ACTION", "waves")),
        ("\x01action waves", Ctcp("ACTION", "waves")),
        ("\x01VERSION\x01", Ctcp("VERSION")),
        ("\x01PING 1  2 \x01", Ctcp("PING", "1  2 ")),
        ("\x01ACTION a\x01 and more", Ctcp("ACTION", "a and more")),
        ("\x01\x01", None),
        ("\x01 x", None),
        ("ACTION waves\x01", None),
        ("", None),
    ],
)
def test_a_ctcp_is_told_from_a_text(text: str, ctcp: Ctcp | None) -> None:
    assert parse_ctcp(text) == ctcp


@given(st.text())
def test_an_action_is_read_as_it_was_said(text: str) -> None:
    said = text.replace("\x01", "")
    assert parse_ctcp(action_text(text)) == Ctcp("ACTION", said)
