"""Nicks are names, channels are rooms."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netchat.dialects.irc.names import channel_of, name_of, room_of, suggested_nick, suggested_room


@pytest.mark.parametrize("room", ["dev", "c--", "Ünï.1", "a" * 50])
def test_a_room_is_the_channel_with_its_name(room: str) -> None:
    assert room_of(channel_of(room)) == room


@pytest.mark.parametrize("channel", ["dev", "&dev", "#", "##dev", "#c++", "#a b", "#root", ""])
def test_a_channel_that_no_room_can_have_is_none(channel: str) -> None:
    assert room_of(channel) is None


@pytest.mark.parametrize("nick", ["foo|away", "[bot]", "", "#dev", "server", "a" * 33])
def test_a_nick_that_nobody_can_have_is_no_name(nick: str) -> None:
    assert name_of(nick) is None


def test_a_nick_is_a_name_in_nfc() -> None:
    assert name_of("Zoe\u0308") == "Zoë"


@pytest.mark.parametrize(
    ("nick", "suggestion"),
    [
        ("foo|away", "foo-away"),
        ("[bot]", "bot"),
        ("{a}[b]\\c`^", "a-b-c"),
        ("Zoe\u0308|", "Zoë"),
        ("\u0301ann", ""),
        ("root", "root_"),
        ("ann" + "x" * 40, "ann" + "x" * 29),
        ("[]{}", ""),
        ("", ""),
    ],
)
def test_a_nick_that_is_not_valid_gets_a_suggestion(nick: str, suggestion: str) -> None:
    assert suggested_nick(nick) == suggestion


@pytest.mark.parametrize(
    ("channel", "suggestion"),
    [
        ("#c++", "c--"),
        ("##linux", "linux"),
        ("#c#", "c-"),
        ("#+dev", "dev"),
        ("dev", "dev"),
        ("#you", "you_"),
        ("#!!", ""),
        ("", ""),
    ],
)
def test_a_channel_that_is_not_valid_gets_a_suggestion(channel: str, suggestion: str) -> None:
    assert suggested_room(channel) == suggestion


@given(st.text() | st.text("a[]|-_.\u0301é#+ "))
def test_a_suggestion_is_valid_or_empty(text: str) -> None:
    nick, room = suggested_nick(text), suggested_room(text)
    assert not nick or name_of(nick) == nick
    assert not room or room_of(channel_of(room)) == room
