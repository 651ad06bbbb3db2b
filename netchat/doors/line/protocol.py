"""The protocol of the line door: one connection over any stream of bytes (TCP, TLS, unix)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twisted.internet.interfaces import IHalfCloseableProtocol
from twisted.internet.protocol import connectionDone
from twisted.protocols.basic import LineReceiver
from zope.interface import implementer

from netchat.dialects.framing import Framer
from netchat.dialects.irc.dialect import IrcDialect
from netchat.dialects.jsonl.dialect import START
from netchat.dialects.text.line_ends import LineEnds
from netchat.doors.connection.guest_connection import GuestConnection
from netchat.doors.transport.handover import hand_over
from netchat.doors.transport.negotiation import has_offered_http, is_handshaking
from netchat.doors.transport.opening import Beginning, Opening
from netchat.model.disconnects import ENDLESS_LINE

if TYPE_CHECKING:
    from collections.abc import Callable

    from twisted.internet.interfaces import IAddress, IDelayedCall
    from twisted.python.failure import Failure

    from netchat.admission.connections import Connections
    from netchat.doors.transport.opening import Doors
    from netchat.model.limits import Limits
    from netchat.session.interfaces import Connection
    from netchat.session.session import Session

PROMPT_DELAY = 0.1
"""Seconds that a program has to send its hello before the server asks for a name in text."""


@implementer(IHalfCloseableProtocol)
class LineProtocol(GuestConnection, LineReceiver):
    """One client's connection: lines in, to its session; what the session writes, out.

    `doors` make the protocol that takes over if the client begins with an HTTP request or speaks
    SSH. `dataReceived` replaces LineReceiver's, which takes quadratic time for the
    lines of a read. A client that closes its half has ended its input, and still gets output.
    """

    _framer: Framer

    def __init__(
        self,
        open_session: Callable[[Connection], Session],
        connections: Connections,
        key: bytes,
        proxied: IAddress | None = None,
        doors: Doors | None = None,
    ) -> None:
        limits = connections.limits.connection
        framer = Framer(limits.max_login_line, limits.max_line)
        super().__init__(open_session, connections, framer, key, proxied)
        self._line_ends: LineEnds | None = LineEnds(program_start=START)
        self._beginning = Beginning(doors) if doors else None
        """None: the client has begun with what is for no other door, or cannot."""
        self._prompt: IDelayedCall | None = None

    def connectionMade(self) -> None:
        """Start the timer of the login; prompt after a moment."""
        super().connectionMade()
        self._prompt = self._connections.clock.callLater(PROMPT_DELAY, self._send_prompt)

    def dataReceived(self, data: bytes) -> None:
        """Take a read: any number of lines, of which the last may be incomplete."""
        if self._beginning is not None:
            data = self._recognize(self._beginning, data)
            if not data:
                return
        if self._line_ends is not None:
            data = self._line_ends.translate(data)
            self._line_ends = None if self._line_ends.is_verbatim else self._line_ends
        if not self._input.feed(data) or self._deadline is not None:
            self._watch_line(b"\n" in data)

    def readConnectionLost(self) -> None:
        """End the input: the client has closed its half. A last line may lack its line end."""
        self._end_beginning()
        super().readConnectionLost()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Let the guest leave, whichever end closed the connection."""
        self._end_beginning()
        super().connectionLost(reason)

    def apply_limits(self, limits: Limits) -> None:
        """Apply other `limits` from now on; a deadline that is running stays."""
        self._framer.longest = limits.connection.max_line
        super().apply_limits(limits)

    def logged_in(self, name: str) -> None:
        """Record that the client has the name `name`, which ends its login time."""
        super().logged_in(name)
        self._framer.yield_blanks = False
        if self.session.dialect.name == IrcDialect.name:
            self._line_ends = None  # Its lines end in CR LF or in LF.

    def _recognize(self, beginning: Beginning, data: bytes) -> bytes:
        """Return the input to be taken as lines: b"" if another door may take it, or does."""
        opening = beginning.take(data)
        if opening is Opening.UNDECIDED:
            return b""
        self._beginning = None
        if opening is Opening.LINE:
            return beginning.held
        self._hand_over(beginning, opening)
        return b""

    def _hand_over(self, beginning: Beginning, opening: Opening) -> None:
        """Have the door for `opening` take over.

        A browser would take the question for a name for an answer, so the connection is reset if
        that has been sent. SSH allows lines before the server's version (RFC 4253 section 4.2).
        """
        if self._prompt is None:
            if opening is Opening.HTTP:
                self._stop_input()
                self._output.abort()
                return
            self._output.write(b"\r\n")
        self._clear_timers()
        self._input.stop()
        self._output.release()
        self._connections.hand_over(self)
        successor = beginning.open(opening, self.proxied)
        hand_over(self.transport, self, successor, beginning.held)

    def _end_beginning(self) -> None:
        """Take as lines what is not going to become a request any more."""
        beginning, self._beginning = self._beginning, None
        if beginning is not None and beginning.held:
            self.dataReceived(beginning.held)

    def _send_prompt(self) -> None:
        beginning = self._beginning
        has_web = beginning is not None and beginning.leads_to(Opening.HTTP)
        if beginning is not None and has_web and has_offered_http(self.transport):
            self._hand_over(beginning, Opening.HTTP)
        elif beginning is not None and (
            beginning.held or self.unread or is_handshaking(self.transport)
        ):
            # A request may be arriving, and must not be answered with a question. If it becomes
            # none, the session asks for a name.
            self._prompt = self._connections.clock.callLater(PROMPT_DELAY, self._send_prompt)
        else:
            self._prompt = None
            self.session.open()

    def _watch_line(self, ended: bool) -> None:
        """Start the timer of a line that is too long already; a login has its own timer."""
        if self.session.participant is None or self._output.closing:
            return
        if ended:
            self._clear_deadline()
        if self._framer.overlong and self._deadline is None:
            self._set_deadline(self._connections.limits.connection.line_timeout, ENDLESS_LINE)

    def _clear_timers(self) -> None:
        super()._clear_timers()
        prompt, self._prompt = self._prompt, None
        if prompt is not None and prompt.active():
            prompt.cancel()
