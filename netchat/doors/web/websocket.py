"""A guest on a WebSocket: each message is a line, both ways."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twisted.internet.interfaces import IHalfCloseableProtocol
from twisted.internet.protocol import connectionDone
from websockets.frames import CloseCode, Frame, Opcode
from zope.interface import implementer

from netchat.doors.connection.guest_connection import GuestConnection
from netchat.doors.web.message_reader import MessageReader
from netchat.model import disconnects
from netchat.model.disconnects import BYE

if TYPE_CHECKING:
    from collections.abc import Callable

    from twisted.internet.interfaces import IAddress, IDelayedCall
    from twisted.python.failure import Failure
    from websockets.server import ServerProtocol

    from netchat.admission.connections import Connections
    from netchat.model.events import Closing
    from netchat.model.limits import Limits
    from netchat.session.interfaces import Connection
    from netchat.session.session import Session

PIECE = 4096
"""How many bytes are read at once; frames may be as small as six bytes."""
CHECKS = 3
"""How often a client is asked for a sign of life within `ping_after`, if it has sent nothing."""
_PING = Frame(Opcode.PING, b"").serialize(mask=False)
_CODES = {
    BYE.reason: CloseCode.NORMAL_CLOSURE,
    disconnects.SHUTDOWN.reason: CloseCode.SERVICE_RESTART,
    disconnects.SERVER_FULL.reason: CloseCode.TRY_AGAIN_LATER,
    disconnects.TOO_MANY_FROM_ADDRESS.reason: CloseCode.TRY_AGAIN_LATER,
    "storage": CloseCode.INTERNAL_ERROR,
}
"""The status code by the reason of a closing; any other is a breach of a limit or rule."""


def close_code(closing: Closing) -> int:
    """Return the status code of a close frame for `closing`."""
    return _CODES.get(closing.reason, CloseCode.POLICY_VIOLATION)


@implementer(IHalfCloseableProtocol)
class WebSocketProtocol(GuestConnection):
    """The protocol of a connection whose handshake is over; `frames` is its sans-I/O half.

    `confidential`: a trusted proxy has told that its client uses TLS. `opcode`: what carries lines.
    """

    def __init__(  # noqa: PLR0913 - each has a name
        self,
        open_session: Callable[[Connection], Session],
        connections: Connections,
        key: bytes,
        proxied: IAddress | None,
        frames: ServerProtocol,
        *,
        confidential: bool = False,
        opcode: Opcode = Opcode.TEXT,
    ) -> None:
        limits = connections.limits.connection
        self._reader = MessageReader(
            frames, connections.clock.seconds, limits.max_login_line, limits.max_line, opcode
        )
        super().__init__(open_session, connections, self._reader, key, proxied)
        self._confidential = confidential
        self._closing = BYE
        self._silent_checks = 0
        self._check: IDelayedCall | None = None

    @property
    def door(self) -> str:
        """What the client has come through."""
        return "web"

    def connectionMade(self) -> None:
        """Start the timer of the login, and the checks for a sign of life."""
        super().connectionMade()
        self._schedule_check()

    def dataReceived(self, data: bytes) -> None:
        """Take a read: any number of frames, of which the last may be incomplete."""
        self._silent_checks = 0
        if self._reader.closing is not None:
            return
        for start in range(0, len(data), PIECE):
            if self._output.closing or self._reader.closing is not None:
                break
            messages, answers = self._reader.receive(data[start : start + PIECE])
            if answers:
                self._output.write(answers)
            if messages:
                self._input.feed(messages)
        if self._reader.closing is not None:
            self._input.end(self._reader.closing)

    def close(self) -> None:
        """Send the close frame behind everything written, and close."""
        code = close_code(self._closing)
        # A reason is a sentence of ours for people; the client has read it as a line before.
        self._output.write(self._reader.close(code, self._closing.reason))
        super().close()
        # After a close frame the input has ended, but the client's end is awaited.
        transport: Any = self.transport
        transport.resumeProducing()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Let the guest leave, whichever end closed the connection."""
        self._cancel_check()
        super().connectionLost(reason)

    @property
    def is_confidential(self) -> bool:
        """Whether nobody on the network can read what the client sends."""
        return self._confidential or super().is_confidential

    def channel_binding(self) -> str:
        """Return "": no browser can tell what its TLS connection is recognized by."""
        return ""

    def ending(self, closing: Closing) -> None:
        """Keep the reason for the close frame."""
        self._closing = closing
        super().ending(closing)

    def too_slow(self) -> bytes:
        """Let the guest leave, who does not read.

        Nobody knows where in a frame the unsent bytes begin, so nothing can be sent.
        """
        super().too_slow()
        return b""

    def apply_limits(self, limits: Limits) -> None:
        """Apply other `limits` from now on; a deadline that is running stays."""
        self._reader.set_longest(limits.connection.max_line)
        super().apply_limits(limits)
        self._cancel_check()
        self._schedule_check()

    def _schedule_check(self) -> None:
        limits = self._connections.limits.connection
        if limits.ping_after and limits.gone_after:
            seconds = limits.ping_after / CHECKS
            self._check = self._connections.clock.callLater(seconds, self._check_silent, seconds)

    def _check_silent(self, seconds: float) -> None:
        """Ping a client that has sent nothing since the last check; drop one that never answers."""
        self._check = None
        if self._silent_checks * seconds >= self._connections.limits.connection.gone_after:
            self._output.abort()
            return
        if self._silent_checks:
            self._output.write(_PING)
        self._silent_checks += 1
        self._schedule_check()

    def _cancel_check(self) -> None:
        if self._check is not None:
            self._check.cancel()
            self._check = None

    def _stop_input(self) -> None:
        super()._stop_input()
        self._cancel_check()
