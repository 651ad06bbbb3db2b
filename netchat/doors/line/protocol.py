"""The line door: a guest comes in over any stream of bytes (TCP, TLS, unix) and speaks in lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twisted.internet.error import ConnectionDone, ConnectionLost
from twisted.internet.interfaces import IHalfCloseableProtocol, ITCPTransport, IUNIXTransport
from twisted.internet.protocol import connectionDone
from twisted.logger import Logger
from twisted.protocols.basic import LineReceiver
from zope.interface import implementer

from netchat.admission.pending_logins import eviction_grace_of, has_unread, is_within_tls
from netchat.admission.policy import CROWDED
from netchat.dialects.framing import Framer, TooLong
from netchat.doors.limits import ENDLESS_LINE, FLOOD, LOGIN_TIMEOUT
from netchat.doors.line.input_queue import InputQueue
from netchat.doors.line.send_queue import SendQueue
from netchat.doors.transport.keepalive import enable_keepalive
from netchat.observability.connection_log import peer_name
from netchat.session.session import Session

if TYPE_CHECKING:
    from collections.abc import Callable

    from twisted.internet.interfaces import IAddress, IDelayedCall
    from twisted.python.failure import Failure

    from netchat.chat.room import Send
    from netchat.doors.line.factory import LineFactory
    from netchat.model.events import Closing
    from netchat.model.limits import Limits

QUESTION_DELAY = 0.1
"""Seconds in which a program may say hello before a person is asked for his name."""


@implementer(IHalfCloseableProtocol)
class LineProtocol(LineReceiver):
    """One guest's connection: bytes in, lines to his session; what he is to read, out.

    `dataReceived` is not LineReceiver's own, whose work grows with the square of the number of
    lines in a read. A guest who closes his half has ended his input, and still reads our output.
    """

    log = Logger()

    def __init__(
        self, factory: LineFactory, key: bytes = b"", announced: IAddress | None = None
    ) -> None:
        self.key = key
        """What is the same for all who come from this guest's address."""
        self._announced = announced
        self._factory = factory
        self.session = Session(factory.chat, self, factory.limits)
        limits = factory.limits.connection
        self._framer = Framer(limits.max_login_line, limits.max_line)
        self._deadline: IDelayedCall | None = None
        self._question: IDelayedCall | None = None
        self._online = False

    def connectionMade(self) -> None:
        """Ask for the name in a moment; it must come before the deadline, whatever else comes."""
        limits = self._factory.limits.connection
        self._factory.connection_opened(self)
        # Twisted's unix connections say that they are TCP as well.
        unix = IUNIXTransport.providedBy(self.transport)
        if ITCPTransport.providedBy(self.transport) and not unix:
            self.transport.setTcpNoDelay(True)
            enable_keepalive(self.transport, limits)
        self._output = SendQueue(self.transport, self._factory.clock, limits, self)
        self._input = InputQueue(self.transport, self._factory.clock, self._framer, self, limits)
        self._set_deadline(self._factory.take_login_time(), LOGIN_TIMEOUT)
        self._question = self._factory.clock.callLater(QUESTION_DELAY, self._ask)

    def dataReceived(self, data: bytes) -> None:
        """Take a read: any number of lines, the last perhaps without its end yet."""
        self._input.feed(data)
        self._watch_line(b"\n" in data)

    def lineReceived(self, line: bytes | TooLong) -> bool:
        """Hand one line (no line end) to the session; return whether another may follow at once."""
        return self.session.receive_line(line)

    def whole_lines_received(self, data: bytes) -> bool:
        """Hand some whole lines to the session; return False if it wants them one by one."""
        return self.session.receive_whole_lines(data)

    def line_endless(self) -> None:
        """Let the guest go whose line never ends."""
        self.session.leave(ENDLESS_LINE)

    def line_flood(self) -> None:
        """Let the guest go who has been saying too much for too long."""
        self.session.leave(FLOOD)

    def input_ended(self) -> None:
        """Let the guest go who has nothing more to say."""
        self.session.leave()

    def readConnectionLost(self) -> None:
        """Take the end of the guest's input: what came without a line end is a line, too."""
        self._output.end()
        self._input.end()

    def writeConnectionLost(self) -> None:
        """Nothing to do: the outlet has closed its half, and waits for the guest's."""

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Let the guest go, whoever ended the connection."""
        # First, because nothing can be closed any more.
        self._output.lost()
        # TLS does not tell the end of the input by itself; and what has come has been said, though
        # whoever closes without reading first resets the connection.
        if reason.check(ConnectionDone, ConnectionLost):
            self._input.end(at_once=True, broken=not reason.check(ConnectionDone))
        self._input.stop()
        self._clear_deadline()
        self._log_offline()
        try:
            self.session.connection_lost()
        except Exception:
            self.log.failure("A bug was met when {peer} had gone", peer=peer_name(self.addr))
        self._factory.connection_closed(self)

    @property
    def fast_send(self) -> Send | None:
        """What sends at once, if nothing waits to be sent."""
        return self._output.fast_send

    @property
    def begun(self) -> bytes:
        """What the line begins with whose end has not come yet."""
        return self._framer.begun

    def fast_send_changed(self) -> None:
        """Pass on that what is `direct` has changed."""
        self.session.fast_send_changed()

    def write(self, data: bytes) -> None:
        """Send `data`; a guest who has far too much to read already is dropped, not waited for."""
        self._output.write(data)

    def when_drained(self, call: Callable[[], None]) -> None:
        """Call `call`, in another turn, when the guest has taken what was written."""
        self._output.when_drained(call)

    def pause_reading(self) -> None:
        """Take no more lines for now."""
        self._input.pause()

    def resume_reading(self) -> None:
        """Take lines again."""
        self._input.resume()

    def verify_password(self, is_it: Callable[[], bool], then: Callable[[bool], None]) -> None:
        """Call `then` with what `is_it` tells in its turn; the wait is not held against him."""
        wait = self._factory.password_throttle.verify(self, is_it, then)
        if wait:
            self._input.pause()
            if self._deadline is not None:
                self._deadline.delay(wait)

    def seconds(self) -> float:
        """Return the time on a clock that nobody sets."""
        return self._factory.clock.seconds()

    def close(self) -> None:
        """Close once everything written has been sent."""
        self._input.close()
        self._clear_deadline()
        self._factory.password_throttle.cancel(self, self.key)
        self._log_offline()
        self._output.close(linger=not self._factory.closing)

    def fail(self) -> None:
        """Log the exception being handled, which is a bug, and end this guest's connection only."""
        self._input.stop()
        self.log.failure("A bug ended the connection of {peer}", peer=peer_name(self.addr))
        self._output.abort()

    def apply_limits(self, all_limits: Limits) -> None:
        """Apply other limits from now on; a deadline that is running stays."""
        self.session.apply_limits(all_limits)
        limits = all_limits.connection
        self._input.apply_limits(limits)
        self._output.apply_limits(limits)
        enable_keepalive(self.transport, limits)
        self._framer.longest = limits.max_line
        if self.session.participant:
            self._framer.limit = limits.longest_line(of_program=self.session.is_program)
        else:
            self._framer.limit = limits.max_login_line

    def disconnect(self, closing: Closing) -> None:
        """Let the guest hear `closing`, and go; who is lingering already must go now."""
        if self._output.closing:
            self._output.end()
        self.session.close(closing)

    def abort(self) -> None:
        """Drop the connection and what is unsent."""
        self._output.abort()

    @property
    def eviction_grace(self) -> float:
        """How many seconds the guest has to give a name, however many others come."""
        return eviction_grace_of(self.transport)

    @property
    def unread(self) -> bool:
        """Whether something has come from the guest that is not read yet."""
        return has_unread(self.transport)

    def evict(self) -> None:
        """Let the guest go, who has no name, for somebody else."""
        self._factory.connection_log.refused(peer_name(self.addr), CROWDED.reason)
        self._output.end()
        self.session.close(CROWDED)
        if is_within_tls(self.transport):
            self.abort()

    def logged_in(self, name: str) -> None:
        """Log the guest's arrival; his deadline is off."""
        self._clear_deadline()
        self._input.reset()
        self._framer.yield_blanks = False
        limits = self._factory.limits.connection
        self._framer.limit = limits.longest_line(of_program=self.session.is_program)
        self._online = True
        self._factory.login_completed(self)
        self._factory.connection_log.connected(peer_name(self.addr), name)

    @property
    def addr(self) -> IAddress:
        """Where the guest comes from."""
        assert self.transport is not None, "a door is asked for its guest once he has come"
        return self._announced or self.transport.getPeer()

    def _log_offline(self) -> None:
        if self._online:
            self._online = False
            self._factory.connection_log.offline(peer_name(self.addr), self.session.name)

    def too_slow(self) -> None:
        """Log that the guest does not read."""
        self._factory.connection_log.slow(peer_name(self.addr))

    def _ask(self) -> None:
        self._question = None
        self.session.open()

    def _watch_line(self, ended: bool) -> None:
        """Give a line that is too long already some time to end; the login has its own deadline."""
        if self.session.participant is None or self._output.closing:
            return
        if ended:
            self._clear_deadline()
        if self._framer.overlong and self._deadline is None:
            self._set_deadline(self._factory.limits.connection.line_timeout, ENDLESS_LINE)

    def _set_deadline(self, seconds: float, closing: Closing) -> None:
        if seconds:
            self._deadline = self._factory.clock.callLater(seconds, self._expire, closing)

    def _expire(self, closing: Closing) -> None:
        self._deadline = None
        self.session.leave(closing)

    def _clear_deadline(self) -> None:
        for call in (self._deadline, self._question):
            if call is not None:
                call.cancel()
        self._deadline = self._question = None
