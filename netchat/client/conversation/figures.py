"""Tells the frontend when a figure that it shows has changed."""

from __future__ import annotations

from netchat.client.conversation.interfaces import Frontend
from netchat.client.conversation.outbox import Outbox
from netchat.client.conversation.pings import Pings
from netchat.client.conversation.rooms import Rooms


class Figures:
    """The unstored lines, the open `rooms`, the connection and its delay.

    Only a user who may be in `several` rooms is shown more than the first.
    """

    __slots__ = ("_frontend", "_outbox", "_pings", "_reported", "_rooms", "_several", "_unstored")

    def __init__(
        self, frontend: Frontend, outbox: Outbox, rooms: Rooms, pings: Pings, *, several: bool
    ) -> None:
        self._frontend = frontend
        self._outbox = outbox
        self._rooms = rooms
        self._pings = pings
        self._several = several
        self._unstored = 0
        self._reported: object = None

    def report_unstored(self) -> None:
        """Report the number of unstored lines, if it has changed."""
        if self._unstored != self._outbox.unstored:
            self._unstored = self._outbox.unstored
            self._frontend.unstored_changed(self._unstored)

    def report(self, *, online: bool) -> None:
        """Report the others, if one has changed."""
        if not self._several:
            return
        figures = (self._rooms.open_rooms, online, self._pings.delay)
        if figures != self._reported:
            self._reported = figures
            self._frontend.rooms_changed()
