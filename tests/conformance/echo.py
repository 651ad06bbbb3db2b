"""A server that sends each message back, made of the web door: only the session is another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from websockets.frames import Frame, Opcode

from netchat.admission.connections import Connections
from netchat.doors.web.access import WebAccess
from netchat.doors.web.factory import WebFactory
from netchat.doors.web.message_reader import MessageReader
from netchat.model.disconnects import BYE
from netchat.model.limits import ConnectionLimits, Limits

if TYPE_CHECKING:
    from netchat.dialects.framing import TooLong
    from netchat.model.events import Closing

LIMITS = ConnectionLimits(login_timeout=0, max_login_line=0, max_line=0, rate=0, ping_after=0)
"""The suite sends messages of more than 64 KiB, as fast as it can."""


class EchoReader(MessageReader):
    """Accepts binary messages too; each message begins with the opcode of its first frame."""

    _opcode = Opcode.TEXT

    def _take(self, frame: Frame) -> bytes | TooLong | None:
        if frame.opcode in (Opcode.TEXT, Opcode.BINARY):
            self._opcode = frame.opcode
        if frame.opcode is Opcode.BINARY:
            frame.opcode = Opcode.TEXT
        message = super()._take(frame)
        return bytes([self._opcode]) + message if isinstance(message, bytes) else message

    def _is_text(self, data: bytes, *, final: bool) -> bool:
        return self._opcode is Opcode.BINARY or super()._is_text(data, final=final)


class EchoSession:
    """A conversation in which the server repeats all that the client says."""

    participant = None
    is_program = True
    name = ""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        connection._reader.__class__ = EchoReader
        self._is_open = True

    def receive_whole_lines(self, data: bytes) -> bool:
        """Take messages one by one."""
        return False

    def receive_line(self, line: bytes) -> bool:
        """Send a message back."""
        self._connection.write(Frame(Opcode(line[0]), line[1:]).serialize(mask=False))
        return True

    def leave(self, closing: Closing = BYE) -> None:
        """Close."""
        if self._is_open:
            self._is_open = False
            self._connection.ending(closing)
            self._connection.close()

    close = leave

    def fast_send_changed(self) -> None:
        """Do nothing: the connection sends by `write` only."""

    def connection_lost(self) -> None:
        """Do nothing."""

    def cut_off(self, closing: Closing) -> bytes:
        """Return nothing to be sent at last."""
        return b""


class EchoFactory(WebFactory):
    """The web door with an EchoSession on each WebSocket."""

    def __init__(self, clock: Any) -> None:
        chat: Any = None
        super().__init__(chat, Connections(Limits(connection=LIMITS), clock), {}, WebAccess())

    def _open_session(self, connection: Any) -> Any:
        return EchoSession(connection)
