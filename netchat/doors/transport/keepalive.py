"""A peer who is gone without a word: the kernel asks him whether he is still there.

A network that is cut, a laptop that sleeps, a container that is frozen: nobody says goodbye, and a
connection would stand for ever. The kernel asks better than we could: it costs no timer and no
line, an old client answers as well, and it knows what was acknowledged.

Source: RFC 9293 section 3.8.4 (keep-alives), RFC 5482 (user timeout), tcp(7).
"""

from __future__ import annotations

import math
import socket
from typing import TYPE_CHECKING, Any

from twisted.internet.interfaces import ISystemHandle, ITCPTransport

if TYPE_CHECKING:
    from netchat.model.limits import ConnectionLimits

QUESTIONS = 3
"""How often the kernel asks before it gives up."""


def enable_keepalive(transport: Any, limits: ConnectionLimits) -> None:
    """Have the kernel drop `transport`, if it is TCP, when nobody is at its other end any more.

    After `limits.ping_after` silent seconds he is asked, and after `limits.gone_after` without an
    answer he is gone; so is who leaves what he was sent unacknowledged, or untaken, for so long.
    Seconds are whole ones to the kernel, and it may take one or two more. What a system lacks of
    this is left out.
    """
    if not (limits.ping_after and limits.gone_after and ITCPTransport.providedBy(transport)):
        return
    # Below TLS there is a TCP transport, which has the socket.
    while hasattr(transport, "transport"):
        transport = transport.transport
    handle = transport.getHandle() if ISystemHandle.providedBy(transport) else None
    if not isinstance(handle, socket.socket) or handle.family == socket.AF_UNIX:
        return
    patience = max(1.0, limits.gone_after - limits.ping_after)
    interval = max(1, int(patience / QUESTIONS))
    handle.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    _set(handle, "TCP_KEEPIDLE", math.ceil(limits.ping_after))
    _set(handle, "TCP_KEEPINTVL", interval)
    _set(handle, "TCP_KEEPCNT", math.ceil(patience / interval))
    _set(handle, "TCP_USER_TIMEOUT", math.ceil(limits.gone_after * 1000))


def _set(handle: socket.socket, option: str, value: int) -> None:
    number = getattr(socket, option, None)
    if number is not None:
        # The kernel refuses what it finds too long: a day, or 127 questions.
        handle.setsockopt(socket.IPPROTO_TCP, number, min(value, _MOST.get(option, 2**31 - 1)))


_MOST = {"TCP_KEEPIDLE": 32767, "TCP_KEEPINTVL": 32767, "TCP_KEEPCNT": 127}
"""Source: Linux, include/net/tcp.h, MAX_TCP_KEEPIDLE and so on."""
