"""Formatting codes and CTCP in the text of a message.

Source: modern.ircdocs.horse/formatting and /ctcp.
"""

from __future__ import annotations

import re

from msgspec import Struct

DELIMITER = "\x01"
"""What a CTCP begins with, and as a rule ends with."""

_BOLD_TO_UNDERLINE = "\x02\x0f\x11\x16\x1d\x1e\x1f"
_COLOUR = "\x03(?:[0-9]{1,2}(?:,[0-9]{1,2})?)?"
_HEX_COLOUR = "\x04(?:[0-9A-Fa-f]{6}(?:,[0-9A-Fa-f]{6})?)?"
_CODES = re.compile(f"[{_BOLD_TO_UNDERLINE}]|{_COLOUR}|{_HEX_COLOUR}")


class Ctcp(Struct, frozen=True):
    """What a client asks or tells another one; the command is in upper case."""

    command: str
    arguments: str = ""


def strip_formatting(text: str) -> str:
    """Return `text` without bold, italic, underline, strikethrough, monospace, reverse and colours.

    A colour goes with its numbers. No formatting code is left, so applying this twice changes
    nothing more.
    """
    return _CODES.sub("", text)


def parse_ctcp(text: str) -> Ctcp | None:
    """Return the CTCP that `text` is, whether it ends with the delimiter or not, else None."""
    if not text.startswith(DELIMITER):
        return None
    command, _, arguments = text.replace(DELIMITER, "").partition(" ")
    return Ctcp(command.upper(), arguments) if command else None


def action_text(text: str) -> str:
    """Return `text` as the CTCP that says what its sender does (`/me`)."""
    return f"{DELIMITER}ACTION {text.replace(DELIMITER, '')}{DELIMITER}"
