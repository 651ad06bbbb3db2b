"""One connection to the server, and how a dead one is detected."""

from __future__ import annotations

import socket
from typing import Any
from typing import Protocol as TypingProtocol

from twisted.internet.interfaces import ISystemHandle, ITCPTransport
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure

from netchat.client.conversation.decoder import Decoder

_KEEP_ALIVE = {"TCP_KEEPIDLE": 60, "TCP_KEEPINTVL": 20, "TCP_KEEPCNT": 3}
"""A server that does not answer any more is detected after two minutes instead of two hours."""
_USER_TIMEOUT = {"TCP_USER_TIMEOUT": 30_000}
"""Milliseconds: while sent bytes are unacknowledged, it is detected after 30 seconds."""


class ProtocolOwner(TypingProtocol):
    """What receives the events of a connection."""

    def connected(self, protocol: ClientProtocol) -> None:
        """Called when the connection is made."""

    def data_received(self, data: bytes) -> None:
        """Called with each piece of bytes from the server."""

    def disconnected(self, protocol: ClientProtocol, reason: Failure) -> None:
        """Called when the connection is lost."""


class ClientProtocol(Protocol):
    """One connection to the server; `problem` is set when the client itself aborts it.

    It is `silent` until the server has sent a byte.
    """

    transport: Any

    def __init__(self, owner: ProtocolOwner) -> None:
        self._owner = owner
        self.decoder = Decoder()
        self.problem: Exception | None = None
        self.silent = True

    def connectionMade(self) -> None:
        """Enable TCP keepalive, and report the connection to the owner."""
        if ITCPTransport.providedBy(self.transport):
            self.transport.setTcpNoDelay(True)
            self.transport.setTcpKeepAlive(True)
            _enable_keepalive(self.transport)
        self._owner.connected(self)

    def dataReceived(self, data: bytes) -> None:
        """Pass the bytes to the owner."""
        self.silent = False
        self._owner.data_received(data)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Report the loss to the owner."""
        self._owner.disconnected(self, reason)


def _enable_keepalive(transport: Any) -> None:
    # A TLS transport wraps the TCP transport.
    below = getattr(transport, "transport", transport)
    handle = below.getHandle() if ISystemHandle.providedBy(below) else None
    if isinstance(handle, socket.socket):
        for name, value in (_KEEP_ALIVE | _USER_TIMEOUT).items():
            if hasattr(socket, name):
                handle.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
