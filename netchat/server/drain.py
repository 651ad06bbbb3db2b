"""Sends the guests of a server that is to stop to the other servers of its site, spread out.

The server takes no new guests from there on. Clients come back by themselves, on another server,
and lose nothing; a few at a time, so that the others have no rush. When all have gone, the server
stops.
"""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

from twisted.logger import Logger

from netchat.doors.connection.guest_connection import GuestConnection
from netchat.model.disconnects import DRAINING
from netchat.state.site_changes import Drain

if TYPE_CHECKING:
    from collections.abc import Callable

    from twisted.internet.interfaces import IReactorTime

    from netchat.admission.connections import Connections
    from netchat.chat.chat import Chat
    from netchat.state.changes import Changed

STEP = 0.25
"""Seconds between two groups of guests who are sent away."""
PATIENCE = 5.0
"""Seconds after the last group in which guests may read their last lines."""


class Drainer:
    """Drains the server of `chat` and its `connections` when that is in the order.

    `clock` runs the timers, and `stop` stops the server.
    """

    log = Logger()

    def __init__(
        self,
        chat: Chat,
        connections: Connections,
        clock: IReactorTime,
        stop: Callable[[], object],
    ) -> None:
        self._chat = chat
        self._connections = connections
        self._clock = clock
        self._stop = stop
        self._running = False
        self._end = 0.0

    def start(self) -> None:
        """Look for a Drain of this server from now on."""
        self._running = True
        self._chat.effects.observers.append(self._changed)

    def stop(self) -> None:
        """Send nobody away any more: the server stops."""
        self._running = False

    def _changed(self, changed: Changed) -> None:
        what, site = changed.change.what, self._chat.presence.site
        if not isinstance(what, Drain) or site is None or what.incarnation != site.incarnation:
            return
        if self._running and self._connections.draining is None:
            self.log.info("The guests of this server are sent to the others")
            self._connections.draining = DRAINING
            self._end = self._clock.seconds() + what.seconds
            self._clock.callLater(0, self._step)

    def _step(self) -> None:
        """Send the next guests away, so many that all have gone at the end."""
        if not self._running:
            return
        left = self._end - self._clock.seconds()
        guests = [one for one in self._connections.open if isinstance(one, GuestConnection)]
        if not guests or left < -PATIENCE:
            self.log.info("This server has no guests any more, and stops")
            self._stop()
            return
        entering = [one for one in guests if one.session.is_entering]
        staying = [one for one in guests if one.session.participant and one.session.state.is_open]
        count = ceil(len(staying) * STEP / max(left, STEP))
        for one in (*entering, *staying[:count]):
            one.disconnect(DRAINING)
        self._clock.callLater(STEP, self._step)
