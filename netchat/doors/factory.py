"""Who opens the line doors, and closes them all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twisted.internet.defer import Deferred
from twisted.internet.protocol import ServerFactory

from netchat.doors.line import LineDoor

if TYPE_CHECKING:
    from twisted.internet.interfaces import IAddress, IReactorTime

    from netchat.chat import Chat
    from netchat.doors.limits import Limits
    from netchat.events import Closing
    from netchat.member import Rules


class LineFactory(ServerFactory):
    """Opens a line door for every connection; `clock` runs their deadlines."""

    noisy = False

    def __init__(self, chat: Chat, rules: Rules, limits: Limits, clock: IReactorTime) -> None:
        self.chat = chat
        self.rules = rules
        self.limits = limits
        self.clock = clock
        self.closing = False
        self.doors: dict[LineDoor, None] = {}
        self._closed: Deferred[None] | None = None

    def buildProtocol(self, addr: IAddress | None) -> LineDoor:
        """Return a door for the guest at `addr`."""
        return LineDoor(self)

    def obey(self, rules: Rules, limits: Limits) -> None:
        """Let other rules and limits hold from now on, for those who are inside as well."""
        self.rules, self.limits = rules, limits
        for door in self.doors:
            door.obey(rules, limits)

    async def close_all(self, closing: Closing, within: float) -> None:
        """Let everybody hear `closing`, and return when all are gone: after `within` s at most."""
        self.closing = True
        for door in list(self.doors):
            door.shut(closing)
        if not self.doors:
            return
        self._closed = Deferred()
        timer = self.clock.callLater(within, self._abort_all)
        await self._closed
        if timer.active():
            timer.cancel()

    def door_closed(self, door: LineDoor) -> None:
        """Learn that `door` is closed for good."""
        del self.doors[door]
        if self._closed is not None and not self.doors:
            self._closed.callback(None)

    def _abort_all(self) -> None:
        for door in list(self.doors):
            door.abort()
