"""Schedules lookups in the journal: a few at a time, in turns among participants.

Each participant has one question in the queue of each kind at most (its input is paused meanwhile).
A question goes to the journal only when it is its turn: nothing is looked up for somebody who has
gone by then.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial
from typing import Generic

from netchat.chat.delivery.deletions import (
    RunningLookups,
    matches_without,
    page_without_texts,
)
from netchat.chat.room import LookUp, Participant, Room
from netchat.journal.interface import (
    Found,
    Journal,
    P,
    Page,
    PrivatePage,
    PrivateQuery,
    Reply,
    Span,
    UnreadableError,
)

MAX_READS = 16
"""How many pages are read at a time: enough to keep the journal busy, few enough to cancel."""


class LookupScheduler:
    """Passes questions on to `journal`: MAX_READS reads at a time, and one search.

    Searches can take long, so reads do not wait for them.
    """

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._reads: _FairQueue[Page] = _FairQueue(MAX_READS)
        self._searches: _FairQueue[Page] = _FairQueue(1)
        self._private_reads: _FairQueue[PrivatePage] = _FairQueue(MAX_READS)
        self._running = RunningLookups()

    def read(self, who: Participant, room: Room, span: Callable[[], Span], found: Reply) -> None:
        """Call `found` as `Journal.read` does with `span()`, when it is the turn of `who`."""
        self._reads.ask(who, partial(self._read, room, span), found)

    def search(self, who: Participant, room: Room, words: str, span: Span, found: Reply) -> None:
        """Call `found` as `Journal.search` does, when it is the turn of `who`."""
        self._searches.ask(who, partial(self._search, room, words, span), found)

    def read_private(
        self,
        who: Participant,
        query: PrivateQuery,
        found: Found[PrivatePage],
    ) -> None:
        """Call `found` as `Journal.read_private` does, when it is the turn of `who`."""
        self._private_reads.ask(who, partial(self._journal.read_private, query), found)

    def delete(self, room: str, ids: Collection[int]) -> None:
        """Take the texts of the lines `ids` of `room` out of what is being looked up."""
        self._running.delete(room, ids)

    def _read(self, room: Room, span: Callable[[], Span], found: Reply) -> None:
        watched = self._running.watch(room.name, found, page_without_texts)
        self._journal.read(room.name, span(), watched)

    def _search(self, room: Room, words: str, span: Span, found: Reply) -> None:
        watched = self._running.watch(room.name, found, matches_without)
        self._journal.search(room.name, words, span, watched)


class _FairQueue(Generic[P]):
    """Questions of which at most `limit` are looked up at a time, in the order asked."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._waiting: dict[Participant, tuple[LookUp[P], Found[P]]]
        self._waiting = {}
        self._running = 0
        self._starting = False

    def ask(self, who: Participant, look_up: LookUp[P], found: Found[P]) -> None:
        """Call `look_up` with `found` when it is the turn of `who`."""
        self._waiting[who] = (look_up, found)
        self._start()

    def _start(self) -> None:
        if self._starting:
            return  # Called by a lookup that was answered at once.
        self._starting = True
        try:
            while self._waiting and self._running < self._limit:
                who = next(iter(self._waiting))
                look_up, found = self._waiting.pop(who)
                if not who.detached:
                    self._running += 1
                    look_up(partial(self._found, found))
        finally:
            self._starting = False

    def _found(self, found: Found[P], page: P | UnreadableError) -> None:
        self._running -= 1
        try:
            found(page)
        finally:
            self._start()
