"""Reads what guests have missed, a page at a time, as fast as each of them takes it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from netchat.chat.delivery.backfill import Replay
from netchat.chat.delivery.broadcast import Fanout
from netchat.chat.delivery.lookups import Desk
from netchat.chat.room import Room, Seat
from netchat.journal.interface import Page, UnreadableError
from netchat.model.events import Closing

PAGE = 500
"""How many lines of the past are looked up at once for whoever catches up with it."""


class CatchingUp:
    """Asks `desk` for pages, and gives them to `fanout`; `work` is called when one has come."""

    def __init__(self, fanout: Fanout, desk: Desk, work: Callable[[], None]) -> None:
        self._fanout = fanout
        self._desk = desk
        self._work = work
        self._turned: list[Seat] = []
        """Who was given a page in this turn, and may want the next."""
        self._behind: set[Seat] = set()
        """Who has a page behind something that is still looked up; the next would pile up there."""

    def begin(self, seat: Seat, room: Room, after: int) -> None:
        """Let `seat`, which has just come into `room`, hear its lines after id `after` first."""
        if after < room.last:
            replay = Replay(seat, room, after)
            if self._fanout.replay(replay):
                self.read_on(replay)

    def read_on(self, replay: Replay) -> None:
        """Ask for the next page of `replay`, if its guest still waits for it."""
        if self._is_next(replay):
            seat, room = replay.seat, replay.room
            page = partial(replay.look_up, PAGE)
            self._desk.read(seat, room, page, partial(self._turn_page, replay))

    def found(self, seat: Seat) -> None:
        """Learn that something that `seat` waited for has been found."""
        if seat in self._behind:
            self._behind.discard(seat)
            self._turned.append(seat)

    def go_on(self) -> bool:
        """See to the next page of who was given one in this turn; return whether there was one."""
        turned, self._turned = self._turned, []
        for seat in turned:
            replay = self._fanout.next_replay(seat)
            if replay is not None and self._fanout.waits(seat):
                self._behind.add(seat)
            elif replay is not None:
                seat.listener.when_drained(partial(self.read_on, replay))
        return bool(turned)

    def _is_next(self, replay: Replay) -> bool:
        """Whether the guest still waits for it: it may have left, or be gone."""
        return self._fanout.next_replay(replay.seat) is replay and not replay.seat.deaf

    def _turn_page(self, replay: Replay, page: Page | UnreadableError) -> None:
        if not self._is_next(replay):
            return
        if isinstance(page, UnreadableError):
            closing = Closing("storage", str(page), retry=10)
            self._fanout.give_up(replay.seat, closing)
            replay.seat.listener.unreadable(closing)
        else:
            self._fanout.turn_page(replay, page)
            self._turned.append(replay.seat)
        self._work()
