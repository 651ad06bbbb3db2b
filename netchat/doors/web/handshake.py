"""The handshake of a WebSocket, in the HTTP request that Twisted has parsed.

Source: RFC 6455 section 4.2.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from websockets.datastructures import Headers
from websockets.exceptions import NegotiationError
from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import OPEN
from websockets.server import ServerProtocol
from websockets.typing import Subprotocol

from netchat.dialects.irc import websocket as irc
from netchat.dialects.jsonl.websocket import SUBPROTOCOL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twisted.web import http

_SENTENCES = {
    HTTPStatus.METHOD_NOT_ALLOWED: "A WebSocket is opened with GET.",
    HTTPStatus.HTTP_VERSION_NOT_SUPPORTED: "A WebSocket is opened with HTTP/1.1.",
    HTTPStatus.UPGRADE_REQUIRED: "This address is for WebSockets; the page of the chat is at /.",
}
_BAD_HANDSHAKE = (
    f"That is no handshake of a WebSocket of version 13 with the subprotocol {SUBPROTOCOL}, or "
    "with none."
)


class Frames(ServerProtocol):
    """The library's half, which takes a close frame also between the fragments of a message.

    The library fails such a connection; RFC 6455 section 5.4 allows it, and Autobahn tests it.
    """

    def recv_frame(self, frame: Frame) -> None:
        """Process a frame; a close frame ends a message that is not complete."""
        if frame.opcode is Opcode.CLOSE:
            self.current_size = None
        super().recv_frame(frame)


class HandshakeError(Exception):
    """A request opens no WebSocket: a sentence, and the `status` and `headers` of the answer."""

    def __init__(self, status: HTTPStatus, headers: dict[str, str]) -> None:
        super().__init__(_SENTENCES.get(status, _BAD_HANDSHAKE))
        self.status = status
        self.headers = headers


def accept(request: http.Request) -> tuple[ServerProtocol, bytes, Subprotocol]:
    """Return the frames' half of the WebSocket that `request` opens, and the bytes to answer with.

    The third is the subprotocol, or "" if the client offers none. HandshakeError if it opens none.
    """
    headers = Headers()
    for raw_name, values in request.requestHeaders.getAllRawHeaders():
        for value in values:
            headers[raw_name.decode("latin-1")] = value.decode("latin-1")
    response = ServerProtocol(select_subprotocol=_select_subprotocol).accept(
        Request(
            request.uri.decode("latin-1"),
            headers,
            request.method.decode("latin-1"),
            request.clientproto.decode("latin-1"),
        )
    )
    status = HTTPStatus(response.status_code)
    if status is not HTTPStatus.SWITCHING_PROTOCOLS:
        more = {HTTPStatus.METHOD_NOT_ALLOWED: "allow", HTTPStatus.UPGRADE_REQUIRED: "upgrade"}
        name = more.get(status)
        raise HandshakeError(status, {name: response.headers[name]} if name else {})
    # The one above goes on to parse a request, which Twisted has parsed.
    subprotocol = Subprotocol(response.headers.get("Sec-WebSocket-Protocol", ""))
    return Frames(state=OPEN), response.serialize(), subprotocol


def _select_subprotocol(_: ServerProtocol, offered: Sequence[Subprotocol]) -> Subprotocol | None:
    """Return the first subprotocol that is known here; None if the client offers none."""
    if not offered:
        return None
    for name in offered:
        if name == SUBPROTOCOL or name in irc.SUBPROTOCOLS:
            return name
    raise NegotiationError(f"the subprotocol is {SUBPROTOCOL}")
