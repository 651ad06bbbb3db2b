"""Asks for the end of what has come to its end: bans, mutes, the lock, invitations, names.

The end is a change like any other, judged by the time in its entry. So a server that was down asks
at its start for what has ended meanwhile. An end that could not be stored is asked for again. Of
several servers that are one chat, one asks.
"""

from __future__ import annotations

from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

from netchat.chat.changes import change_as
from netchat.model.events import Event, Refused
from netchat.state.changes import SERVER, Changed, Expire

if TYPE_CHECKING:
    from twisted.internet.interfaces import IDelayedCall, IReactorTime

    from netchat.chat.chat import Chat

MAX_WAIT = 60.0
"""Seconds after which the wall clock is looked at again: it may have been set."""
MAX_AT_ONCE = 500
"""How many ends are asked for in a turn."""
MIN_RETRY, MAX_RETRY = 5.0, 300.0
"""Seconds after which an end that is refused is asked for again: as many as it is late."""


class ExpiryTimer:
    """Waits for the next end among the records of `chat`; `clock` runs the timer."""

    def __init__(self, chat: Chat, clock: IReactorTime) -> None:
        self._chat = chat
        self._clock = clock
        self._timer: IDelayedCall | None = None
        self._running = False

    def start(self) -> None:
        """Ask for what has ended already, and wait for the next end from now on."""
        self._running = True
        self._chat.effects.observers.append(self._changed)
        self._schedule()

    def stop(self) -> None:
        """Ask for nothing more."""
        self._running = False
        self._cancel()

    def _changed(self, _: Changed) -> None:
        if self._running:
            self._schedule()

    def _schedule(self) -> None:
        self._cancel()
        end = self._chat.state.expiries.next
        if end is not None:
            wait = min(max(0.0, end - self._chat.time()), MAX_WAIT) if self._leads else MAX_WAIT
            self._timer = self._clock.callLater(wait, self._ask)

    @property
    def _leads(self) -> bool:
        site = self._chat.presence.site
        return site is None or site.leads

    def _ask(self) -> None:
        """Ask for some of what has ended by now, and schedule the rest."""
        self._timer = None
        if self._leads:
            self._ask_for_some()
        self._schedule()

    def _ask_for_some(self) -> None:
        now = self._chat.time()
        for kind, key in islice(self._chat.state.expiries.take(now), MAX_AT_ONCE):
            record = self._chat.state.get(kind, key)
            # Another server may have asked for it, or it has another end by now.
            if record is not None and getattr(record, "until", 0) <= now:
                change_as(self._chat, SERVER, Expire(kind, key), partial(self._settled, kind, key))

    def _settled(self, kind: str, key: str, result: Event) -> None:
        """Ask again for an end that is refused: later, or at its time if it has come too early."""
        state, now = self._chat.state, self._chat.time()
        until = getattr(state.get(kind, key), "until", 0)
        if not isinstance(result, Refused) or not until:
            return
        wait = min(max(now - until, MIN_RETRY), MAX_RETRY)
        state.expiries.postpone(kind, key, max(until, now + wait))
        if self._running:
            self._schedule()

    def _cancel(self) -> None:
        timer, self._timer = self._timer, None
        if timer is not None and timer.active():
            timer.cancel()
