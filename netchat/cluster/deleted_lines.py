"""Erases the texts of deleted lines from the log; one server of the site does so for all.

It does so as well with refused lines, and with the private ones of an account that is forgotten.
Every journal remembers where they are until they were read and had no text, so whatever one server
could not do, because it or the log was away, is done later by it or by another one.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from functools import partial
from itertools import groupby
from operator import attrgetter

from netchat.cluster.entries import Item, UnknownEntryError, decode, encode, without_texts
from netchat.journal.interface import Journal, LogErased, LogPlace, UnreadableError
from netchat.log.interface import Entry, Log
from netchat.state.changes import Change, DeleteLines, Forget

_Left = deque[tuple[int, Sequence[LogPlace]]]


class DeletedLineEraser:
    """Erases from `log` what `journal` says."""

    def __init__(self, journal: Journal, log: Log) -> None:
        self._journal = journal
        self._log = log
        self._left: _Left = deque()
        self._is_sweeping = self._is_wanted = False

    def sweep(self) -> None:
        """Erase what is known now; what was erased before is forgotten.

        This gives up the sweep before, of which nothing comes any more if the log has failed.
        """
        self._is_sweeping, self._is_wanted = True, False
        self._journal.log_places(self._found)

    def sweep_soon(self) -> None:
        """Erase what is known now, once the sweep that is under way has come to its end.

        So those who delete one line after the other do not put off the end for ever.
        """
        if self._is_sweeping:
            self._is_wanted = True
        else:
            self.sweep()

    def _found(self, places: Sequence[LogPlace] | UnreadableError) -> None:
        if isinstance(places, UnreadableError):
            places = ()
        self._left = deque(
            (position, tuple(some)) for position, some in groupby(places, attrgetter("position"))
        )
        self._next()

    def _next(self) -> None:
        if self._left:
            self._log.read(self._left[0][0], partial(self._read, self._left))
            return
        self._is_sweeping = False
        if self._is_wanted:
            self.sweep()

    def _read(self, left: _Left, entry: Entry | None) -> None:
        if left is not self._left:
            return  # A later sweep has begun.
        position, places = left.popleft()
        if entry is None or entry.position != position:
            self._forget(places)
            self._next()
            return
        try:
            items = decode(entry.payload)
        except UnknownEntryError:
            self._next()
            return
        erased = without_texts(items, {place.line for place in places})
        if erased == items:
            self._forget(places)
        else:
            self._log.erase(position, entry.payload, encode(erased))
        self._next()

    def _forget(self, places: Sequence[LogPlace]) -> None:
        self._journal.append([LogErased(tuple(places))], lambda _: None)


def delete_any(items: Iterable[Item]) -> bool:
    """Return whether texts are to go because of `items`."""
    return any(
        isinstance(item.event, Change) and isinstance(item.event.what, DeleteLines | Forget)
        for item in items
    )
