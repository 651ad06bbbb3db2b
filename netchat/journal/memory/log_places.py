"""Where the texts of lines are in the log of a site, in memory."""

from __future__ import annotations

from collections.abc import Sequence

from netchat.journal.interface import MOST_PLACES, LogErased, LogPlace
from netchat.journal.log_places import Run, deleted_in, position_of, runs_of
from netchat.model.events import Event


class LogPlaces:
    """The places of lines in the entries that are kept, and of deleted ones that have texts."""

    def __init__(self) -> None:
        self._runs: list[tuple[int, Run]] = []
        self._deleted: set[LogPlace] = set()

    def add(self, batch: Sequence[Event], results: Sequence[Event]) -> None:
        """Take what has become of a `batch`, if it is an entry."""
        if position := position_of(results):
            self._runs += [(position, run) for run in runs_of(batch, results)]
            for room, id in deleted_in(results):
                self._deleted.update(
                    LogPlace(position, run.line + id - run.first)
                    for position, run in self._runs
                    if run.room == room and run.first <= id <= run.last
                )

    def deleted(self) -> Sequence[LogPlace]:
        """Return the first places of deleted lines."""
        return sorted(self._deleted)[:MOST_PLACES]

    def forget(self, erased: LogErased) -> None:
        """Forget what is no longer in the log."""
        self._runs = [(at, run) for at, run in self._runs if at >= erased.first]
        self._deleted -= {*erased.places}
        self._deleted = {place for place in self._deleted if place.position >= erased.first}
