"""What of a text may reach somebody's terminal.

ngircd and inspircd hand ESC and C1 bytes on to other people's screens. netchat hands on none: the
server cleans what it relays, and the client cleans once more what it shows, because a client does
not get to choose its server.

Source: ECMA-48 (C0, C1), UAX #9 (bidirectional formatting characters), UAX #14 (line breaks).
"""

import re

# CR, VT, FF, FS-RS, NEL, LS and PS end a line on some terminal; one line in is one line out.
_BREAKS = "\t\n\v\f\r\x1c\x1d\x1e\x85\u2028\u2029"
_BIDI = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_UNPRINTABLE = re.compile(rf"[\x00-\x1f\x7f-\x9f\u2028\u2029{_BIDI}]")


def printable(text: str) -> str:
    """Return `text` without controls: TAB and whatever breaks a line become a space, the rest goes.

    Removed are C0 (below U+0020), DEL, C1 (U+0080-009F) and the bidirectional formatting
    characters; nothing else is changed, so what is clean comes back as it is.
    """
    if text.isascii() and text.isprintable():
        return text
    return _UNPRINTABLE.sub(lambda found: " " if found[0] in _BREAKS else "", text)


def escaped(text: str) -> str:
    """Return `text` with each control in it written as `\\u001b`, which is JSON's way, too."""
    if text.isascii() and text.isprintable():
        return text
    return _UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
