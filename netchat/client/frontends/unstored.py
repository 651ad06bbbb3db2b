"""How many lines of the user are not stored yet, for whoever waits for it."""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.interfaces import IDelayedCall, IReactorTime

DELAY = 0.5
"""How many seconds a line may be unstored before it is told; most are stored sooner."""


class Unstored:
    """Counts the unstored lines; `changed` is called when what `badge` returns has changed.

    Lines are stored in their order, so each has its own time: while many are stored one after the
    other, it is told as long as some wait.
    """

    __slots__ = ("_changed", "_clock", "_since", "_timer", "lines", "online")

    def __init__(self, clock: IReactorTime, changed: Callable[[], None]) -> None:
        self.lines = 0
        self.online = True
        """Whether there is a connection; without one, no line is about to be stored."""
        self._clock = clock
        self._changed = changed
        self._since: list[float] = []
        self._timer: IDelayedCall | None = None

    @property
    def badge(self) -> str:
        """What to show before the prompt, "" if there is nothing to tell."""
        told = self.lines and (not self.online or self._oldest_age >= DELAY)
        return f"[{self.lines} not stored yet] " if told else ""

    def update(self, lines: int) -> None:
        """Record that so many `lines` are not stored."""
        self.lines = lines
        del self._since[: max(0, len(self._since) - lines)]
        now = self._clock.seconds()
        self._since.extend([now] * (lines - len(self._since)))
        self._watch()
        self._changed()

    def stop(self) -> None:
        """Stop waiting: the conversation is over."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    @property
    def _oldest_age(self) -> float:
        return self._clock.seconds() - self._since[0] if self._since else 0.0

    def _watch(self) -> None:
        """Wait until the oldest line is to be told."""
        if self._since and self._timer is None and self._oldest_age < DELAY:
            self._timer = self._clock.callLater(DELAY - self._oldest_age, self._due)

    def _due(self) -> None:
        self._timer = None
        self._watch()
        self._changed()
