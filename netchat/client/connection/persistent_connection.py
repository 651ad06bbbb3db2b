"""A connection to the server that reconnects: one TCP connection after the other, one conversation.

Before the first login, any failure ends it, because the user is there and can correct it (with
`keep_trying`, as for scripts, a temporary failure does not). After the first login, a lost
connection is tried again for as long as it takes.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import msgspec
from twisted.application.internet import ClientService
from twisted.internet import error
from twisted.internet.interfaces import IReactorTime
from twisted.internet.protocol import Factory
from twisted.python.failure import Failure

from netchat.client.connection.channel import Channel
from netchat.client.connection.endpoint import ReportingEndpoint, ServerEndpoint
from netchat.client.connection.errors import TemporaryError, UserFacingError, not_netchat
from netchat.client.connection.protocol import ClientProtocol
from netchat.client.connection.retry import RetrySchedule
from netchat.client.connection.servers import Servers
from netchat.client.connection.timers import Timers
from netchat.client.conversation.client import ConversationClient
from netchat.client.conversation.conversation import Conversation
from netchat.client.conversation.decoder import ProtocolViolation
from netchat.client.conversation.interfaces import Frontend, SecretKind
from netchat.dialects.jsonl import events as wire
from netchat.model.requests import Request

_LOGIN_TIMEOUT = 20.0
_TIMERS = ("log in", "retry", "read", "read private", "goodbye", "ping", "rejoin", "away")
"""The timers that end with the connection."""
_TEMPORARY = (TemporaryError, error.ConnectError, error.ConnectionClosed)


class PersistentConnection(ConversationClient):
    """The `ChatClient` that keeps `conversation` connected to the server at `endpoint`.

    Another server of the site may take its place. `random` returns numbers from 0 to 1.
    """

    def __init__(
        self,
        conversation: Conversation,
        frontend: Frontend,
        endpoint: ServerEndpoint,
        *,
        clock: IReactorTime,
        random: Callable[[], float],
    ) -> None:
        super().__init__(conversation)
        self._frontend = frontend
        self._servers = Servers(endpoint, random)
        self._timers = Timers(clock)
        self._schedule = RetrySchedule(random)
        self._finished = False
        self._reading_paused = False
        self._protocol: ClientProtocol | None = None
        # No prepareConnection: a connection lost in it raises NoTransition in ClientService
        # (Twisted 26.10), so the conversation logs in, and the schedule counts the failures.
        self._service = ClientService(
            ReportingEndpoint(self._servers, self._unreachable),
            Factory.forProtocol(partial(ClientProtocol, self)),
            retryPolicy=lambda _: self._schedule.next_delay(self._servers.count),
            clock=clock,
        )

    @property
    def _endpoint(self) -> ServerEndpoint:
        return self._servers.current

    def start(self) -> None:
        """Connect, and log in."""
        self._service.startService()

    def retry_with(self, kind: SecretKind, secret: str) -> None:
        """Log in again with another `secret`, and send every line that is not stored."""
        self._conversation.set_secret(kind, secret)
        # Scheduled, so that it comes after a stop that is scheduled.
        self._timers.set("start", 0, self._service.startService)

    def leave(self, timeout: float | None) -> None:
        """Say goodbye once everything is stored; end after `timeout` seconds at the latest."""
        self._conversation.leave()
        if not self._conversation.online and not self._conversation.outbox.unstored:
            self._finish()
        elif timeout is not None and not self._finished:
            self._timers.set("leave", timeout, self._finish)

    def pauseProducing(self) -> None:
        """Stop reading from the server."""
        self._reading_paused = True
        if self._protocol is not None:
            self._protocol.transport.pauseProducing()

    def resumeProducing(self) -> None:
        """Read from the server again."""
        self._reading_paused = False
        if self._protocol is not None:
            self._protocol.transport.resumeProducing()

    def stopProducing(self) -> None:
        """Do nothing: the frontend calls `leave` when its output is closed."""

    @property
    def channel(self) -> Channel:
        """What the connection is worth to a secret."""
        assert self._protocol is not None, "the conversation asks while it is connected"
        return Channel(self._endpoint, self._protocol.transport)

    def connected(self, protocol: ClientProtocol) -> None:
        """Called when a connection is made: log in."""
        self._protocol = protocol
        if self._reading_paused:
            protocol.transport.pauseProducing()
        self._timers.set("log in", _LOGIN_TIMEOUT, self._login_timed_out)
        self._conversation.connected(self)

    def data_received(self, data: bytes) -> None:
        """Handle bytes from the server."""
        protocol = self._protocol
        if protocol is None:
            return
        for received in protocol.decoder.feed(data):
            if isinstance(received, ProtocolViolation):
                self._abort(not_netchat(self._endpoint.address))
            else:
                self._conversation.receive(received)
            if protocol is not self._protocol:
                return
        self._conversation.report_changes()

    def disconnected(self, protocol: ClientProtocol, reason: Failure) -> None:
        """Called when the connection of `protocol` is lost: reconnect, or end."""
        if protocol is not self._protocol:
            return
        self._protocol = None
        self._timers.cancel(*_TIMERS)
        was_online = self._conversation.online
        self._conversation.disconnected()
        assert reason.value is not None, "a failure has a reason"
        why = self._endpoint.loss_reason(protocol, reason.value)
        if self.leaving and not self._conversation.outbox.unstored:
            self._finish()
        elif not self._will_retry(why):
            self._finish(self._endpoint.describe(why))
        elif was_online or self._endpoint.keep_trying:
            self._frontend.reconnecting(self._endpoint.describe(why))

    def send(self, request: Request) -> None:
        """Send `request`."""
        if self._protocol is not None:
            self._protocol.transport.write(msgspec.json.encode(request) + b"\n")

    def is_of_site(self, welcome: wire.Welcome) -> bool:
        """Return whether `welcome` comes from the chat that the user means."""
        if self._servers.is_of_site(welcome.journal):
            return True
        self._servers.distrust()
        self._abort(TemporaryError(f"{self._endpoint.address} is the server of another chat."))
        return False

    def welcomed(self, welcome: wire.Welcome) -> None:
        """Called when a server that has proved what it must has let the client in."""
        self._servers.welcomed(welcome.journal, welcome.servers or ())

    def logged_in(self) -> None:
        """Called when the server has let the client in."""
        self._schedule.reset()
        self._timers.cancel("log in")

    def login_refused(self, error: wire.Error) -> None:
        """Called when the server refuses the login."""
        problem = UserFacingError(error.message)
        # A ban of the default room lasts longer than anybody waits.
        if error.code != "banned" and self._will_retry(problem):
            self._abort(problem)
        elif error.code in ("name-taken", "bad-name"):
            self._close()
            self._frontend.name_refused(error.message)
        else:
            self._finish(error.message)

    def secret_required(self, reason: str, kind: SecretKind) -> None:
        """Called when the server wants a secret from the user; `reason` is a sentence."""
        if self.leaving:
            self._finish(reason)
            return
        self._disconnect()
        unstored = self._conversation.outbox.unstored
        self._frontend.secret_required(reason, unstored, kind)

    def give_up(self, problem: str) -> None:
        """Called when the server cannot be trusted."""
        self._finish(problem)

    def closing(self, closing: wire.Closing) -> None:
        """Called when the server announces that it closes the connection."""
        address = self._endpoint.address
        problem = TemporaryError(closing.message or f"{address} closed ({closing.reason}).")
        if closing.reason == "bye":
            self._finish()
        elif closing.retry is None or not self._will_retry(problem):
            self._finish(str(problem))
        else:
            self._schedule.requested = closing.retry
            self._abort(problem)

    def seconds(self) -> float:
        """Return the time of a clock that is never set."""
        return self._timers.seconds()

    def call_later(self, name: str, seconds: float, call: Callable[[], object]) -> None:
        """Call `call` after so many seconds, unless the connection is lost before."""
        self._timers.set(name, seconds, call)

    def _unreachable(self, why: BaseException) -> None:
        if self._finished:
            return
        if not self._will_retry(why):
            self._finish(self._endpoint.describe(why))
        elif self._endpoint.keep_trying:
            self._frontend.reconnecting(self._endpoint.describe(why))

    def _will_retry(self, why: BaseException) -> bool:
        if self._endpoint.is_untrusted(why):
            return self._servers.distrust()
        waits = self._endpoint.keep_trying and isinstance(why, _TEMPORARY)
        return waits or self._conversation.has_entered

    def _login_timed_out(self) -> None:
        # While reading is paused, no answer can arrive.
        if self._reading_paused:
            self._timers.set("log in", _LOGIN_TIMEOUT, self._login_timed_out)
        else:
            self._abort(not_netchat(self._endpoint.address))

    def _abort(self, problem: UserFacingError) -> None:
        """Abort this connection; `disconnected` follows, and reports `problem`."""
        if self._protocol is not None:
            self._protocol.problem = problem
            self._protocol.transport.abortConnection()

    def _finish(self, problem: str = "") -> None:
        if not self._finished:
            unstored = self._conversation.outbox.unstored
            self._close()
            self._frontend.closed(problem, unstored)

    def _close(self) -> None:
        self._finished = True
        self._disconnect()

    def _disconnect(self) -> None:
        """Close this connection, and do not reconnect."""
        self._timers.cancel_all()
        protocol, self._protocol = self._protocol, None
        self._conversation.disconnected()
        if protocol is not None:
            protocol.transport.loseConnection()
        # Scheduled, because ClientService, which is not reentrant, may be the caller.
        self._timers.set("stop", 0, self._service.stopService)
