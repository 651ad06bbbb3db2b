"""What each thing heard looks like: pieces of text with a style, never an escape sequence.

The colours of names are of the 256 that terminals agree on, and each stands out from black as well
as from white (contrast at least 3.5; WCAG 2.2 asks for 3). A name has its colour by its own letters
only, so it is the same in every run and for everybody.
"""

from __future__ import annotations

import re
from zlib import crc32

from netchat.client.conversation.interfaces import (
    DisplayLine,
    Notice,
    PrivateLine,
    Refusal,
    SaidLine,
    ServerProblem,
    UnreadMarker,
)

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
}


def colour_of(name: str) -> str:
    """Return the colour of `name`, as #rrggbb; names that differ in case only have the same."""
    return COLOURS[crc32(name.casefold().encode()) % len(COLOURS)]


def styled(line: DisplayLine) -> Fragments:
    """Return `heard` as (style, text) pieces; the texts joined are `heard.text`."""
    match line:
        case SaidLine(when=when):
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
    """Return whether `heard` calls for the attention of whoever is called `name`."""
    match line:
        case PrivateLine():
            return not line.own
        case SaidLine():
            return line.name != name and _contains_name(line.what.partition(line.name)[2], name)
    return False


def _contains_name(text: str, name: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text, re.IGNORECASE) is not None


def _with_coloured_name(text: str, name: str, style: str) -> Fragments:
    before, _, after = text.partition(name)
    pieces = [(style, before), (f"{style} fg:{colour_of(name)}".strip(), name), (style, after)]
    return [piece for piece in pieces if piece[1]]
