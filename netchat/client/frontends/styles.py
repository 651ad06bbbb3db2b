"""The styles of displayed lines: pieces of text with a style, never an escape sequence.

The colours of names are among the 256 of common terminals, and each is readable on black and on
white (contrast at least 3.5; WCAG 2.2 asks for 3). The colour depends on the letters of the name
only, so it is the same in every run and for every user.
"""

from __future__ import annotations

from zlib import crc32

from netchat.client.conversation.display_lines import (
    DisplayLine,
    Notice,
    OwnLine,
    PrivateLine,
    Refusal,
    SaidLine,
    ServerProblem,
    UnreadMarker,
)
from netchat.model.folding import contains_name, fold

Fragments = list[tuple[str, str]]

COLOURS = (
    "#af5f5f",
    "#d70000",
    "#d75f00",
    "#af5f00",
    "#878700",
    "#5f8700",
    "#008700",
    "#00875f",
    "#008787",
    "#0087af",
    "#0087ff",
    "#005fd7",
    "#5f5fff",
    "#875fd7",
    "#af00ff",
    "#af5faf",
    "#d700af",
    "#ff0087",
    "#d75f87",
)
STYLES = {
    "past": "dim",
    "notice": "dim italic",
    "mark": "bold",
    "warning": "bold",
    "private": "underline",
    "status": "dim",
    "current": "bold",
    "news": "nodim",
}


def colour_of(name: str) -> str:
    """Return the colour of `name`, as #rrggbb; equal for names that fold equally."""
    return COLOURS[crc32(fold(name).encode()) % len(COLOURS)]


def styled(line: DisplayLine) -> Fragments:
    """Return `line` as (style, text) pieces; the joined texts are `line.text`."""
    match line:
        case SaidLine(when=when) if not isinstance(line, OwnLine):
            time_prefix = [("class:past", f"[{when}] ")] if when else []
            return [*time_prefix, *_with_coloured_name(line.what, line.name, "")]
        case PrivateLine():
            return _with_coloured_name(line.text, line.name, "class:private")
        case Refusal() | ServerProblem():
            return [("class:warning", line.text)]
        case UnreadMarker():
            return [("class:mark", line.text)]
        case Notice():
            return [("class:notice", line.text)]
    return [("", line.text)]


def mentions(line: DisplayLine, name: str) -> bool:
    """Return whether `line` is addressed to the user called `name`, who did not write it."""
    match line:
        case PrivateLine():
            return not line.own
        case OwnLine():
            return False
        case SaidLine():
            return line.name != name and contains_name(line.what.partition(line.name)[2], name)
    return False


def _with_coloured_name(text: str, name: str, style: str) -> Fragments:
    before, _, after = text.partition(name)
    pieces = [(style, before), (f"{style} fg:{colour_of(name)}".strip(), name), (style, after)]
    return [piece for piece in pieces if piece[1]]
