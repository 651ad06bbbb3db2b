"""Reads backfills a page at a time, as fast as each client takes them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from netchat.chat.delivery.backfill import Backfill
from netchat.chat.delivery.broadcast import Broadcast
from netchat.chat.delivery.lookups import LookupScheduler
from netchat.chat.room import Participant, Room
from netchat.journal.interface import Page, UnreadableError
from netchat.model.disconnects import storage_failure

PAGE = 500
"""The maximum number of lines read at once."""


class BackfillReader:
    """Asks `lookups` for pages and passes them to `broadcast`; `drain` is called after each."""

    def __init__(
        self, broadcast: Broadcast, lookups: LookupScheduler, drain: Callable[[], None]
    ) -> None:
        self._broadcast = broadcast
        self._lookups = lookups
        self._drain = drain
        self._paged: list[Participant] = []
        """Participants who were given a page in this turn, and may want the next."""
        self._blocked: set[Participant] = set()
        """Participants whose page waits behind a pending answer, where the next would pile up."""

    def begin(self, who: Participant, room: Room, after: int) -> None:
        """Send the lines of `room` after id `after` to `who`, who has just joined it, then live."""
        if after < room.last:
            backfill = Backfill(who, room, after)
            if self._broadcast.add_backfill(backfill):
                self.read_on(backfill)

    def read_on(self, backfill: Backfill) -> None:
        """Ask for the next page of `backfill`, if its participant still needs it."""
        if self._is_next(backfill):
            span = partial(backfill.look_up, PAGE)
            found = partial(self._add_page, backfill)
            self._lookups.read(backfill.participant, backfill.room, span, found)

    def answered(self, who: Participant) -> None:
        """Called when a pending answer to `who` has been looked up."""
        if who in self._blocked:
            self._blocked.discard(who)
            self._paged.append(who)

    def schedule_pages(self) -> bool:
        """Ask for the next page of each participant who was given one; return whether any was.

        Each is asked for when the client has taken the page before it.
        """
        paged, self._paged = self._paged, []
        for who in paged:
            backfill = self._broadcast.next_backfill(who)
            if backfill is not None and self._broadcast.awaits_answer(who):
                self._blocked.add(who)
            elif backfill is not None:
                who.listener.when_drained(partial(self.read_on, backfill))
        return bool(paged)

    def _is_next(self, backfill: Backfill) -> bool:
        """Whether `backfill` is to be read: its participant may have left the room or the chat."""
        who = backfill.participant
        return self._broadcast.next_backfill(who) is backfill and not who.detached

    def _add_page(self, backfill: Backfill, page: Page | UnreadableError) -> None:
        if not self._is_next(backfill):
            return
        who = backfill.participant
        if isinstance(page, UnreadableError):
            closing = storage_failure(str(page))
            self._broadcast.abandon_backfill(who, closing)
            who.listener.unreadable(closing)
        else:
            self._broadcast.add_page(backfill, page)
            self._paged.append(who)
        self._drain()
