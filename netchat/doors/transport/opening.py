"""What a connection begins with: an HTTP request line, the version of SSH, or anything else.

Pure: no I/O. Source: RFC 9112 section 3 (request line); RFC 4253 section 4.2 (version).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from enum import Enum, auto

from twisted.internet.interfaces import IAddress
from twisted.internet.protocol import Protocol

MAX_REQUEST_LINE = 8192
"""The longest request line that is waited for, in bytes."""
_METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "CONNECT")
_STARTS = tuple(f"{method} ".encode() for method in _METHODS)
_VERSIONS = (b"SSH-2.0-", b"SSH-1.99-")
_REQUEST_LINE = re.compile(rb"(?:%s)[!-~]+ HTTP/1\.[0-9]\r?\n" % b"|".join(_STARTS))


class Opening(Enum):
    """What the first bytes of a connection are."""

    HTTP = auto()
    SSH = auto()
    LINE = auto()
    UNDECIDED = auto()
    """They may become a request line or a version, once the rest of it has arrived."""


def recognize(data: bytes) -> Opening:
    """Return what a connection is that begins with `data`, which is not empty."""
    if data.startswith(_VERSIONS):
        return Opening.SSH
    begins = data.startswith(_STARTS)
    if begins and _REQUEST_LINE.match(data):
        return Opening.HTTP
    is_whole = b"\n" in data or len(data) > MAX_REQUEST_LINE
    if not is_whole and (begins or any(one.startswith(data) for one in (*_STARTS, *_VERSIONS))):
        return Opening.UNDECIDED
    return Opening.LINE


Doors = Mapping[Opening, Callable[[IAddress | None], Protocol]]
"""What makes the protocol that takes over a connection, by what that begins with; the argument is
the client's address if a proxy has told it."""


class Beginning:
    """What a client has sent while it may begin as those do for whom there is a door in `doors`."""

    __slots__ = ("_doors", "held")

    def __init__(self, doors: Doors) -> None:
        self._doors = doors
        self.held = b""

    def take(self, data: bytes) -> Opening:
        """Hold `data`; return what a connection is that begins with all that is held."""
        self.held += data
        opening = recognize(self.held)
        return opening if opening in (*self._doors, Opening.UNDECIDED) else Opening.LINE

    def leads_to(self, opening: Opening) -> bool:
        """Return whether there is a door for `opening`."""
        return opening in self._doors

    def open(self, opening: Opening, proxied: IAddress | None) -> Protocol:
        """Return the protocol that takes over; `proxied` is the client's address if told."""
        return self._doors[opening](proxied)
