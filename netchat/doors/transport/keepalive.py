"""TCP keepalive: the kernel probes silent clients, and drops those that do not answer.

When a network is cut, a laptop sleeps or a container is frozen, the connection is not closed, and
would stay open for ever. Probes of the kernel cost no timer and no line, every client answers them,
and the kernel knows what was acknowledged.

Source: RFC 9293 section 3.8.4 (keep-alives), RFC 5482 (user timeout), tcp(7).
"""

from __future__ import annotations

import math
import socket
from typing import TYPE_CHECKING, Any

from twisted.internet.interfaces import ISystemHandle, ITCPTransport, IUNIXTransport

if TYPE_CHECKING:
    from netchat.model.limits import ConnectionLimits

PROBES = 3
"""How many probes the kernel sends before it gives up."""


def tune_connection(transport: Any, limits: ConnectionLimits) -> None:
    """Have the kernel send every line at once, and enable its keepalive, if `transport` is TCP."""
    # Twisted's unix transports provide ITCPTransport as well.
    if ITCPTransport.providedBy(transport) and not IUNIXTransport.providedBy(transport):
        transport.setTcpNoDelay(True)
        enable_keepalive(transport, limits)


def enable_keepalive(transport: Any, limits: ConnectionLimits) -> None:
    """Have the kernel drop `transport`, if it is TCP, when its client is unreachable.

    The kernel probes after `limits.ping_after` silent seconds, and drops the connection after
    `limits.gone_after` seconds without an answer, or with data that is not acknowledged or does not
    fit into the client's window. The kernel counts whole seconds, and may take one or two more.
    Options that a system lacks are left out.
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
    interval = max(1, int(patience / PROBES))
    handle.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    _set(handle, "TCP_KEEPIDLE", math.ceil(limits.ping_after))
    _set(handle, "TCP_KEEPINTVL", interval)
    _set(handle, "TCP_KEEPCNT", math.ceil(patience / interval))
    _set(handle, "TCP_USER_TIMEOUT", math.ceil(limits.gone_after * 1000))


def _set(handle: socket.socket, option: str, value: int) -> None:
    number = getattr(socket, option, None)
    if number is not None:
        # The kernel refuses values that are too large: more than 32767 s, or 127 probes.
        handle.setsockopt(socket.IPPROTO_TCP, number, min(value, _MOST.get(option, 2**31 - 1)))


_MOST = {"TCP_KEEPIDLE": 32767, "TCP_KEEPINTVL": 32767, "TCP_KEEPCNT": 127}
"""Source: Linux, include/net/tcp.h, MAX_TCP_KEEPIDLE and so on."""
