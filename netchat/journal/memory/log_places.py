"""Where the texts of lines are in the log of a site, in memory."""

from __future__ import annotations

from collections.abc import Sequence

from netchat.journal.interface import MOST_PLACES, LogErased, LogPlace
from netchat.journal.log_places import (
    PrivateLine,
    Run,
    deleted_in,
    forgotten_in,
    position_of,
    private_lines_of,
    refused_in,
    runs_of,
)
from netchat.model.events import Event


class LogPlaces:
    """The places of lines in the entries that are kept, and of those whose texts are to go."""

    def __init__(self) -> None:
        self._runs: list[tuple[int, Run]] = []
        self._private: list[tuple[int, PrivateLine]] = []
        self._gone: set[LogPlace] = set()

    def add(self, batch: Sequence[Event], results: Sequence[Event]) -> None:
        """Take what has become of a `batch`, if it is an entry."""
        if position := position_of(results):
            self._runs += [(position, run) for run in runs_of(batch, results)]
            for room, id in deleted_in(results):
                self._gone.update(
                    LogPlace(position, run.line + id - run.first)
                    for position, run in self._runs
                    if run.room == room and run.first <= id <= run.last
                )
            self._gone.update(LogPlace(position, line) for line in refused_in(batch, results))
            self._private += [(position, one) for one in private_lines_of(batch, results)]
            for account in forgotten_in(results):
                self._gone.update(
                    LogPlace(at, one.line) for at, one in self._private if one.account == account
                )

    def gone(self) -> Sequence[LogPlace]:
        """Return the first places of lines whose texts are to go."""
        return sorted(self._gone)[:MOST_PLACES]

    def forget(self, erased: LogErased) -> None:
        """Forget what is no longer in the log."""
        self._runs = [(at, run) for at, run in self._runs if at >= erased.first]
        self._private = [(at, one) for at, one in self._private if at >= erased.first]
        self._gone -= {*erased.places}
        self._gone = {place for place in self._gone if place.position >= erased.first}
