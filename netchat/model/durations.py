"""Durations as people write and read them: "10m", "2h30m", "7d"; "10 minutes", "2 hours"."""

from __future__ import annotations

import re

MAX_DURATION = 10 * 365 * 86_400
"""In seconds: ten years."""
_UNITS = {"w": 7 * 86_400, "d": 86_400, "h": 3600, "m": 60, "s": 1}
_NAMES = (("day", 86_400), ("hour", 3600), ("minute", 60), ("second", 1))
_PART = re.compile("([0-9]{1,9})([wdhms])")
_DURATION = re.compile(f"(?:{_PART.pattern})+")


def parse_duration(text: str) -> float | None:
    """Return the seconds in `text`, such as "90s", "10m", "2h30m", "7d" or "1w".

    None if it is no duration, if it is 0, or if it is longer than MAX_DURATION. Every number needs
    its unit: nobody should have to know which one a bare number is in.
    """
    text = text.lower()
    if _DURATION.fullmatch(text) is None:
        return None
    seconds = sum(int(count) * _UNITS[unit] for count, unit in _PART.findall(text))
    return float(seconds) if 0 < seconds <= MAX_DURATION else None


def format_duration(seconds: float) -> str:
    """Return `seconds` in words, by its two largest units: "1 hour and 30 minutes"."""
    left = max(1, round(seconds))
    parts = []
    for name, size in _NAMES:
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count} {name}{'s' * (count > 1)}")
    return " and ".join(parts[:2])
