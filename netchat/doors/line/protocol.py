"""The protocol of the line door: one connection over any stream of bytes (TCP, TLS, unix)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twisted.internet.interfaces import IHalfCloseableProtocol
from twisted.internet.protocol import connectionDone
from twisted.protocols.basic import LineReceiver
from zope.interface import implementer

from netchat.dialects.framing import Framer
from netchat.dialects.jsonl.dialect import START
from netchat.dialects.text.line_ends import LineEnds
from netchat.doors.connection.guest_connection import GuestConnection
from netchat.doors.line.opening import Opening, recognize
from netchat.doors.transport.handover import replace_protocol
from netchat.doors.transport.negotiation import has_offered_http, is_handshaking
from netchat.model.disconnects import ENDLESS_LINE

if TYPE_CHECKING:
    from collections.abc import Callable

    from twisted.internet.interfaces import IAddress, IDelayedCall
    from twisted.internet.protocol import Protocol
    from twisted.python.failure import Failure

    from netchat.admission.connections import Connections
    from netchat.model.limits import Limits
    from netchat.session.interfaces import Connection
    from netchat.session.session import Session

PROMPT_DELAY = 0.1
"""Seconds that a program has to send its hello before the server asks for a name in text."""


@implementer(IHalfCloseableProtocol)
class LineProtocol(GuestConnection, LineReceiver):
    """One client's connection: lines in, to its session; what the session writes, out.

    `open_web` makes the protocol that takes over if the client begins with an HTTP request; None:
    there is no web door. `dataReceived` replaces LineReceiver's, which takes quadratic time for the
    lines of a read. A client that closes its half has ended its input, and still gets output.
    """

    def __init__(
        self,
        open_session: Callable[[Connection], Session],
        connections: Connections,
        key: bytes,
        proxied: IAddress | None = None,
        open_web: Callable[[IAddress | None], Protocol] | None = None,
    ) -> None:
        limits = connections.limits.connection
        self._lines = Framer(limits.max_login_line, limits.max_line)
        super().__init__(open_session, connections, self._lines, key, proxied)
        self._line_ends: LineEnds | None = LineEnds(program_start=START)
        self._open_web = open_web
        self._opening: bytes | None = None if open_web is None else b""
        """What has arrived while it may be the beginning of a request; None: it is none."""
        self._prompt: IDelayedCall | None = None

    def connectionMade(self) -> None:
        """Start the timer of the login; prompt after a moment."""
        super().connectionMade()
        self._prompt = self._connections.clock.callLater(PROMPT_DELAY, self._send_prompt)

    def dataReceived(self, data: bytes) -> None:
        """Take a read: any number of lines, of which the last may be incomplete."""
        if self._opening is not None:
            data = self._recognize(data)
            if not data:
                return
        if self._line_ends is not None:
            data = self._line_ends.translate(data)
            self._line_ends = None if self._line_ends.is_verbatim else self._line_ends
        if not self._input.feed(data) or self._deadline:
            self._watch_line(b"\n" in data)

    def readConnectionLost(self) -> None:
        """End the input: the client has closed its half. A last line may lack its line end."""
        self._end_opening()
        super().readConnectionLost()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Let the guest leave, whichever end closed the connection."""
        self._end_opening()
        super().connectionLost(reason)

    def apply_limits(self, limits: Limits) -> None:
        """Apply other `limits` from now on; a deadline that is running stays."""
        self._lines.longest = limits.connection.max_line
        super().apply_limits(limits)

    def logged_in(self, name: str) -> None:
        """Record that the client has the name `name`, which ends its login time."""
        super().logged_in(name)
        self._lines.yield_blanks = False

    def _recognize(self, data: bytes) -> bytes:
        """Return the input to be taken as lines: b"" if it may be, or is, an HTTP request."""
        data = (self._opening or b"") + data
        opening = recognize(data)
        if opening is Opening.UNDECIDED:
            self._opening = data
            return b""
        self._opening = None
        if opening is Opening.LINE:
            return data
        self._hand_over(data)
        return b""

    def _hand_over(self, request: bytes) -> None:
        """Have the web door answer `request`, unless the question for a name has been sent.

        Then the browser would take the question for an answer, so the connection is reset: it
        tries again on another one.
        """
        if self._open_web is None or self._prompt is None:
            self._stop_input()
            self._output.abort()
            return
        self._clear_timers()
        self._input.stop()
        self._output.release()
        self._connections.hand_over(self)
        web = self._open_web(self.proxied)
        replace_protocol(self.transport, self, web)
        web.makeConnection(self.transport)
        if request:
            web.dataReceived(request)

    def _end_opening(self) -> None:
        """Take as lines what is not going to become a request any more."""
        held, self._opening = self._opening, None
        if held:
            self.dataReceived(held)

    def _send_prompt(self) -> None:
        may_be_browser = self._opening is not None
        if may_be_browser and has_offered_http(self.transport):
            self._hand_over(self._opening or b"")
        elif may_be_browser and (self._opening or self.unread or is_handshaking(self.transport)):
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
            self._deadline.clear()
        if self._lines.overlong and not self._deadline:
            self._deadline.set(self._connections.limits.connection.line_timeout, ENDLESS_LINE)

    def _clear_timers(self) -> None:
        super()._clear_timers()
        prompt, self._prompt = self._prompt, None
        if prompt is not None and prompt.active():
            prompt.cancel()
