"""IRC over a WebSocket: each line, without its line end, is a message.

Everybody who reads the same is sent the same bytes. Source: https://ircv3.net/specs/extensions/websocket.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from websockets.frames import Frame, Opcode
from websockets.typing import Subprotocol

from netchat.model.lines import whole_lines

SUBPROTOCOLS: dict[Subprotocol, Opcode] = {
    Subprotocol("text.ircv3.net"): Opcode.TEXT,
    Subprotocol("binary.ircv3.net"): Opcode.BINARY,
}
"""The subprotocols, each with what carries its lines."""


def framing(opcode: Opcode) -> Callable[[bytes], bytes]:
    """Return what puts each line into a frame of this kind."""
    return partial(_framed, opcode)


def _framed(opcode: Opcode, lines: bytes) -> bytes:
    texts = [line.removesuffix(b"\r") for line in whole_lines(lines)]
    return b"".join([Frame(opcode, text).serialize(mask=False) for text in texts])
