"""What the writing lane does when nobody speaks: it costs those who do no time to speak of.

Where somebody always speaks it is done all the same, a part at a time: old lines would never go
there, and searches would read every line.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

Chore = Callable[[], bool]
"""Does a part of something, in the lane; returns whether there is more of it to do."""

QUIET = 0.05
"""Seconds without a line after which nobody is taken to be speaking."""
EVERY = 0.5
"""Seconds after which there is a part of each chore, though somebody speaks."""


class Chores:
    """The chores that are to be done; `ready` is called when there is time for them again.

    `later` calls a function after some seconds.
    """

    def __init__(
        self, later: Callable[[float, Callable[[], None]], object], ready: Callable[[], None]
    ) -> None:
        self._later = later
        self._ready = ready
        self._chores: dict[Chore, None] = {}
        self._due: dict[Chore, None] = {}
        """Those of which a part is to be done now, whoever speaks."""
        self._timed: set[Chore] = set()
        self._stores = 0
        self._stores_seen = 0
        self._waiting = False

    def add(self, chore: Chore) -> None:
        """Do `chore`, unless it is to be done already."""
        self._chores[chore] = None
        self._press_later(chore)

    def stop(self) -> None:
        """Do nothing more of anything."""
        self._chores.clear()
        self._due.clear()

    @property
    def pressing(self) -> bool:
        """Whether a part of one goes before what is to be stored."""
        return bool(self._due)

    def begin(self) -> Chore | None:
        """Return of what a part is to be done now, because it is pressing or nobody speaks."""
        chores = self._due or ({} if self._waiting else self._chores)
        chore = next(iter(chores), None)
        if chore is not None:
            self._due.pop(chore, None)
        return chore

    def did(self, chore: Chore, *, more: bool) -> None:
        """Learn that a part of `chore` is done, and whether there is more of it to do."""
        if not more:
            self._chores.pop(chore, None)
            self._due.pop(chore, None)

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
            self._ready()
        else:
            self._wait()

    def _press_later(self, chore: Chore) -> None:
        if chore not in self._timed:
            self._timed.add(chore)
            self._later(EVERY, partial(self._press, chore))

    def _press(self, chore: Chore) -> None:
        self._timed.discard(chore)
        if chore in self._chores:
            self._due[chore] = None
            self._press_later(chore)
            self._ready()
