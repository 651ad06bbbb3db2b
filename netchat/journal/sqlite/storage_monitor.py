"""Watches whether lines can be stored, and tells the operator when that changes."""

from __future__ import annotations

from collections.abc import Callable

CHECK_INTERVAL = 1.0
"""Seconds between two checks whether lines can be stored."""


class StorageMonitor:
    """Calls `check` every CHECK_INTERVAL seconds; its result is to be passed to `report`.

    Without `always`, it does so only while nothing can be stored. `call_later` calls a function
    after some seconds; `warn` is called with sentences for the operator.
    """

    def __init__(
        self,
        call_later: Callable[[float, Callable[[], None]], object],
        warn: Callable[[str], None],
        check: Callable[[], None],
        *,
        always: bool,
    ) -> None:
        self.trouble = ""
        """Why nothing can be stored at present, as a sentence, or ""."""
        self._call_later = call_later
        self._warn = warn
        self._check = check
        self._always = always
        self._running = False
        self._scheduled = False

    def start(self) -> None:
        """Begin to check."""
        self._running = True
        self._schedule()

    def stop(self) -> None:
        """Check no more."""
        self._running = False

    def report(self, trouble: str) -> None:
        """Record why nothing can be stored, or "", and warn of a change."""
        if trouble and not self.trouble:
            self._warn(f"{trouble} Clients that send lines get an error.")
        if self.trouble and not trouble:
            self._warn("Lines can be stored again.")
        self.trouble = trouble
        self._schedule()

    def _schedule(self) -> None:
        if self._running and not self._scheduled and (self.trouble or self._always):
            self._scheduled = True
            self._call_later(CHECK_INTERVAL, self._run)

    def _run(self) -> None:
        self._scheduled = False
        if self._running:
            self._schedule()
            self._check()
