"""Read marks: up to which id an account has read its rooms and its private lines.

Each mark is stored, so of many in a row only some are: at once the first one, and then the newest
one a second. The devices of the account are told of what was stored.
"""

from __future__ import annotations

from collections.abc import Callable

from netchat.chat.delivery.broadcast import Broadcast
from netchat.chat.participants import Participants
from netchat.chat.results import Settled
from netchat.model.notices import MarkedRead
from netchat.state.changes import Changed, MarkRead

INTERVAL = 1.0
"""Seconds between two marks of an account in one room."""


class ReadMarks:
    """Passes marks to `submit`, and tells the devices by `broadcast`.

    `call_later` calls a function after some seconds.
    """

    def __init__(
        self,
        submit: Callable[[MarkRead, Settled], None],
        participants: Participants,
        broadcast: Broadcast,
        call_later: Callable[[float, Callable[[], None]], object],
    ) -> None:
        self._submit = submit
        self._participants = participants
        self._broadcast = broadcast
        self._call_later = call_later
        self._waiting: dict[tuple[int, str], int] = {}
        """The newest id for each mark that was stored in the last INTERVAL; 0: nothing new."""
        self._scheduled = False

    def mark(self, account: int, room: str, id: int) -> None:
        """Store that `account` has read `room` up to `id`, now or soon."""
        key = (account, room)
        if key in self._waiting:
            self._waiting[key] = max(self._waiting[key], id)
            return
        self._waiting[key] = 0
        self._store(account, room, id)
        self._schedule()

    def apply(self, changed: Changed) -> None:
        """Tell the devices of an account of its mark, if that is what `changed` is about."""
        what = changed.change.what
        if isinstance(what, MarkRead):
            for device in self._participants.of_account(what.account):
                self._broadcast.turn.send_to(MarkedRead(what.room, what.id), device)

    def flush(self, account: int) -> None:
        """Store at once what waits for `account`."""
        for key in [key for key in self._waiting if key[0] == account]:
            if id := self._waiting.pop(key):
                self._store(*key, id)

    def _store(self, account: int, room: str, id: int) -> None:
        self._submit(MarkRead(account, room, id), lambda _: None)

    def _schedule(self) -> None:
        if not self._scheduled:
            self._scheduled = True
            self._call_later(INTERVAL, self._sweep)

    def _sweep(self) -> None:
        self._scheduled = False
        waiting, self._waiting = self._waiting, {}
        for (account, room), id in waiting.items():
            if id:
                self.mark(account, room, id)
