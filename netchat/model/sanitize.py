"""Removes from a text what may not reach a terminal.

ngircd and inspircd relay ESC and C1 bytes to other users' terminals. netchat relays none: the
server sanitizes what it relays, and the client sanitizes again what it shows, because it may be
connected to another server.

Nor may a letter carry many marks ("zalgo"), which many terminals draw over the lines above and
below. Real texts have only a few on a letter: Vietnamese two, Hebrew with cantillation four.

Source: ECMA-48 (C0, C1), UAX #9 (bidirectional formatting characters), UAX #14 (line breaks), UAX
#44 (general category).
"""

import re
import unicodedata

MAX_MARKS = 8
"""The most nonspacing marks that may follow one another."""

# CR, VT, FF, FS-RS, NEL, LS and PS end a line on some terminals; a line must stay one line.
_BREAKS = "\t\n\v\f\r\x1c\x1d\x1e\x85\u2028\u2029"
_BIDI = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
# Marks are not word characters. Most runs that this finds are of other characters, such as emoji.
_PERHAPS_MARKS = re.compile(rf"[^\w\x00-\x7f]{{{MAX_MARKS + 1},}}")
_MARKS = ("Mn", "Me")
_INVISIBLE = "Cf"
"""The category of invisible characters: a mark after one still falls on the letter before."""
_UNPRINTABLE = re.compile(rf"[\x00-\x1f\x7f-\x9f\u2028\u2029{_BIDI}]")


def sanitize(text: str) -> str:
    """Return `text` with TAB and line breaks as spaces, and without other control characters.

    Removed are C0 (below U+0020), DEL, C1 (U+0080-009F), the bidirectional formatting characters,
    and marks above MAX_MARKS in a row. Nothing else is changed, so a sanitized text is returned
    unchanged.
    """
    if text.isascii() and text.isprintable():
        return text
    clean = _UNPRINTABLE.sub(lambda found: " " if found[0] in _BREAKS else "", text)
    return _PERHAPS_MARKS.sub(lambda found: _without_surplus(found[0]), clean)


def _without_surplus(run: str) -> str:
    """Return a `run` of characters without the surplus marks."""
    kept, marks = [], 0
    for char in run:
        category = unicodedata.category(char)
        if category in _MARKS:
            marks += 1
        elif category != _INVISIBLE:
            marks = 0
        if marks <= MAX_MARKS or category not in _MARKS:
            kept.append(char)
    return "".join(kept)


def escape(text: str) -> str:
    r"""Return `text` with each control character written as in JSON, such as `\u001b`."""
    if text.isascii() and text.isprintable():
        return text
    return _UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
