"""The styles of displayed lines: pieces of text with a style, never an escape sequence.

The colours of names are among the 256 of common terminals, and each is readable on black and on
white (contrast at least 3.5; WCAG 2.2 asks for 3). For a user who tells which ground they have,
there are others (at least 5). The colour depends on the letters of the name only, so it is the same
in every run and for every user.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Literal
from zlib import crc32

from prompt_toolkit.styles import Style

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


def _colours(colours: str) -> Sequence[str]:
    return tuple(colours.split())


BOTH = _colours(
    "#af5f5f #d70000 #d75f00 #af5f00 #878700 #5f8700 #008700 #00875f #008787 #0087af "
    "#0087ff #005fd7 #5f5fff #875fd7 #af00ff #af5faf #d700af #ff0087 #d75f87"
)
LIGHT = _colours(
    "#af0000 #d70000 #875f00 #5f5f00 #870000 #005f00 #005f5f #005f87 #005faf #005fd7 "
    "#005fff #0000d7 #5f5fd7 #5f00ff #8700d7 #af00af #af0087 #d7005f #af005f"
)
DARK = _colours(
    "#d78787 #ff5f5f #ff5f00 #d78700 #afaf00 #87af00 #00af00 #00af87 #00afaf #00afd7 "
    "#00afff #5fafff #8787ff #af87ff #d75fff #d75fd7 #ff5fd7 #ff5faf #ff87af"
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


def _on_ground(colours: Sequence[str], **others: str) -> Style:
    names = {f"name{number}": f"fg:{colour}" for number, colour in enumerate(colours)}
    return Style.from_dict({**STYLES, **names, **others})


STYLES_ON: Mapping[Literal["auto", "light", "dark", "off"], Style] = MappingProxyType(
    {
        "auto": _on_ground(BOTH),
        "off": _on_ground(BOTH),
        "light": _on_ground(LIGHT, status="fg:#5f5f5f", past="fg:#5f5f5f"),
        "dark": _on_ground(DARK, status="fg:#afafaf", past="fg:#afafaf"),
    }
)
"""The styles for each value of the setting `colours`."""


def colour_of(name: str) -> int:
    """Return which of the colours `name` has; equal for names that fold equally."""
    return crc32(fold(name).encode()) % len(BOTH)


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
    coloured = f"{name_style} class:name{colour_of(name)}".strip()
    pieces = [(style, before), (coloured, name), (style, after)]
    return [piece for piece in pieces if piece[1]]
