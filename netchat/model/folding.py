"""The case-folded form of a name, and where a name stands in a text.

Two names are the same word if their folded forms are equal: case, the width of letters and the way
in which accents are encoded make no difference. It is the first of the keys by which names are
compared (`netchat.model.names`); the others say which names look alike, which only matters where a
name is granted or looked up: "LAN" is no mention of Ian.

Source: UAX #15 (NFKC), UAX #11 (wide characters), UAX #14 (class SA: scripts without spaces).
"""

from __future__ import annotations

import re
import unicodedata

# Thai, Lao, Tibetan, Myanmar, Khmer, Tai Le, New Tai Lue, Tai Tham, Myanmar Extended-A and -B, and
# Tai Viet.
_NO_SPACES = re.compile(
    "[\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u1950-\u19df\u1a20-\u1aaf\ua9e0-\ua9ff\uaa60-\uaadf]"
)


def fold(text: str) -> str:
    """Return `text` case-folded, in NFKC."""
    if text.isascii():
        lower = text.lower()
        return text if lower == text else lower  # Keep only one copy in memory.
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def contains_name(text: str, name: str) -> bool:
    """Return whether `name` stands in `text` as a word.

    In Chinese, Japanese and Thai nothing stands between words, and in Korean a particle follows a
    name without a space: there a name may begin and end anywhere.
    """
    within, wanted = fold(text), fold(name)
    start = within.find(wanted)
    while start >= 0:
        if _can_divide(within, start) and _can_divide(within, start + len(wanted)):
            return True
        start = within.find(wanted, start + 1)
    return False


def _can_divide(text: str, position: int) -> bool:
    """Return whether a word may begin or end at `position`."""
    if position in (0, len(text)):
        return True
    before, after = text[position - 1], text[position]
    if _is_mark(after):
        return False  # It belongs to the letter before it.
    in_word = _in_word(before) and _in_word(after)
    return not in_word or _needs_no_space(before) or _needs_no_space(after)


def _in_word(char: str) -> bool:
    return char.isalnum() or char == "_" or _is_mark(char)


def _is_mark(char: str) -> bool:
    return unicodedata.category(char)[0] == "M"


def _needs_no_space(char: str) -> bool:
    return unicodedata.east_asian_width(char) in "WF" or _NO_SPACES.match(char) is not None
