"""JSON lines over a WebSocket: each line, without its line end, is a text frame.

A server's frames are not masked (RFC 6455 section 5.1), so that everybody who reads the same is
sent the same bytes. Source: docs/protocol.md, "WebSocket".
"""

from __future__ import annotations

from websockets.frames import Frame, Opcode
from websockets.typing import Subprotocol

from netchat.dialects.jsonl import dialect as jsonl
from netchat.dialects.jsonl.dialect import name, of_programs, parse, parse_hello, parse_plain
from netchat.model.events import Event
from netchat.model.lines import whole_lines

__all__ = [
    "SUBPROTOCOL",
    "echo",
    "name",
    "of_programs",
    "on_other_device",
    "parse",
    "parse_hello",
    "parse_plain",
    "render",
]

SUBPROTOCOL = Subprotocol("v1.json.netchat")


def render(event: Event) -> bytes:
    """Return the frames that a client gets for `event`; b"" if it gets none."""
    return _frames(jsonl.render(event))


def echo(event: Event) -> bytes:
    """Return the frames that a client gets for its own `event`: with its nonce."""
    return _frames(jsonl.echo(event))


on_other_device = render
"""Returns the frames that the other devices of a participant get: without a nonce."""


def _frames(lines: bytes) -> bytes:
    texts = whole_lines(lines)
    return b"".join([Frame(Opcode.TEXT, text).serialize(mask=False) for text in texts])
