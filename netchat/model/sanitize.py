"""What of a text may reach somebody's terminal.

ngircd and inspircd hand ESC and C1 bytes on to other people's screens. netchat hands on none: the
server cleans what it relays, and the client cleans once more what it shows, because a client does
not get to choose its server.

Nor does one letter carry a tower of marks ("zalgo"), which many terminals draw over the lines above
and below. Nobody writes more than a few on a letter: Vietnamese two, Hebrew with its accents four.

Source: ECMA-48 (C0, C1), UAX #9 (bidirectional formatting characters), UAX #14 (line breaks),
UAX #44 (general category).
"""

import re
import unicodedata

MAX_MARKS = 8
"""How many marks that take no place of their own may follow one another."""

# CR, VT, FF, FS-RS, NEL, LS and PS end a line on some terminal; one line in is one line out.
_BREAKS = "\t\n\v\f\r\x1c\x1d\x1e\x85\u2028\u2029"
_BIDI = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
# Marks are no word characters. Most runs that this finds are of something else: emoji, say.
_PERHAPS_MARKS = re.compile(rf"[^\w\x00-\x7f]{{{MAX_MARKS + 1},}}")
_MARKS = ("Mn", "Me")
_UNSEEN = "Cf"
"""What draws nothing by itself, so that what follows it still falls on the letter before."""
_UNPRINTABLE = re.compile(rf"[\x00-\x1f\x7f-\x9f\u2028\u2029{_BIDI}]")


def sanitize(text: str) -> str:
    """Return `text` without controls: TAB and whatever breaks a line become a space, the rest goes.

    Removed are C0 (below U+0020), DEL, C1 (U+0080-009F), the bidirectional formatting characters,
    and marks above MAX_MARKS in a row; nothing else is changed, so what is clean comes back as it
    is.
    """
    if text.isascii() and text.isprintable():
        return text
    clean = _UNPRINTABLE.sub(lambda found: " " if found[0] in _BREAKS else "", text)
    return _PERHAPS_MARKS.sub(lambda found: _lowered(found[0]), clean)


def _lowered(run: str) -> str:
    """Return a `run` of characters without the marks that are too many."""
    kept, marks = [], 0
    for char in run:
        category = unicodedata.category(char)
        if category in _MARKS:
            marks += 1
        elif category != _UNSEEN:
            marks = 0
        if marks <= MAX_MARKS or category not in _MARKS:
            kept.append(char)
    return "".join(kept)


def escape(text: str) -> str:
    """Return `text` with each control in it written as `\\u001b`, which is JSON's way, too."""
    if text.isascii() and text.isprintable():
        return text
    return _UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
