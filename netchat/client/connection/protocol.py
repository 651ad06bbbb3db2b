"""One connection to the server."""

from __future__ import annotations

from typing import Any
from typing import Protocol as TypingProtocol

from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure

from netchat.client.connection.keepalive import enable_keepalive
from netchat.client.conversation.decoder import Decoder


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
        enable_keepalive(self.transport)
        self._owner.connected(self)

    def dataReceived(self, data: bytes) -> None:
        """Pass the bytes to the owner."""
        self.silent = False
        self._owner.data_received(data)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Report the loss to the owner."""
        self._owner.disconnected(self, reason)
