"""TCP to the server: its host is looked up as the system does for every other program.

Twisted's own lookup has two faults: it refuses names that are not valid in IDNA, such as Docker's
with underscores, and it drops the zone of a link-local address (RFC 4007 section 11), without which
the system cannot connect.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import HostnameEndpoint
from twisted.internet.interfaces import (
    IAddress,
    IHostnameResolver,
    IHostResolution,
    IProtocol,
    IProtocolFactory,
    IResolutionReceiver,
    IStreamClientEndpoint,
)
from twisted.internet.threads import deferToThreadPool
from zope.interface import implementer

from netchat.client.connection.address import Address

_ANY_NAME = "::1"
"""Not looked up. Twisted loads the tables of IDNA (RFC 5891), a megabyte, for any other text."""

InThread = Callable[[Callable[[], list[IAddress]]], Deferred[list[IAddress]]]


def tcp_endpoint(reactor: Any, address: Address) -> IStreamClientEndpoint:
    """Return the TCP endpoint of `address`, whose host is looked up at each attempt.

    `reactor` must be that of a program with one connection at a time: at each attempt its lookups
    become those of `address`.
    """
    in_thread = partial(deferToThreadPool, reactor, reactor.getThreadPool())
    return _TcpEndpoint(reactor, address, in_thread)


def look_up(address: Address) -> list[IAddress]:
    """Return the IP addresses of `address`, in the system's order of preference; none if none."""
    try:
        found = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError):
        return []
    return [_ip_address(family, place) for family, _, _, _, place in found]


@implementer(IStreamClientEndpoint)
class _TcpEndpoint:
    def __init__(self, reactor: Any, address: Address, in_thread: InThread) -> None:
        self._reactor = reactor
        self._resolver = ServerResolver(address, in_thread)
        reactor.installNameResolver(self._resolver)
        self._endpoint = HostnameEndpoint(reactor, _ANY_NAME, address.port)

    def connect(self, factory: IProtocolFactory) -> Deferred[IProtocol]:
        # HostnameEndpoint takes the resolver that the reactor has then.
        self._reactor.installNameResolver(self._resolver)
        return self._endpoint.connect(factory)


@implementer(IHostnameResolver)
class ServerResolver:
    """Looks up `address`, whatever name it is asked for.

    `in_thread` calls a function in a thread, because a lookup blocks.
    """

    def __init__(self, address: Address, in_thread: InThread) -> None:
        self._address = address
        self._in_thread = in_thread

    def resolveHostName(  # noqa: N802  # Twisted's names
        self,
        resolutionReceiver: IResolutionReceiver,  # noqa: N803
        hostName: str,  # noqa: N803
        portNumber: int = 0,  # noqa: N803
        addressTypes: Sequence[type[IAddress]] | None = None,  # noqa: N803
        transportSemantics: str = "TCP",  # noqa: N803
    ) -> IHostResolution:
        """Tell `resolutionReceiver` the IP addresses, none if the host is unknown."""
        resolution = _Resolution(hostName)
        resolutionReceiver.resolutionBegan(resolution)

        def report(addresses: list[IAddress]) -> None:
            for address in addresses:
                resolutionReceiver.addressResolved(address)
            resolutionReceiver.resolutionComplete()

        self._in_thread(partial(look_up, self._address)).addCallback(report)
        return resolution


@implementer(IHostResolution)
class _Resolution:
    def __init__(self, name: str) -> None:
        self.name = name

    def cancel(self) -> None:
        """Do nothing: a lookup of the system cannot be cancelled."""


def _ip_address(family: int, place: tuple[Any, ...]) -> IAddress:
    if family == socket.AF_INET:
        return IPv4Address("TCP", *place)
    host, port, _, zone = place
    return IPv6Address("TCP", f"{host}%{zone}" if zone else host, port)
