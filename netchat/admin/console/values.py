"""How the values on the command line of `netchat admin` are read."""

from __future__ import annotations

from argparse import ArgumentTypeError
from collections.abc import Sequence
from typing import Any

from netchat.model.durations import format_duration, parse_duration

MAX_SLOW = 86_400
"""The most seconds between two lines of one guest."""
_SWITCHES = ("private", "readonly", "moderated")
_ON = {"on": True, "off": False}
_JOINS = {"quiet": True, "told": False}
_OPEN: dict[str, Any] = {**dict.fromkeys((*_SWITCHES, "quiet_joins"), False), "slow": 0.0}
SETTINGS = "private|readonly|moderated [off], slow SECONDS, joins quiet|told, open (none of these)"


def duration(text: str) -> float:
    """Return the seconds of `text`, 0 for `0`; ArgumentTypeError if it is no duration."""
    if text == "0":
        return 0
    seconds = parse_duration(text)
    if seconds is None:
        raise ArgumentTypeError(f"{text!r} is no duration; write it like 10m, 2h30m or 7d")
    return seconds


def count(text: str) -> int:
    """Return a whole number from 1 on; ArgumentTypeError if `text` is none."""
    if not (text.isascii() and text.isdecimal() and 0 < len(text) < 10 and int(text)):
        raise ArgumentTypeError(f"{text!r} is no whole number from 1 on")
    return int(text)


def room_settings(words: Sequence[str]) -> dict[str, Any]:
    """Return the settings of a room that `words` give; ValueError, with a sentence, if none."""
    settings: dict[str, Any] = {}
    left = [word.lower() for word in words]
    while left:
        word = left.pop(0)
        if word == "open":
            settings |= _OPEN
        elif word in _SWITCHES:
            settings[word] = _ON[left.pop(0)] if left and left[0] in _ON else True
        elif word == "joins" and left and left[0] in _JOINS:
            settings["quiet_joins"] = _JOINS[left.pop(0)]
        elif word == "slow" and left:
            settings["slow"] = _slow(left.pop(0))
        else:
            raise ValueError(f"{word!r} is no setting of a room; give {SETTINGS}.")
    return settings


def _slow(text: str) -> float:
    if text == "off":
        return 0
    digits = text.isascii() and text.isdecimal() and len(text) < 7
    seconds = float(text) if digits else parse_duration(text)
    if seconds is None or seconds > MAX_SLOW:
        raise ValueError(
            f"slow wants seconds, at most those of {format_duration(MAX_SLOW)}, not {text!r}."
        )
    return seconds
