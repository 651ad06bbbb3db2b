"""The bell of the terminal: it rings at most once in a second, and not at all if that is chosen."""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.interfaces import IReactorTime

MIN_INTERVAL = 1.0
"""Shortest time between two rings, in seconds; it limits what a server can do."""


class Bell:
    """Calls `ring`, unless it has rung just now, or is not `wanted`."""

    __slots__ = ("_clock", "_last", "_ring", "_wanted")

    def __init__(
        self, ring: Callable[[], None], clock: IReactorTime, wanted: Callable[[], bool]
    ) -> None:
        self._ring = ring
        self._clock = clock
        self._wanted = wanted
        self._last = -MIN_INTERVAL

    def ring(self) -> None:
        """Ring, if it is time."""
        now = self._clock.seconds()
        if self._wanted() and now - self._last >= MIN_INTERVAL:
            self._last = now
            self._ring()
