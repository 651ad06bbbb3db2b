"""Who is dead: servers that are silent, earlier starts, and those whose start has failed."""

from __future__ import annotations

from collections.abc import Iterable

from netchat.chat.chat import Chat
from netchat.cluster.entries import Item
from netchat.cluster.order import SiteOrder
from netchat.log.interface import Log
from netchat.state.changes import SERVER, Change
from netchat.state.site_changes import Bury

LEASE = 10.0
"""Seconds of silence after which a server is buried."""
MAX_UNKNOWN = 60.0
"""Seconds in which whoever has opened the log becomes one of the servers, or is buried."""


class Burials:
    """Buries the dead, as the server of `chat` with this `incarnation` sees them."""

    def __init__(self, chat: Chat, order: SiteOrder, log: Log, incarnation: int) -> None:
        self._chat = chat
        self._order = order
        self._log = log
        self._own = incarnation
        self._heard: dict[int, tuple[float, int]] = {}
        """When each incarnation was last heard, and at which position of the log."""
        self._earlier: set[int] = set()
        """Earlier starts of this server that are not known to be buried."""
        self._unknown: dict[int, float] = {}
        """When those who may append, and are none of the servers, were seen first."""

    def heard(self, incarnation: int, position: int, now: float) -> None:
        """Take note that `incarnation` is alive, by the entry at `position`."""
        if incarnation == self._own and self._lags(now):
            # What failed may have failed for all of them: silence counts from here on.
            self._heard = {other: (now, last) for other, (_, last) in self._heard.items()}
        self._heard[incarnation] = now, position

    def passed(self, items: Iterable[Item]) -> None:
        """Take note of the burials among `items`, which are in the journal."""
        for item in items:
            if isinstance(item.event, Change) and isinstance(item.event.what, Bury):
                self._earlier.discard(item.event.what.incarnation)

    def bury_earlier(self, more: Iterable[int] = ()) -> None:
        """Bury the earlier starts of this server, now and until they are; `more` are some.

        One may be alive after all: a second server that was given the same name.
        """
        self._earlier.update(more)
        for incarnation in self._earlier:
            self._bury(incarnation, None)

    def bury_silent(self, now: float, position: int) -> None:
        """Bury those who are silent, if this server hears what is new itself.

        `position` is how far it has read the log.
        """
        if self._lags(now):
            return
        servers = self._chat.state.site.servers
        self._heard = {x: at for x, at in self._heard.items() if x == self._own or x in servers}
        for incarnation in servers:
            # What it has said before this server looked at it for the first time does not count.
            seen, last = self._heard.setdefault(incarnation, (now, position))
            if incarnation != self._own and now - seen > LEASE:
                self._heard[incarnation] = now, last
                self._bury(incarnation, last)
        self._bury_unknown(now, servers)

    def _bury_unknown(self, now: float, servers: Iterable[int]) -> None:
        """Bury whoever was killed at its start: no journal has it, and the log is kept for it."""
        unknown = {*self._log.living} - {*servers}
        self._unknown = {one: self._unknown.get(one, now) for one in unknown}
        for incarnation, since in self._unknown.items():
            if now - since > MAX_UNKNOWN:
                self._bury(incarnation, None)

    def _lags(self, now: float) -> bool:
        """Return whether this server has not even heard itself lately."""
        return now - self._heard.get(self._own, (0.0, 0))[0] > LEASE / 2

    def _bury(self, incarnation: int, after: int | None) -> None:
        gone = Change(Bury(incarnation), SERVER, self._chat.time())
        self._order.bury(incarnation, gone, after)
