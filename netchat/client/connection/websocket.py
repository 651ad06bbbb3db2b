"""A WebSocket to the server, without I/O: JSON lines on one side, its frames on the other.

Source: RFC 6455; the handshake and the frames are those of the library `websockets`.
"""

from __future__ import annotations

from collections.abc import Sequence
from logging import Logger

from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.protocol import State
from websockets.uri import WebSocketURI

from netchat import __version__
from netchat.client.connection import websocket_errors
from netchat.client.connection.address import WebAddress
from netchat.client.connection.errors import UserFacingError, not_netchat
from netchat.client.connection.tunnel import basic
from netchat.dialects.jsonl.websocket import SUBPROTOCOL
from netchat.dialects.text.dialect import PROMPT

_MAX_LINE = 4 * 1024 * 1024
"""Longest message that is accepted, in bytes: as long as the longest line over TCP."""
_silent = Logger("netchat.client.websocket", level=100)
"""Keeps the library from writing to a terminal on which the user is."""


class WebSocket:
    """One WebSocket to the server at `address`.

    After each call, what `take_output` returns must be sent.
    """

    def __init__(self, address: WebAddress) -> None:
        self._address = address
        path, _, query = address.path.partition("?")
        authority = address.ascii_authority.rpartition(":")[0]
        uri = WebSocketURI(address.secure, authority.strip("[]"), address.port, path, query)
        self._protocol = ClientProtocol(
            uri, subprotocols=[SUBPROTOCOL], max_size=_MAX_LINE, logger=_silent
        )
        request = self._protocol.connect()
        request.headers["User-Agent"] = f"netchat/{__version__}"
        if address.credentials is not None:
            request.headers["Authorization"] = basic(address.credentials)
        self._protocol.send_request(request)
        self._first = b""
        self._fragments: list[bytes] = []

    @property
    def is_open(self) -> bool:
        """Whether the handshake is done, and no closing frame was sent or received."""
        return self._protocol.state is State.OPEN

    @property
    def is_accepted(self) -> bool:
        """Whether the handshake is done."""
        return self._protocol.state is not State.CONNECTING

    @property
    def is_closing(self) -> bool:
        """Whether the server is to close the connection: a closing frame was sent or received."""
        return self._protocol.state is State.CLOSING

    def take_output(self) -> bytes:
        """Return what is to be sent."""
        return b"".join(self._protocol.data_to_send())

    def feed(self, data: bytes) -> Sequence[bytes]:
        """Return the lines that `data` completes, each with a line end.

        Raises UserFacingError if the server does not accept the handshake.
        """
        if not self.is_accepted:
            self._first += data[: len(PROMPT) - len(self._first)]
            if self._first == PROMPT:
                raise websocket_errors.asked_for_a_name(self._address)
        self._protocol.receive_data(data)
        return self._collect()

    def feed_end(self) -> None:
        """Take note that the server has closed the connection; it may complete the handshake.

        Raises UserFacingError if the server does not accept the handshake.
        """
        self._protocol.receive_eof()
        self._collect()

    def send_line(self, line: bytes) -> None:
        """Send `line`, without its line end; nothing is sent before or after the connection."""
        if self.is_open:
            self._protocol.send_text(line)

    def ping(self) -> None:
        """Ask for a sign of life."""
        if self.is_open:
            self._protocol.send_ping(b"")

    def close(self) -> None:
        """Begin the closing handshake."""
        if self.is_open:
            self._protocol.send_close(1000)

    def problem(self) -> UserFacingError | None:
        """Return why a WebSocket that was open closes, None if its end needs no explanation."""
        if self._protocol.close_rcvd is not None:
            close = self._protocol.close_rcvd
            return websocket_errors.closed(close.code, close.reason, self._address)
        failed = self._protocol.close_sent is not None and self._protocol.close_sent.code != 1000
        return not_netchat(self._address) if failed else None

    def _collect(self) -> Sequence[bytes]:
        lines = [
            line for event in self._protocol.events_received() for line in self._lines_of(event)
        ]
        error = self._protocol.handshake_exc
        if error is not None:
            raise websocket_errors.explain_handshake(error, self._address)
        if self._protocol.subprotocol is None and self.is_open:
            raise not_netchat(self._address)
        return lines

    def _lines_of(self, event: object) -> Sequence[bytes]:
        """Return the line that `event`, something that was received, completes, if it does."""
        if not isinstance(event, Frame):
            return []
        if event.opcode is Opcode.BINARY:
            self._protocol.fail(1003, "only text frames are understood")
        elif event.opcode in (Opcode.TEXT, Opcode.CONT):
            if event.data:
                self._fragments.append(bytes(event.data))
            if event.fin:
                line = b"".join(self._fragments) + b"\n"
                self._fragments.clear()
                return [line]
        return []
