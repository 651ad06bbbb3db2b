"""Reads what guests have missed, a page at a time, as fast as each of them takes it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from netchat.chat.delivery.backfill import Backfill
from netchat.chat.delivery.broadcast import Broadcast
from netchat.chat.delivery.lookups import LookupScheduler
from netchat.chat.room import Participant, Room
from netchat.journal.interface import Page, UnreadableError
from netchat.model.events import Closing

PAGE = 500
"""How many lines of the past are looked up at once for whoever catches up with it."""


class BackfillReader:
    """Asks `lookups` for pages, and gives them to `broadcast`; `work` is called when one has
    come."""

    def __init__(
        self, broadcast: Broadcast, lookups: LookupScheduler, work: Callable[[], None]
    ) -> None:
        self._broadcast = broadcast
        self._lookups = lookups
        self._work = work
        self._turned: list[Participant] = []
        """Who was given a page in this turn, and may want the next."""
        self._behind: set[Participant] = set()
        """Who has a page behind something that is still looked up; the next would pile up there."""

    def begin(self, participant: Participant, room: Room, after: int) -> None:
        """Let `participant`, which has just come into `room`, hear its lines after id `after`
        first."""
        if after < room.last:
            backfill = Backfill(participant, room, after)
            if self._broadcast.add_backfill(backfill):
                self.read_on(backfill)

    def read_on(self, backfill: Backfill) -> None:
        """Ask for the next page of `backfill`, if its guest still waits for it."""
        if self._is_next(backfill):
            participant, room = backfill.participant, backfill.room
            page = partial(backfill.look_up, PAGE)
            self._lookups.read(participant, room, page, partial(self._turn_page, backfill))

    def found(self, participant: Participant) -> None:
        """Learn that something that `participant` waited for has been found."""
        if participant in self._behind:
            self._behind.discard(participant)
            self._turned.append(participant)

    def go_on(self) -> bool:
        """See to the next page of who was given one in this turn; return whether there was one."""
        turned, self._turned = self._turned, []
        for participant in turned:
            backfill = self._broadcast.next_backfill(participant)
            if backfill is not None and self._broadcast.awaits_answer(participant):
                self._behind.add(participant)
            elif backfill is not None:
                participant.listener.when_drained(partial(self.read_on, backfill))
        return bool(turned)

    def _is_next(self, backfill: Backfill) -> bool:
        """Whether the guest still waits for it: it may have left, or be gone."""
        return (
            self._broadcast.next_backfill(backfill.participant) is backfill
            and not backfill.participant.detached
        )

    def _turn_page(self, backfill: Backfill, page: Page | UnreadableError) -> None:
        if not self._is_next(backfill):
            return
        if isinstance(page, UnreadableError):
            closing = Closing("storage", str(page), retry=10)
            self._broadcast.abandon_backfill(backfill.participant, closing)
            backfill.participant.listener.unreadable(closing)
        else:
            self._broadcast.add_page(backfill, page)
            self._turned.append(backfill.participant)
        self._work()
