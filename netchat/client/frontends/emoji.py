"""Emoji by their names, as `:smile` is completed.

The names in the file emoji.txt are those of GitHub and Slack, and those of Unicode (CLDR). It has
single characters only: terminals do not agree on the width of joined emoji, flags and skin tones
(Unicode UTS #51), nor of a character with a variation selector.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from netchat.model.lines import lines_of


def emoji_named(beginning: str) -> list[tuple[str, str]]:
    """Return the names that begin like `beginning` and their characters, the shortest first."""
    beginning = beginning.lower()
    found = [item for item in _characters().items() if item[0].startswith(beginning)]
    return sorted(found, key=lambda item: (len(item[0]), item[0]))


@cache
def _characters() -> dict[str, str]:
    """Return the characters by their names; read when the first emoji is wanted."""
    text = Path(__file__).with_name("emoji.txt").read_text(encoding="utf-8")
    entries = [line.split(" ") for line in lines_of(text) if line and not line.startswith("#")]
    return {name: char for char, *names in entries for name in names}
