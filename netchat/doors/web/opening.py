"""What a connection begins with: an HTTP request line, or anything else. Pure: no I/O.

Source: RFC 9112 section 3 (request line).
"""

from __future__ import annotations

import re
from enum import Enum, auto
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from twisted.internet.interfaces import IAddress
    from twisted.internet.protocol import Protocol

MAX_REQUEST_LINE = 8192
"""The longest request line that is waited for, in bytes."""
_METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "CONNECT")
_STARTS = tuple(f"{method} ".encode() for method in _METHODS)
_REQUEST_LINE = re.compile(rb"(?:%s)[!-~]+ HTTP/1\.[0-9]\r?\n" % b"|".join(_STARTS))


class Opening(Enum):
    """What the first bytes of a connection are."""

    HTTP = auto()
    LINE = auto()
    UNDECIDED = auto()
    """They may become a request line, once the rest of it has arrived."""


def recognize(data: bytes) -> Opening:
    """Return what a connection is that begins with `data`, which is not empty."""
    begins = data.startswith(_STARTS)
    if begins and _REQUEST_LINE.match(data):
        return Opening.HTTP
    is_whole = b"\n" in data or len(data) > MAX_REQUEST_LINE
    if not is_whole and (begins or any(start.startswith(data) for start in _STARTS)):
        return Opening.UNDECIDED
    return Opening.LINE


class Beginning:
    """What a client has sent while it may begin with a request.

    `open_web` makes the protocol that answers requests; its argument is the client's address if a
    proxy has told it.
    """

    __slots__ = ("held", "open_web")

    def __init__(self, open_web: Callable[[IAddress | None], Protocol]) -> None:
        self.open_web = open_web
        self.held = b""

    def take(self, data: bytes) -> Opening:
        """Hold `data`; return what a connection is that begins with all that is held."""
        self.held += data
        return recognize(self.held)
