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
from netchat.model.folding import fold

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
    "mention": "bold",
    "caller": "reverse",
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
            style = "class:mention" if line.mentions else ""
            return [*time_prefix, *_with_coloured_name(line.what, line.name, style)]
        case PrivateLine():
            return _with_coloured_name(line.text, line.name, "class:private")
        case Refusal() | ServerProblem():
            return [("class:warning", line.text)]
        case UnreadMarker():
            return [("class:mark", line.text)]
        case Notice():
            return [("class:notice", line.text)]
    return [("", line.text)]


def _with_coloured_name(text: str, name: str, style: str) -> Fragments:
    before, _, after = text.partition(name)
    name_style = f"{style} class:caller" if style == "class:mention" else style
    coloured = f"{name_style} fg:{colour_of(name)}".strip()
    pieces = [(style, before), (coloured, name), (style, after)]
    return [piece for piece in pieces if piece[1]]
