"""What an SSH client reads that is not admitted: a sentence, before there are keys."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from netchat.model.events import Closing

VERSION = b"SSH-2.0-netchat"
"""How the server identifies itself."""
DISCONNECT = 1
TOO_MANY_CONNECTIONS = 12


def ssh_rejection(closing: Closing) -> bytes:
    """Return the version and the message of the disconnect for `closing`.

    Source: RFC 4253 sections 4.2, 6 and 11.1. No padding is random, since nothing is secret.
    """
    sentence = closing.message.encode()
    payload = struct.pack(">BLL", DISCONNECT, TOO_MANY_CONNECTIONS, len(sentence))
    payload += sentence + struct.pack(">L", 0)
    padding = 8 - (5 + len(payload)) % 8
    padding += 8 * (padding < 4)
    head = struct.pack(">LB", 1 + len(payload) + padding, padding)
    return VERSION + b"\r\n" + head + payload + bytes(padding)
