"""What each thing heard looks like: pieces of text with a style, never an escape sequence.

The colours of names are of the 256 that terminals agree on, and each stands out from black as well
as from white (contrast at least 3.5; WCAG 2.2 asks for 3). A name has its colour by its own letters
only, so it is the same in every run and for everybody.
"""

from __future__ import annotations

import re
from zlib import crc32

from netchat.client.conversation.interfaces import (
    Alarm,
    Heard,
    Mark,
    Notice,
    Refusal,
    Said,
    Whispered,
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


def paint(heard: Heard) -> Fragments:
    """Return `heard` as (style, text) pieces; the texts joined are `heard.text`."""
    match heard:
        case Said(when=when):
            stamp = [("class:past", f"[{when}] ")] if when else []
            return [*stamp, *_named(heard.what, heard.name, "")]
        case Whispered():
            return _named(heard.text, heard.name, "class:private")
        case Refusal() | Alarm():
            return [("class:warning", heard.text)]
        case Mark():
            return [("class:mark", heard.text)]
        case Notice():
            return [("class:notice", heard.text)]
    return [("", heard.text)]


def calls(heard: Heard, name: str) -> bool:
    """Return whether `heard` calls for the attention of whoever is called `name`."""
    match heard:
        case Whispered():
            return not heard.mine
        case Said():
            return heard.name != name and _mentions(heard.what.partition(heard.name)[2], name)
    return False


def _mentions(text: str, name: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text, re.IGNORECASE) is not None


def _named(text: str, name: str, style: str) -> Fragments:
    before, _, after = text.partition(name)
    pieces = [(style, before), (f"{style} fg:{colour_of(name)}".strip(), name), (style, after)]
    return [piece for piece in pieces if piece[1]]
