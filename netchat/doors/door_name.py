"""What a guest has come through, as the metrics and operators are told it."""

from __future__ import annotations

from twisted.internet.interfaces import IUNIXTransport

from netchat.admission.pending_logins import is_within_tls
from netchat.doors.connection.guest_connection import GuestConnection
from netchat.doors.web.websocket import WebSocketProtocol


def door_of(connection: GuestConnection) -> str:
    """Return what the client of `connection` has come through: one of DOORS."""
    if isinstance(connection, WebSocketProtocol):
        return "web"
    if connection.proxied is not None:
        return "proxy"
    if IUNIXTransport.providedBy(connection.transport):
        return "unix"
    return "tls" if is_within_tls(connection.transport) else "tcp"
