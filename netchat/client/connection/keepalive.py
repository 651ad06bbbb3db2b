"""TCP keepalive: detect a server, or a proxy before it, that does not answer any more."""

from __future__ import annotations

import socket
from typing import Any

from twisted.internet.interfaces import ISystemHandle, ITCPTransport

_KEEP_ALIVE = {"TCP_KEEPIDLE": 60, "TCP_KEEPINTVL": 20, "TCP_KEEPCNT": 3}
"""A server that does not answer any more is detected after two minutes instead of two hours."""
_USER_TIMEOUT = {"TCP_USER_TIMEOUT": 30_000}
"""Milliseconds: while sent bytes are unacknowledged, it is detected after 30 seconds."""


def enable_keepalive(transport: Any) -> None:
    """Set the socket options of the TCP connection `transport`, if it is one; TLS may wrap it."""
    if not ITCPTransport.providedBy(transport):
        return
    transport.setTcpNoDelay(True)
    transport.setTcpKeepAlive(True)
    below = getattr(transport, "transport", transport)
    handle = below.getHandle() if ISystemHandle.providedBy(below) else None
    if isinstance(handle, socket.socket):
        for name, value in (_KEEP_ALIVE | _USER_TIMEOUT).items():
            if hasattr(socket, name):
                handle.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
