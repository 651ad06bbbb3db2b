"""Nicks and channels as netchat's names and rooms.

A nick is a name as it is. The channel of the room `dev` is `#dev`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from netchat.model.names import (
    MAX_NAME,
    MAX_ROOM,
    BadNameError,
    check_name,
    check_room,
    is_name_character,
)

CHANNEL = "#"
"""What a channel begins with (CHANTYPES)."""
MAX_CHANNEL = len(CHANNEL) + MAX_ROOM

_LONGEST = 200
"""Of a text that is longer, the beginning is enough for a suggestion."""
_MARKS_TO_TRIM = "-._"
_HYPHENS = re.compile("-{2,}")


def name_of(nick: str) -> str | None:
    """Return the name that `nick` is, in NFC, or None if it is not valid."""
    return _checked(check_name, nick)


def room_of(channel: str) -> str | None:
    """Return the name of the room whose channel is `channel`, or None if it cannot be one."""
    if not channel.startswith(CHANNEL):
        return None
    return _checked(check_room, channel.removeprefix(CHANNEL))


def channel_of(room: str) -> str:
    """Return the channel of `room`."""
    return CHANNEL + room


def suggested_nick(nick: str) -> str:
    """Return a valid name that is like `nick`, such as `foo-away` for `foo|away`, or ""."""
    plain = _HYPHENS.sub("-", _with_hyphens(nick[:_LONGEST])).strip("-")
    return _first_valid(check_name, plain, MAX_NAME)


def suggested_room(channel: str) -> str:
    """Return a valid room that is like `channel`, such as `c--` for `#c++`, or "".

    Each character that is not allowed becomes a hyphen, so that `#c++` does not become `c`.
    """
    plain = _with_hyphens(channel.lstrip(CHANNEL)[:_LONGEST]).lstrip("-")
    return _first_valid(check_room, plain, MAX_ROOM)


def _checked(check: Callable[[str], str], text: str) -> str | None:
    try:
        return check(text)
    except BadNameError:
        return None


def _with_hyphens(text: str) -> str:
    """Return `text` in NFC with a hyphen for each character that no name has."""
    normal = unicodedata.normalize("NFC", text)
    return "".join(char if is_name_character(char) else "-" for char in normal)


def _first_valid(check: Callable[[str], str], text: str, longest: int) -> str:
    """Return the first valid one of `text` cut to `longest`, and with a `_` (if it is reserved)."""
    if not text.strip(_MARKS_TO_TRIM):
        return ""
    for candidate in (text[:longest], f"{text[: longest - 1]}_"):
        valid = _checked(check, candidate)
        if valid:
            return valid
    return ""
