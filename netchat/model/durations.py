"""Durations as people write and read them: `10m`, `2h30m`, `7d`.

A duration is one or more whole numbers, each with its unit: w, d, h, m or s, for weeks, days,
hours, minutes and seconds. Larger units come first and each comes at most once; case makes no
difference. A number without a unit is refused, because its writer may mean seconds as well as
minutes; only 0 needs none, and means: without end.
"""

from __future__ import annotations

import re

from netchat.model.state_requests import MAX_DURATION

_UNITS = {"w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}
"""Seconds of each unit, the largest first."""
_NAMES = {86_400: "day", 3_600: "hour", 60: "minute", 1: "second"}
"""The units in which a duration is told; weeks are told as days."""
_DIGITS = 12
"""The most digits of one number: far more than MAX_DURATION has."""
_DURATION = re.compile(
    "".join(rf"(?:([0-9]{{1,{_DIGITS}}}){unit})?" for unit in _UNITS),
    re.IGNORECASE | re.ASCII,
)
_MEANT = re.compile(rf"(?:[0-9]+[{''.join(_UNITS)}]?)+", re.IGNORECASE | re.ASCII)


class BadDurationError(ValueError):
    """The text is no duration; the message is one sentence for the user."""


def is_meant_as_duration(word: str) -> bool:
    """Return whether the writer of `word` means a duration, and not the beginning of a reason.

    `parse_duration` may still refuse it.
    """
    return _MEANT.fullmatch(word) is not None


def parse_duration(text: str) -> int:
    """Return the seconds of `text`, 0 to MAX_DURATION, or raise BadDurationError."""
    match = _DURATION.fullmatch(text)
    if text == "0":
        return 0
    if not (text and match):
        raise BadDurationError(
            f"{_quoted(text)} is no duration; write numbers with units, such as 10m, 2h30m or 7d."
        )
    numbers = zip(match.groups(default="0"), _UNITS.values(), strict=True)
    seconds = sum(int(number) * unit for number, unit in numbers)
    if seconds > MAX_DURATION:
        raise BadDurationError(
            f"{_quoted(text)} is longer than 10 years; give a shorter duration, or 0 for no end."
        )
    return seconds


def format_duration(seconds: float) -> str:
    """Return `seconds` in words, such as `10 minutes` or `2 hours and 30 minutes`.

    Of the units the two largest are told. What is left is rounded up to the smaller of them, so
    that nobody comes back too early. 0 or less is `0 seconds`.
    """
    parts = _parts(seconds)
    words = [f"{count} {_NAMES[unit]}{'' if count == 1 else 's'}" for count, unit in parts]
    return " and ".join(words) or "0 seconds"


def write_duration(seconds: int) -> str:
    """Return the text of `seconds` that `parse_duration` reads, such as `2h30m`."""
    texts = []
    for letter, unit in _UNITS.items():
        count, seconds = divmod(seconds, unit)
        texts += [f"{count}{letter}"] * bool(count)
    return "".join(texts) or "0"


def _parts(seconds: float) -> list[tuple[int, int]]:
    """Return the numbers of the two largest units in `seconds`, each with its unit."""
    units = list(_NAMES)
    left = _rounded_up(seconds, 1)
    for place, unit in enumerate(units):
        if left >= unit:
            smaller = units[min(place + 1, len(units) - 1)]
            left = _rounded_up(left, smaller)
            # Rounding may have made a full larger unit, as of 59 minutes and 60 seconds.
            if place and left >= units[place - 1]:
                return [(1, units[place - 1])]
            count, rest = divmod(left, unit)
            return [(count, unit), *([(rest // smaller, smaller)] if rest else [])]
    return []


def _rounded_up(seconds: float, unit: int) -> int:
    return int(-(-seconds // unit)) * unit


def _quoted(text: str) -> str:
    return f'"{text[:20]}"'
