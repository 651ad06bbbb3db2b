"""Which live lines have the time before them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from netchat.dialects.text.earlier import local_time

SILENCE = 300.0
"""After so many seconds without a line, the next one has the time before it."""
Mode = Literal["auto", "on", "off"]


class Times:
    """Returns what stands before a live line: its time if `mode` wants it, else "".

    `now` returns the time of day, in seconds since the epoch; `seconds` that of a clock that is
    never set.
    """

    __slots__ = ("_last", "_mode", "_now", "_seconds")

    def __init__(
        self, mode: Callable[[], Mode], now: Callable[[], float], seconds: Callable[[], float]
    ) -> None:
        self._mode = mode
        self._now = now
        self._seconds = seconds
        self._last = seconds()

    def before_notice(self) -> str:
        """Return what stands before a line that nobody said."""
        return self._time() if self._mode() == "on" else ""

    def before_said(self) -> str:
        """Return what stands before a line that somebody says now."""
        silent = self._seconds() - self._last >= SILENCE
        return self._time() if silent and self._mode() == "auto" else self.before_notice()

    def said(self) -> None:
        """Record that the user has just said something, or read what somebody said."""
        self._last = self._seconds()

    def _time(self) -> str:
        now = self._now()
        return f"[{local_time(now, now)}] "
