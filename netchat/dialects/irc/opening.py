"""How a connection begins that speaks IRC. Source: docs/protocol.md, "One port"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netchat.dialects.irc.message import Message, format_message

if TYPE_CHECKING:
    from netchat.model.events import Closing

_COMMANDS = (b"CAP ", b"NICK ", b"USER ", b"PASS ")


def rejection(closing: Closing) -> bytes:
    """Return `closing` as a client reads it that has not been admitted."""
    return format_message(Message("ERROR", (closing.message,)), colon=True)


def is_opening(line: bytes) -> bool:
    """Return whether `line`, the first one, is a command of IRC and no name of a guest."""
    return line.startswith(_COMMANDS) and bool(line.split(b" ", 1)[1].strip())
