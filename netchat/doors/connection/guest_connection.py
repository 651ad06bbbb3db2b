"""One client's connection, whatever it speaks: its session, its queues, its deadline, its place.

The protocol of a door is a subclass: it cuts what arrives into lines for the input queue.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twisted.internet.error import ConnectionDone, ConnectionLost
from twisted.internet.protocol import connectionDone
from twisted.logger import Logger

from netchat.admission.pending_logins import is_within_tls
from netchat.doors.connection.client_info import ClientInfo
from netchat.doors.connection.input_queue import InputQueue
from netchat.doors.connection.send_queue import SendQueue
from netchat.doors.transport.keepalive import enable_keepalive, tune_connection
from netchat.doors.transport.tls_errors import log_tls_failure
from netchat.model.disconnects import EVICTED, LOGIN_TIMEOUT, TOO_SLOW
from netchat.observability.connection_log import peer_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from twisted.internet.interfaces import IAddress, IDelayedCall
    from twisted.python.failure import Failure

    from netchat.accounts.authenticator import Authenticator
    from netchat.admission.connections import Connections
    from netchat.admission.password_throttle import Answer, Check
    from netchat.chat.clients import Send
    from netchat.dialects.framing import TooLong
    from netchat.doors.connection.framing import Framing
    from netchat.model.events import Closing
    from netchat.model.limits import Limits
    from netchat.session.interfaces import Connection
    from netchat.session.session import Session


class GuestConnection(ClientInfo):
    """A connection whose input `framer` cuts into lines for the session that it opens.

    `key` is the same for all connections from the client's address; `proxied` is that address if a
    proxy has told it.
    """

    log = Logger()

    def __init__(
        self,
        open_session: Callable[[Connection], Session],
        connections: Connections,
        framer: Framing[Any],
        key: bytes,
        proxied: IAddress | None = None,
    ) -> None:
        self.key = key
        self.proxied = proxied
        self._connections = connections
        self._framer = framer
        self.session = open_session(self)
        self._deadline: IDelayedCall | None = None
        """When the client must have given a name, or ended a line."""
        self._online = False

    def connectionMade(self) -> None:
        """Start the timer of the login, which input does not extend."""
        clock, limits = self._connections.clock, self._connections.limits.connection
        self._connections.add(self)
        tune_connection(self.transport, limits)
        self._output = SendQueue(self.transport, clock, limits, self)
        self._input = InputQueue(self.transport, clock, self._framer, self, limits)
        self._set_deadline(self._connections.take_login_time(), LOGIN_TIMEOUT)

    def lineReceived(self, line: bytes | TooLong) -> bool:
        """Pass one line (no line end) to the session; return whether another may follow at once."""
        return self.session.receive_line(line)

    def readConnectionLost(self) -> None:
        """End the input: the client has closed its half. A last line may lack its line end."""
        self._output.stop_lingering()
        self._input.end()

    def writeConnectionLost(self) -> None:
        """Do nothing: the send queue has closed its half, and waits for the client's."""

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Let the guest leave, whichever end closed the connection."""
        # First, because nothing can be closed any more.
        self._output.connection_lost()
        # TLS does not report the end of the input by itself. Input that has arrived counts, even if
        # the client has reset the connection by closing it with unread output.
        self.session.is_broken |= not reason.check(ConnectionDone)
        if reason.check(ConnectionDone, ConnectionLost):
            self._input.end(at_once=True, broken=not reason.check(ConnectionDone))
        self._input.stop()
        self._clear_timers()
        self._log_offline()
        log_tls_failure(self._connections.log, self.addr, self.transport, reason)
        try:
            self.session.connection_lost()
        except Exception:
            self.log.failure("A bug was met after {peer} had gone", peer=peer_name(self.addr))
        self._connections.remove(self)

    @property
    def fast_send(self) -> Send | None:
        """The function that sends at once, if nothing waits to be sent."""
        return self._output.fast_send

    @property
    def begun(self) -> bytes:
        """The beginning of the line whose end has not arrived yet."""
        return self._framer.begun

    def write(self, data: bytes) -> None:
        """Send `data`; a client that reads too slowly is dropped, not waited for."""
        self._output.write(data)

    def when_drained(self, call: Callable[[], None]) -> None:
        """Call `call`, in another turn, when everything written has been sent."""
        self._output.when_drained(call)

    def pause_reading(self) -> None:
        """Take no more lines for now."""
        self._input.pause()

    def resume_reading(self) -> None:
        """Take lines again."""
        self._input.resume()

    def verify_password(self, matches: Callable[[], bool], answer: Callable[[bool], None]) -> None:
        """Verify in turn (PasswordThrottle.verify); the wait does not count as login time."""
        throttle = self._connections.password_throttle
        wait = throttle.verify(self, lambda done: done(matches()), answer)
        self._extend_deadline(wait)

    def verify_for(self, name: object, device: str, check: Check, then: Answer) -> None:
        """Verify in turn (AccountThrottle.verify); the wait does not count as login time."""
        deadline = self._deadline
        left = deadline.getTime() - self.seconds() if deadline is not None else 0.0
        self._clear_deadline()

        def answered(matches: bool) -> None:
            if left and self._deadline is None and self.session.is_entering:
                self._set_deadline(left, LOGIN_TIMEOUT)
            then(matches)

        self._connections.account_throttle.verify(self, name, check, answered, device)

    @property
    def throttle_key(self) -> object:
        """What those have in common who wait for each other (PasswordThrottle.key_of)."""
        return self._connections.password_throttle.key_of(self)

    @property
    def authenticator(self) -> Authenticator:
        """What verifies passwords for accounts."""
        return self._connections.authenticator

    def admit(self, join: Callable[[], bool]) -> None:
        """Join as fast as the address may (PresenceThrottle.join); the wait is no login time."""
        wait = self._connections.presence_throttle.join(self, join)
        if wait:
            self._connections.login_completed(self)  # It must not be evicted meanwhile.
        self._extend_deadline(wait)

    def tell_leave(self, leave: Callable[[], None]) -> None:
        """Leave as fast as the address may (PresenceThrottle.leave)."""
        self._connections.presence_throttle.leave(self, leave)

    def close(self) -> None:
        """Close once everything written has been sent."""
        self._stop_input()
        self._output.close(linger=not self._connections.closing)

    def fail(self) -> None:
        """Log the exception being handled, which is a bug, and close this connection only."""
        self._input.stop()
        self.log.failure("A bug ended the connection of {peer}", peer=peer_name(self.addr))
        self._output.abort()

    def apply_limits(self, limits: Limits) -> None:
        """Apply other `limits` from now on; a deadline that is running stays."""
        self.session.apply_limits(limits)
        connection = limits.connection
        self._input.apply_limits(connection)
        self._output.apply_limits(connection)
        enable_keepalive(self.transport, connection)
        longest = connection.longest_line(of_program=self.session.is_program)
        self._framer.limit = longest if self.session.participant else connection.max_login_line

    def disconnect(self, closing: Closing) -> None:
        """Send `closing` and close; if the connection is closing already, do not linger."""
        if self._output.closing:
            self._output.stop_lingering()
        self.session.close(closing)

    def abort(self) -> None:
        """Drop the connection and what is unsent."""
        self._output.abort()

    def evict(self) -> None:
        """Disconnect the client, which has no name, in favour of another."""
        self._output.stop_lingering()
        self.session.close(EVICTED)
        if is_within_tls(self.transport):
            self.abort()

    def count_refusal(self, code: str) -> None:
        """Count a refused request."""
        self._connections.refused_requests[code] += 1

    def ending(self, closing: Closing) -> None:
        """Count a conversation that ends, and log why if the client has no name."""
        self._connections.disconnects[closing.reason] += 1
        if self.session.participant is None:
            self._connections.log.nameless_closed(peer_name(self.addr), closing)

    def logged_in(self, name: str) -> None:
        """Record that the client has the name `name`, which ends its login time."""
        self._clear_timers()
        self._input.reset()
        limits = self._connections.limits.connection
        self._framer.limit = limits.longest_line(of_program=self.session.is_program)
        self._online = True
        self._note_login()
        self._connections.login_completed(self)
        self._connections.log.connected(peer_name(self.addr), name)

    def too_slow(self) -> bytes:
        """Let the guest leave, who does not read; return the closing to send."""
        self.ending(TOO_SLOW)
        self._connections.log.too_slow(peer_name(self.addr))
        self._stop_input()
        return self.session.cut_off(TOO_SLOW)

    def _stop_input(self) -> None:
        self._input.discard()
        self._clear_timers()
        self._connections.cancel_waiting(self)
        self._log_offline()

    def _log_offline(self) -> None:
        if self._online:
            self._online = False
            self._connections.log.offline(peer_name(self.addr), self.session.name)

    def _clear_timers(self) -> None:
        self._clear_deadline()

    def _set_deadline(self, seconds: float, closing: Closing) -> None:
        """End the session with `closing` after `seconds`; 0: never. No deadline is set yet."""
        if seconds:
            call_later = self._connections.clock.callLater
            self._deadline = call_later(seconds, self._end_session, closing)

    def _extend_deadline(self, seconds: float) -> None:
        """Give the client `seconds` more, if a deadline is set."""
        if seconds > 0 and self._deadline is not None:
            self._deadline.delay(seconds)

    def _clear_deadline(self) -> None:
        """Give the client all the time it wants."""
        deadline, self._deadline = self._deadline, None
        if deadline is not None:
            deadline.cancel()

    def _end_session(self, closing: Closing) -> None:
        self._deadline = None
        self.session.leave(closing)
