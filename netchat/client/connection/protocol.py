"""One connection to the server, and how it is noticed that it is gone."""

from __future__ import annotations

import socket
from typing import Any
from typing import Protocol as TypingProtocol

from twisted.internet.interfaces import ISystemHandle, ITCPTransport
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure

from netchat.client.conversation.decoder import Decoder

_KEEP_ALIVE = {"TCP_KEEPIDLE": 60, "TCP_KEEPINTVL": 20, "TCP_KEEPCNT": 3}
"""A server that is gone without a word is noticed after two minutes, not after two hours."""
_USER_TIMEOUT = {"TCP_USER_TIMEOUT": 30_000}
"""Milliseconds: with something said that does not arrive, it is noticed after 30 seconds."""


class ProtocolOwner(TypingProtocol):
    """Whoever holds the line."""

    def connected(self, protocol: ClientProtocol) -> None:
        """Learn that there is a connection."""

    def data_received(self, data: bytes) -> None:
        """Take what the server sent."""

    def disconnected(self, protocol: ClientProtocol, reason: Failure) -> None:
        """Learn that the connection is gone."""


class ClientProtocol(Protocol):
    """One connection to the server; `complaint` is set if we are the ones who give it up.

    It is `silent` until the server has said a byte.
    """

    transport: Any

    def __init__(self, owner: ProtocolOwner) -> None:
        self._owner = owner
        self.decoder = Decoder()
        self.problem: Exception | None = None
        self.silent = True

    def connectionMade(self) -> None:
        """Tell the holder, with the line kept alive by the kernel."""
        if ITCPTransport.providedBy(self.transport):
            self.transport.setTcpNoDelay(True)
            self.transport.setTcpKeepAlive(True)
            _enable_keepalive(self.transport)
        self._owner.connected(self)

    def dataReceived(self, data: bytes) -> None:
        """Pass on what the server sent."""
        self.silent = False
        self._owner.data_received(data)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Tell the holder."""
        self._owner.disconnected(self, reason)


def _enable_keepalive(transport: Any) -> None:
    # Below TLS there is a TCP transport.
    below = getattr(transport, "transport", transport)
    handle = below.getHandle() if ISystemHandle.providedBy(below) else None
    if isinstance(handle, socket.socket):
        for name, value in (_KEEP_ALIVE | _USER_TIMEOUT).items():
            if hasattr(socket, name):
                handle.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
