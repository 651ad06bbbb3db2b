"""Who opens the line doors, to whom there is room for, and closes them all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from twisted.internet.defer import Deferred
from twisted.internet.protocol import ServerFactory

from netchat.admission.password_throttle import PasswordThrottle
from netchat.admission.pending_logins import PendingLogin, PendingLogins
from netchat.admission.policy import (
    CROWDED,
    FULL,
    AdmissionPolicy,
    client_key,
    host_at,
    is_local,
)
from netchat.admission.rejection import HealthCheckResponder, Rejection
from netchat.doors.line.protocol import LineProtocol
from netchat.observability.connection_log import ConnectionLog, peer_name

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


class Door(PendingLogin, Protocol):
    """A connection that counts; `key` is what is the same for all from one address."""

    key: bytes

    def disconnect(self, closing: Closing) -> None:
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
        self.admission = AdmissionPolicy(limits.admission)
        self.pending_logins = PendingLogins(clock)
        self.pending_connections = PendingLogins(clock)
        self.connection_log = ConnectionLog(clock)
        self.password_throttle = PasswordThrottle(clock, self.admission, self.connection_log)
        self.closing = False
        self.doors: dict[Door, None] = {}
        self.rejections: dict[Rejection, None] = {}
        self._waited = 0.0
        self._closed: Deferred[None] | None = None

    def buildProtocol(self, addr: IAddress | None) -> LineProtocol | Rejection:
        """Return a door for the guest at `addr`, or what tells him why there is none."""
        host = host_at(addr)
        closing = self.admission.denial_for(host) or self.no_place(host)
        return self.door(addr) if closing is None else self.refuse(addr, closing)

    def door(self, addr: IAddress | None, *, announced: bool = False) -> LineProtocol:
        """Return a door for the guest at `addr`, which a proxy may have `announced`."""
        return LineProtocol(self, client_key(host_at(addr)), addr if announced else None)

    def no_place(self, host: Host) -> Closing | None:
        """Return why nobody more finds a place, or None if one does."""
        if self.admission.full:
            return FULL
        return (
            None if self.pending_logins.try_admit(self.admission.limits.max_nameless) else CROWDED
        )

    def refuse(self, addr: IAddress | None, closing: Closing) -> Rejection:
        """Return what tells the guest at `addr` why he is not let in."""
        if closing is FULL and is_local(host_at(addr)) and self.can_send_rejection:
            return HealthCheckResponder(self, closing)
        self.connection_log.refused(peer_name(addr), closing.reason)
        return Rejection(self, closing)

    def has_waited_since(self, since: float) -> None:
        """Learn that whose door is opened next has been waiting for it."""
        self._waited = self.clock.seconds() - since

    def take_login_time(self) -> float:
        """Return how many seconds he has for his name whose door is opened now; 0: any number."""
        waited, self._waited = self._waited, 0.0
        seconds = self.limits.connection.login_timeout
        return max(seconds - waited, AT_LEAST) if seconds else 0.0

    @property
    def can_send_rejection(self) -> bool:
        """Whether a connection may be spent to tell somebody why he is not let in."""
        return len(self.rejections) < FAREWELLS and not self.closing

    def apply_limits(self, limits: Limits) -> None:
        """Apply other `limits` from now on, to open connections as well; this closes none."""
        self.limits, self.admission.limits = limits, limits.admission
        for door in self.doors:
            if isinstance(door, LineProtocol):
                door.apply_limits(limits)

    async def close_all(self, closing: Closing, within: float) -> None:
        """Let everybody hear `closing`, and return when all are gone: after `within` s at most."""
        self.closing = True
        self.pending_logins.stop()
        self.pending_connections.stop()
        for door in list(self.doors):
            door.disconnect(closing)
        if self._is_busy:
            self._closed = Deferred()
            timer = self.clock.callLater(within, self._abort_all)
            await self._closed
            if timer.active():
                timer.cancel()
        self.connection_log.close()

    def connection_opened(self, door: Door, place: PendingLogins | None = None) -> None:
        """Learn that there is somebody at `door`, who has no name yet, or in the
        pending_connections."""
        self.doors[door] = None
        self.admission.add(door.key)
        (place or self.pending_logins).add(door, door.key)

    def login_completed(self, door: Door) -> None:
        """Learn that the guest at `door` has a name."""
        self.pending_logins.remove(door, door.key)

    def connection_closed(self, door: Door) -> None:
        """Learn that `door` is closed for good."""
        self._forget(door)
        self._look_whether_closed()

    def door_changed(self, door: Door) -> None:
        """Learn that another, which will open now, stands in the place of `door`."""
        self._forget(door)

    def rejection_sent(self, rejection: Rejection) -> None:
        """Learn that somebody who was not let in is gone."""
        del self.rejections[rejection]
        self._look_whether_closed()

    @property
    def _is_busy(self) -> bool:
        return bool(self.doors or self.rejections)

    def _forget(self, door: Door) -> None:
        del self.doors[door]
        self.admission.remove(door.key)
        self.pending_logins.remove(door, door.key)
        self.pending_connections.remove(door, door.key)
        self.password_throttle.cancel(door, door.key)

    def _look_whether_closed(self) -> None:
        if self._closed is not None and not self._is_busy and not self._closed.called:
            self._closed.callback(None)

    def _abort_all(self) -> None:
        for door in list(self.doors):
            door.abort()
        for rejection in list(self.rejections):
            rejection.abort()
