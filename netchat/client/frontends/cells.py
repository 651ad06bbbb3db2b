"""How many columns a text takes on a terminal.

Terminals do not agree on the width of joined emoji, flags and skin tones (Unicode UTS #51), so
`steady` removes what they disagree about from a text that must not be misjudged.
"""

from __future__ import annotations

import re

from prompt_toolkit.utils import get_cwidth

CUT = ".."
"""The end of a text that was cut; it is ASCII for terminals without another encoding."""
_UNSTEADY = re.compile("[\u200d\ufe00-\ufe0f\U0001f3fb-\U0001f3ff\U0001f1e6-\U0001f1ff]")
"""The joiner, variation selectors, skin tones, and the letters that make flags."""


def steady(text: str) -> str:
    """Return `text` without the characters whose width differs between terminals."""
    return text if text.isascii() else _UNSTEADY.sub("", text)


def width_of(text: str) -> int:
    """Return how many columns `text` takes."""
    return get_cwidth(text)


def cut(text: str, columns: int) -> str:
    """Return as much of `text` as fits into so many `columns`, with CUT where some is missing."""
    if width_of(text) <= columns:
        return text
    if columns <= len(CUT):
        return CUT[: max(columns, 0)]
    kept, left = "", columns - len(CUT)
    for char in text:
        left -= get_cwidth(char)
        if left < 0:
            break
        kept += char
    return kept.rstrip() + CUT
