"""Emoji by their names."""

from __future__ import annotations

from pathlib import Path

import pytest
from prompt_toolkit.utils import get_cwidth

from netchat.client.frontends import emoji
from netchat.client.frontends.emoji import emoji_named
from netchat.model.sanitize import sanitize

TABLE = Path(emoji.__file__).with_name("emoji.txt")


@pytest.mark.parametrize(
    ("name", "char"),
    [("smile", "😄"), ("+1", "👍"), ("heart", "❤"), ("tada", "🎉"), ("JOY", "😂")],
)
def test_the_name_that_is_meant_comes_first(name: str, char: str) -> None:
    assert emoji_named(name)[0] == (name.lower(), char)


def test_a_beginning_finds_the_shortest_names_first() -> None:
    assert [name for name, _ in emoji_named("smi")][:3] == ["smile", "smirk", "smiley"]
    assert emoji_named("no_such_emoji") == []


def test_each_is_one_character_that_takes_one_or_two_columns_and_is_sent_as_it_is() -> None:
    lines = TABLE.read_text(encoding="utf-8").split("\n")
    characters = [line.split(" ")[0] for line in lines if line and not line.startswith("#")]
    assert len(characters) > 1000
    for char in characters:
        assert len(char) == 1
        assert get_cwidth(char) in (1, 2)
        assert sanitize(char) == char
