"""How a connection begins that speaks IRC. Source: docs/protocol.md, "One port"."""

from __future__ import annotations

_COMMANDS = (b"CAP ", b"NICK ", b"USER ", b"PASS ")


def is_opening(line: bytes) -> bool:
    """Return whether `line`, the first one, is a command of IRC and no name of a guest."""
    return line.startswith(_COMMANDS) and bool(line.split(b" ", 1)[1].strip())
