"""Who opens the line doors, to whom there is room for, and closes them all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from twisted.internet.defer import Deferred
from twisted.internet.protocol import ServerFactory

from netchat.admission.password_throttle import Turnstile
from netchat.admission.pending_logins import Nameless, Threshold
from netchat.admission.policy import (
    CROWDED,
    FULL,
    Admission,
    host_at,
    is_local,
    key_of,
)
from netchat.admission.rejection import Checkup, Farewell
from netchat.doors.line.protocol import LineDoor
from netchat.observability.connection_log import Guestbook, peer_name

if TYPE_CHECKING:
    from twisted.internet.interfaces import IAddress, IReactorTime

    from netchat.admission.policy import Host
    from netchat.chat.chat import Chat
    from netchat.model.events import Closing
    from netchat.model.limits import Limits

AT_LEAST = 0.01
"""Seconds for his name that somebody has who waited nearly too long."""
FAREWELLS = 20
"""How many may be told at a time why they are not let in where that takes a connection."""


class Door(Nameless, Protocol):
    """A connection that counts; `key` is what is the same for all from one address."""

    key: bytes

    def shut(self, closing: Closing) -> None:
        """Let the guest hear `closing`, if he is there, and go."""

    def abort(self) -> None:
        """Drop the connection."""


class LineFactory(ServerFactory):
    """Opens a line door for every connection that is let in; `clock` runs their deadlines."""

    noisy = False

    def __init__(self, chat: Chat, limits: Limits, clock: IReactorTime) -> None:
        self.chat = chat
        self.limits = limits
        self.clock = clock
        self.admission = Admission(limits.admission)
        self.threshold = Threshold(clock)
        self.anteroom = Threshold(clock)
        self.guestbook = Guestbook(clock)
        self.turnstile = Turnstile(clock, self.admission, self.guestbook)
        self.closing = False
        self.doors: dict[Door, None] = {}
        self.farewells: dict[Farewell, None] = {}
        self._waited = 0.0
        self._closed: Deferred[None] | None = None

    def buildProtocol(self, addr: IAddress | None) -> LineDoor | Farewell:
        """Return a door for the guest at `addr`, or what tells him why there is none."""
        host = host_at(addr)
        closing = self.admission.barred(host) or self.no_place(host)
        return self.door(addr) if closing is None else self.refuse(addr, closing)

    def door(self, addr: IAddress | None, *, announced: bool = False) -> LineDoor:
        """Return a door for the guest at `addr`, which a proxy may have `announced`."""
        return LineDoor(self, key_of(host_at(addr)), addr if announced else None)

    def no_place(self, host: Host) -> Closing | None:
        """Return why nobody more finds a place, or None if one does."""
        if self.admission.full:
            return FULL
        return None if self.threshold.make_room(self.admission.limits.max_nameless) else CROWDED

    def refuse(self, addr: IAddress | None, closing: Closing) -> Farewell:
        """Return what tells the guest at `addr` why he is not let in."""
        if closing is FULL and is_local(host_at(addr)) and self.can_say_farewell:
            return Checkup(self, closing)
        self.guestbook.refused(peer_name(addr), closing.reason)
        return Farewell(self, closing)

    def has_waited_since(self, since: float) -> None:
        """Learn that whose door is opened next has been waiting for it."""
        self._waited = self.clock.seconds() - since

    def take_login_time(self) -> float:
        """Return how many seconds he has for his name whose door is opened now; 0: any number."""
        waited, self._waited = self._waited, 0.0
        seconds = self.limits.connection.login_timeout
        return max(seconds - waited, AT_LEAST) if seconds else 0.0

    @property
    def can_say_farewell(self) -> bool:
        """Whether a connection may be spent to tell somebody why he is not let in."""
        return len(self.farewells) < FAREWELLS and not self.closing

    def apply_limits(self, limits: Limits) -> None:
        """Apply other `limits` from now on, to open connections as well; this closes none."""
        self.limits, self.admission.limits = limits, limits.admission
        for door in self.doors:
            if isinstance(door, LineDoor):
                door.apply_limits(limits)

    async def close_all(self, closing: Closing, within: float) -> None:
        """Let everybody hear `closing`, and return when all are gone: after `within` s at most."""
        self.closing = True
        self.threshold.stop()
        self.anteroom.stop()
        for door in list(self.doors):
            door.shut(closing)
        if self._is_busy:
            self._closed = Deferred()
            timer = self.clock.callLater(within, self._abort_all)
            await self._closed
            if timer.active():
                timer.cancel()
        self.guestbook.close()

    def door_opened(self, door: Door, place: Threshold | None = None) -> None:
        """Learn that there is somebody at `door`, who has no name yet, or in the anteroom."""
        self.doors[door] = None
        self.admission.came(door.key)
        (place or self.threshold).came(door, door.key)

    def door_named(self, door: Door) -> None:
        """Learn that the guest at `door` has a name."""
        self.threshold.went(door, door.key)

    def door_closed(self, door: Door) -> None:
        """Learn that `door` is closed for good."""
        self._forget(door)
        self._look_whether_closed()

    def door_changed(self, door: Door) -> None:
        """Learn that another, which will open now, stands in the place of `door`."""
        self._forget(door)

    def farewell_said(self, farewell: Farewell) -> None:
        """Learn that somebody who was not let in is gone."""
        del self.farewells[farewell]
        self._look_whether_closed()

    @property
    def _is_busy(self) -> bool:
        return bool(self.doors or self.farewells)

    def _forget(self, door: Door) -> None:
        del self.doors[door]
        self.admission.went(door.key)
        self.threshold.went(door, door.key)
        self.anteroom.went(door, door.key)
        self.turnstile.went(door, door.key)

    def _look_whether_closed(self) -> None:
        if self._closed is not None and not self._is_busy and not self._closed.called:
            self._closed.callback(None)

    def _abort_all(self) -> None:
        for door in list(self.doors):
            door.abort()
        for farewell in list(self.farewells):
            farewell.abort()
