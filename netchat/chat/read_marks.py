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
_Mark = tuple[int, float]
_NOTHING: _Mark = (0, 0.0)


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
        self._waiting: dict[tuple[int, str], _Mark] = {}
        """The newest mark for each that was stored in the last INTERVAL; of id 0: nothing new."""
        self._scheduled = False

    def mark(self, account: int, room: str, id: int, time: float = 0) -> None:
        """Store that `account` has read `room` up to `id`, now or soon; `time` as in ReadMark."""
        key = (account, room)
        if key in self._waiting:
            self._waiting[key] = max(self._waiting[key], (id, time))
            return
        self._waiting[key] = _NOTHING
        self._store(account, room, id, time)
        self._schedule()

    def apply(self, changed: Changed) -> None:
        """Tell the devices of an account of its mark, if that is what `changed` is about."""
        what = changed.change.what
        if isinstance(what, MarkRead):
            for device in self._participants.of_account(what.account):
                self._broadcast.turn.send_to(MarkedRead(what.room, what.id, what.time), device)

    def flush(self, account: int) -> None:
        """Store at once what waits for `account`."""
        for key in [key for key in self._waiting if key[0] == account]:
            mark = self._waiting.pop(key)
            if mark != _NOTHING:
                self._store(*key, *mark)

    def _store(self, account: int, room: str, id: int, time: float) -> None:
        self._submit(MarkRead(account, room, id, time), lambda _: None)

    def _schedule(self) -> None:
        if not self._scheduled:
            self._scheduled = True
            self._call_later(INTERVAL, self._sweep)

    def _sweep(self) -> None:
        self._scheduled = False
        waiting, self._waiting = self._waiting, {}
        for (account, room), mark in waiting.items():
            if mark != _NOTHING:
                self.mark(account, room, *mark)
