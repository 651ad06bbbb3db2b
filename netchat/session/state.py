"""The life cycle of a session.

LOGIN <-> WAITING          a password is being verified, or the address joins too often
LOGIN -> JOINED            the client has a name
LOGIN, JOINED -> CLOSING   the closing is on its way: nothing that arrives is processed
any state -> CLOSED        the connection is gone
"""

from __future__ import annotations

from enum import Enum, auto


class State(Enum):
    """Where a session is between its first line and the end of its connection."""

    LOGIN = auto()
    WAITING = auto()
    JOINED = auto()
    CLOSING = auto()
    CLOSED = auto()

    @property
    def is_open(self) -> bool:
        """Whether lines of the client are processed."""
        return self in (State.LOGIN, State.WAITING, State.JOINED)
