"""Reads the frames of a WebSocket: puts messages together, answers pings, and limits all of it.

The frames themselves are the library's (`websockets`, without I/O), which limits the size of a
message. It does not limit how many fragments a message has, nor how many control frames come.

Source: RFC 6455 sections 5.4 (fragments), 5.5 (control frames), 7.4 (status codes), 8.1 (UTF-8).
"""

from __future__ import annotations

from codecs import getincrementaldecoder
from typing import TYPE_CHECKING

from websockets.frames import CloseCode, Frame, Opcode
from websockets.protocol import OPEN

from netchat.dialects.framing import ENDLESS_FACTOR, TooLong
from netchat.model.disconnects import BAD_FRAME, BYE, ENDLESS_LINE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from websockets.server import ServerProtocol

    from netchat.model.events import Closing

MAX_FRAGMENTS = 64
"""How many frames a message may have."""
CONTROL_BURST, CONTROL_RATE = 64, 8
"""How many control frames a client may send at once, and then a second."""
_CODES = {CloseCode.MESSAGE_TOO_BIG: ENDLESS_LINE}
_Decoder = getincrementaldecoder("utf-8")


class MessageReader:
    """Reads what the client of `protocol`, whose handshake is over, sends; `seconds` is the time.

    Its messages are of the kind `opcode`.

    A `Framing` of the input queue: its reads are the messages that `receive` returns.
    """

    yield_blanks = True

    def __init__(
        self,
        protocol: ServerProtocol,
        seconds: Callable[[], float],
        limit: int,
        max_line: int,
        opcode: Opcode = Opcode.TEXT,
    ) -> None:
        self.limit = limit
        """The most bytes of a message that is processed; 0: no limit."""
        self.closing: Closing | None = None
        """Why nothing more is read; None while messages may follow."""
        self._protocol = protocol
        self._opcode = opcode
        self._seconds = seconds
        self._close_frame = b""
        self._parts: list[bytes] = []
        self._decoder = _Decoder()
        self._controls_paid = 0.0
        self.set_longest(max_line)

    begun = b""

    def set_longest(self, max_line: int) -> None:
        """Close for a message of ENDLESS_FACTOR times `max_line` bytes; 0: never."""
        self._protocol.max_message_size = ENDLESS_FACTOR * max_line or None

    def count(self, read: Sequence[bytes | TooLong]) -> int:
        """Return the number of the messages."""
        return len(read)

    def whole(self, read: Sequence[bytes | TooLong]) -> bytes:
        """Return the messages as lines, if each is one."""
        lines = [message for message in read if isinstance(message, bytes)]
        if len(lines) < len(read) or any(b"\n" in line for line in lines):
            return b""
        return b"\n".join([*lines, b""])

    def feed(self, read: Sequence[bytes | TooLong]) -> Iterator[bytes | TooLong]:
        """Return an iterator of the messages."""
        return iter(read)

    def rest(self) -> Iterator[bytes | TooLong]:
        """Return an empty iterator: half a message is none."""
        return iter(())

    def receive(self, data: bytes) -> tuple[Sequence[bytes | TooLong], bytes]:
        """Take a read; return the messages that it completes, and the frames to be sent at once.

        These are pongs. The close frame is sent last, by `close`.
        """
        if self.closing is not None:
            return (), b""
        self._protocol.receive_data(data)
        messages: list[bytes | TooLong] = []
        for frame in self._protocol.events_received():
            assert isinstance(frame, Frame), "the handshake is over"
            if (message := self._take(frame)) is not None:
                messages.append(message)
            if self.closing is not None:
                break
        return messages, self._answers()

    def close(self, code: int, reason: str) -> bytes:
        """Return the close frame: the answer to the client's, or one with `code` and `reason`."""
        if self._protocol.state is OPEN:
            self._protocol.send_close(code, reason)
            self._answers()
        return self._close_frame

    def _take(self, frame: Frame) -> bytes | TooLong | None:
        """Take a frame; return the message that it ends."""
        match frame.opcode:
            case Opcode.TEXT | Opcode.BINARY if frame.opcode is not self._opcode:
                kind = self._opcode.name.lower()
                self._fail(CloseCode.UNSUPPORTED_DATA, f"send {kind} frames")
            case Opcode.TEXT | Opcode.BINARY | Opcode.CONT:
                return self._add(bytes(frame.data), final=frame.fin)
            case Opcode.PING | Opcode.PONG:
                self._pay_for_control()
            case Opcode.CLOSE:
                self.closing = BYE
        return None

    def _add(self, data: bytes, *, final: bool) -> bytes | TooLong | None:
        """Add `data` to the message; return it if it is `final`."""
        if not self._is_text(data, final=final):
            self._fail(CloseCode.INVALID_DATA, "a text is not UTF-8")
            return None
        self._parts.append(data)
        if len(self._parts) > MAX_FRAGMENTS:
            self._fail(CloseCode.POLICY_VIOLATION, f"a message has over {MAX_FRAGMENTS} fragments")
            return None
        if not final:
            return None
        message = data if len(self._parts) == 1 else b"".join(self._parts)
        self._parts.clear()
        return TooLong(message[:1]) if 0 < self.limit < len(message) else message

    def _is_text(self, data: bytes, *, final: bool) -> bool:
        """Return whether a message of text goes on in UTF-8 with `data`."""
        if self._opcode is Opcode.BINARY:
            return True
        try:
            if self._parts or not final:
                self._decoder.decode(data, final)
            elif not data.isascii():
                data.decode()
        except UnicodeDecodeError:
            return False
        return True

    def _pay_for_control(self) -> None:
        now = self._seconds()
        self._controls_paid = max(self._controls_paid, now) + 1 / CONTROL_RATE
        if self._controls_paid > now + CONTROL_BURST / CONTROL_RATE:
            self._fail(CloseCode.POLICY_VIOLATION, "too many control frames")

    def _fail(self, code: CloseCode, reason: str) -> None:
        self._protocol.fail(code, reason)
        self.closing = BAD_FRAME
        self._parts.clear()

    def _answers(self) -> bytes:
        """Return the frames that are to be sent now, and keep the close frame for `close`."""
        frames = [frame for frame in self._protocol.data_to_send() if frame]
        if self._protocol.state is not OPEN and frames:
            self._close_frame = frames.pop()
            if self.closing is None and self._protocol.parser_exc is not None:
                sent = self._protocol.close_sent
                self.closing = _CODES.get(CloseCode(sent.code), BAD_FRAME) if sent else BAD_FRAME
        return b"".join(frames)
