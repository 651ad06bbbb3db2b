"""The open connections of a server: their counters, and how all of them are closed.

Every factory and every listening port of a server shares one `Connections`.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Protocol

from twisted.internet.defer import Deferred

from netchat.accounts.authenticator import Authenticator
from netchat.accounts.pool import HashingPool
from netchat.admission.account_throttle import AccountThrottle
from netchat.admission.descriptors import quarter
from netchat.admission.password_throttle import PasswordThrottle
from netchat.admission.pending_logins import PendingLogin, PendingLogins
from netchat.admission.policy import AdmissionPolicy, is_local
from netchat.admission.presence_throttle import PresenceThrottle
from netchat.model.disconnects import EVICTED, SERVER_FULL
from netchat.observability.connection_log import ConnectionLog

if TYPE_CHECKING:
    from twisted.internet.interfaces import IReactorTime

    from netchat.admission.policy import Host
    from netchat.model.events import Closing
    from netchat.model.limits import Limits

MIN_LOGIN_TIME = 0.01
"""Seconds that a client has for its login even if it has waited for nearly all of that time."""
MAX_HTTP = 512
"""How many HTTP connections there may be, if there are file descriptors for eight times as many."""
MAX_REJECTIONS, LOCAL_REJECTIONS = 20, 4
"""How many connections at a time may exist only to tell a client why it is not admitted; so many of
them are for clients of this machine alone."""


class OpenConnection(PendingLogin, Protocol):
    """A connection that counts against the limits.

    `key` is the same for all connections from one address (`policy.client_key`).
    """

    key: bytes

    def apply_limits(self, limits: Limits) -> None:
        """Apply other `limits` from now on."""

    def disconnect(self, closing: Closing) -> None:
        """Send `closing`, if the client is in a state to read it, and close."""

    def abort(self) -> None:
        """Drop the connection and what is unsent."""


class HttpClient(PendingLogin, Protocol):
    """A connection that speaks HTTP, and is no guest's."""

    key: bytes

    def abort(self) -> None:
        """Drop the connection and what is unsent."""


class OpenRejection(Protocol):
    """A connection that exists only to tell a client why it is not admitted."""

    def abort(self) -> None:
        """Drop the connection and what is unsent."""


class Connections:
    """The open connections of a server under `limits`; `clock` runs their timers.

    `authenticator` verifies the passwords of accounts; None: one that does so at once.
    """

    def __init__(
        self, limits: Limits, clock: IReactorTime, authenticator: Authenticator | None = None
    ) -> None:
        self.limits = limits
        self.clock = clock
        self.authenticator = authenticator or Authenticator(HashingPool())
        self.policy = AdmissionPolicy(limits.admission)
        self.pending_logins = PendingLogins(clock)
        """The connections that are served and have no name yet."""
        self.pending_connections = PendingLogins(clock)
        """The connections for which nothing but a socket exists yet."""
        self.log = ConnectionLog(clock)
        self.password_throttle = PasswordThrottle(clock, self.policy, self.log)
        self.account_throttle = AccountThrottle(clock, self.password_throttle)
        self.presence_throttle = PresenceThrottle(clock, self.policy)
        self.refused_requests: Counter[str] = Counter()
        """How many requests of clients were refused, by the code of the refusal."""
        self.disconnects: Counter[str] = Counter()
        """How many connections with a protocol the server has closed, by reason."""
        self.closing = False
        """Whether the server is shutting down."""
        self.draining: Closing | None = None
        """What clients are told instead of being served; None: they are served."""
        self.open: dict[OpenConnection, None] = {}
        self.rejections: dict[OpenRejection, None] = {}
        self.http: dict[HttpClient, None] = {}
        """The HTTP connections: they count neither as guests nor for their address."""
        self._http_by_key = PendingLogins(clock)
        self._waited = 0.0
        self._all_closed: Deferred[None] | None = None

    def add(self, connection: OpenConnection, pending: PendingLogins | None = None) -> None:
        """Record that `connection` is open and has no name yet.

        It counts in `pending`, which is `pending_logins` by default.
        """
        self.open[connection] = None
        self.policy.add(connection.key)
        (pending or self.pending_logins).add(connection, connection.key)

    def login_completed(self, connection: OpenConnection) -> None:
        """Record that the client of `connection` has a name."""
        self.pending_logins.remove(connection, connection.key)

    def remove(self, connection: OpenConnection) -> None:
        """Record that `connection` is closed."""
        self.hand_over(connection)
        self._check_all_closed()

    def hand_over(self, connection: OpenConnection) -> None:
        """Record that another connection takes the place of `connection` in the same turn."""
        del self.open[connection]
        self.policy.remove(connection.key)
        self.pending_logins.remove(connection, connection.key)
        self.pending_connections.remove(connection, connection.key)
        self.cancel_waiting(connection)

    def cancel_waiting(self, connection: OpenConnection) -> None:
        """Record that `connection`, which may wait in a throttle, is closing."""
        self.account_throttle.cancel(connection)
        self.presence_throttle.cancel(connection, connection.key)

    def capacity_denial(self) -> Closing | None:
        """Return why no further connection can be served, or None if one can.

        To make room, the oldest silent connection without a name may be evicted.
        """
        if self.draining is not None:
            return self.draining
        if self.policy.is_full:
            return SERVER_FULL
        admitted = self.pending_logins.try_admit(self.limits.admission.max_nameless)
        return None if admitted else EVICTED

    def can_reject(self, host: Host) -> bool:
        """Return whether a connection may be made only to tell `host` why it is not admitted.

        Some are left to this machine, because the health check is one of them.
        """
        most = MAX_REJECTIONS if is_local(host) else MAX_REJECTIONS - LOCAL_REJECTIONS
        return len(self.rejections) < most and not self.closing

    def add_rejection(self, rejection: OpenRejection) -> None:
        """Record that `rejection` is open."""
        self.rejections[rejection] = None

    def remove_rejection(self, rejection: OpenRejection) -> None:
        """Record that `rejection` is closed."""
        del self.rejections[rejection]
        self._check_all_closed()

    def try_add_http(self, client: HttpClient) -> bool:
        """Record that `client` is open, and evict another for it if necessary; False: no room."""
        if self.closing or not self._http_by_key.try_admit(quarter(2 * MAX_HTTP) // 2):
            return False
        self.http[client] = None
        self._http_by_key.add(client, client.key)
        return True

    def remove_http(self, client: HttpClient) -> None:
        """Record that `client` is closed or has become a guest; may be called more than once."""
        if client in self.http:
            del self.http[client]
            self._http_by_key.remove(client, client.key)
            self._check_all_closed()

    def evict_http(self) -> bool:
        """Close the oldest HTTP connection, and return True, if there is one to be closed."""
        return bool(self.http) and self._http_by_key.try_admit(self._http_by_key.count)

    def set_login_start(self, since: float) -> None:
        """Record that the next connection made has been waiting since `since`."""
        self._waited = self.clock.seconds() - since

    def take_login_time(self) -> float:
        """Return how many seconds the connection made now has for its login; 0: no limit."""
        waited, self._waited = self._waited, 0.0
        seconds = self.limits.connection.login_timeout
        return max(seconds - waited, MIN_LOGIN_TIME) if seconds else 0.0

    def apply_limits(self, limits: Limits) -> None:
        """Apply other `limits` from now on, to open connections as well; this closes none."""
        self.limits, self.policy.limits = limits, limits.admission
        for connection in self.open:
            connection.apply_limits(limits)

    async def close_all(self, closing: Closing, within: float) -> None:
        """Send `closing` to all clients, and return when all connections are closed.

        Those that are still open after `within` seconds are dropped.
        """
        self.closing = True
        self.pending_logins.stop()
        self.pending_connections.stop()
        self.account_throttle.stop()
        self.presence_throttle.stop()
        for connection in list(self.open):
            connection.disconnect(closing)
        for client in list(self.http):
            client.evict()
        if self._is_any_open:
            self._all_closed = Deferred()
            timer = self.clock.callLater(within, self._abort_all)
            await self._all_closed
            if timer.active():
                timer.cancel()
        self.log.close()

    @property
    def _is_any_open(self) -> bool:
        return bool(self.open or self.rejections or self.http)

    def _check_all_closed(self) -> None:
        closed = self._all_closed
        if closed is not None and not self._is_any_open and not closed.called:
            closed.callback(None)

    def _abort_all(self) -> None:
        for connection in list(self.open):
            connection.abort()
        for other in [*self.rejections, *self.http]:
            other.abort()
