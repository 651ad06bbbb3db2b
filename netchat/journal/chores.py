"""What the writing lane does when nobody speaks: it costs those who do no time."""

from __future__ import annotations

from collections.abc import Callable

Chore = Callable[[], bool]
"""Does a part of something, in the lane; returns whether there is more of it to do."""

QUIET = 0.05
"""Seconds without a line after which nobody is taken to be speaking."""


class Chores:
    """The chores that are to be done; `quiet` is called when there is time for them again.

    `later` calls a function after some seconds.
    """

    def __init__(
        self, later: Callable[[float, Callable[[], None]], object], quiet: Callable[[], None]
    ) -> None:
        self._later = later
        self._quiet = quiet
        self._chores: dict[Chore, None] = {}
        self._stores = 0
        self._stores_seen = 0
        self._waiting = False

    def add(self, chore: Chore) -> None:
        """Do `chore`, unless it is to be done already."""
        self._chores[chore] = None

    def done(self, chore: Chore) -> None:
        """Take `chore` out."""
        del self._chores[chore]

    def next(self, *, urgent: bool) -> Chore | None:
        """Return what there is to do, if nobody speaks or it is `urgent`."""
        if self._waiting and not urgent:
            return None
        return next(iter(self._chores), None)

    def put_off(self) -> None:
        """Learn that something has been stored: whoever spoke may go on."""
        self._stores += 1
        if not self._waiting:
            self._waiting = True
            self._wait()

    def _wait(self) -> None:
        self._stores_seen = self._stores
        self._later(QUIET, self._look)

    def _look(self) -> None:
        if self._stores == self._stores_seen:
            self._waiting = False
            self._quiet()
        else:
            self._wait()
