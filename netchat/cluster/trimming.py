"""Keeps the log of a site as long as it is wanted: older entries are deleted now and then."""

from __future__ import annotations

from collections.abc import Callable

from netchat.cluster.server import Clock
from netchat.journal.interface import Journal, LogErased
from netchat.log.interface import Entry, Log

INTERVAL = 3_600.0
"""Seconds between two looks at what is too old."""
DAY = 86_400.0


class LogTrimmer:
    """Lets `log` keep `days`; every server of a site does so.

    `clock` runs the timer, and `now` is the wall clock. `journal` forgets where the lines were.
    """

    def __init__(
        self, log: Log, journal: Journal, clock: Clock, now: Callable[[], float], days: float
    ) -> None:
        self._log = log
        self._journal = journal
        self._clock = clock
        self._now = now
        self._days = days
        self._running = False

    def start(self) -> None:
        """Look for what is too old every hour, and soon for the first time."""
        self._running = True
        self._clock.callLater(0, self._trim)

    def stop(self) -> None:
        """Delete nothing more."""
        self._running = False

    def _trim(self) -> None:
        if self._running:
            self._log.trim(self._now() - self._days * DAY)
            self._log.read(1, self._kept)
            self._clock.callLater(INTERVAL, self._trim)

    def _kept(self, oldest: Entry | None) -> None:
        if oldest is not None and oldest.position > 1:
            self._journal.append([LogErased(first=oldest.position)], lambda _: None)
