"""What ends a line: LF, and in a text from a file or the clipboard also CRLF and CR.

Nothing else does: not U+2028, U+2029, U+0085, VT, FF or U+001C to U+001E, at which `str.splitlines`
cuts too. A text cut there would be two lines for its author's one, and the second could be a
command. A stream of bytes is cut by `netchat.dialects.framing.Framer`.
"""

from __future__ import annotations

from typing import AnyStr

LINE_BREAK = "\u21b5"
"""What stands between the lines of a message that has several; spaces around it are part of it."""


def whole_lines(text: AnyStr) -> list[AnyStr]:
    """Return the lines in `text` that end in LF, without their ends."""
    return text.split("\n" if isinstance(text, str) else b"\n")[:-1]


def lines_of(text: str) -> list[str]:
    """Return the lines of `text`, from a file or the clipboard; the last one needs no end."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return lines if lines[-1] else lines[:-1]
