"""One connection to the server: the socket options for keepalive."""

from __future__ import annotations

import socket
from typing import Any

import pytest
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.tcp import Connection
from twisted.internet.testing import MemoryReactorClock
from twisted.protocols.policies import ProtocolWrapper, WrappingFactory

from netchat.client.connection.protocol import ClientProtocol


class ProtocolOwner:
    """Owns a connection, and does nothing with it."""

    def connected(self, protocol: ClientProtocol) -> None: ...

    def data_received(self, data: bytes) -> None: ...

    def disconnected(self, protocol: ClientProtocol, reason: Any) -> None: ...


@pytest.mark.parametrize("wrapped", [False, True], ids=["TCP", "below something else, as TLS is"])
def test_a_server_that_died_without_closing_is_detected_in_two_minutes(wrapped: bool) -> None:
    protocol: Any = ClientProtocol(ProtocolOwner())
    if wrapped:
        factory: Any = Factory()
        protocol = ProtocolWrapper(WrappingFactory(factory), protocol)
    with socket.socket() as end:
        protocol.makeConnection(Connection(end, Protocol(), MemoryReactorClock()))
        assert end.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        assert end.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        idle, interval, count = (
            end.getsockopt(socket.IPPROTO_TCP, option)
            for option in (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT)
        )
        assert idle + interval * count == 120
