"""Connections through a proxy, which first sends a PROXY header with the client's address.

These are `haproxy:` endpoints. The header is trusted, so nothing but the proxy may reach the port.
"""

from __future__ import annotations

from ipaddress import IPv4Address
from typing import TYPE_CHECKING, Any, Protocol

from twisted.internet import address, protocol
from twisted.internet.interfaces import IHalfCloseableProtocol
from twisted.internet.protocol import ServerFactory, connectionDone
from zope.interface import implementer

from netchat.admission.pending_logins import eviction_grace_of, has_unread
from netchat.admission.policy import client_key, host_at, parse_host
from netchat.admission.rejection import CLOSE_TIME, Rejection
from netchat.doors.transport.proxy_header import BadHeaderError, Header, read_header
from netchat.doors.transport.tls_errors import log_tls_failure
from netchat.model.disconnects import SERVER_FULL
from netchat.observability.connection_log import peer_name

if TYPE_CHECKING:
    from twisted.internet.interfaces import IAddress, IDelayedCall, IProtocol
    from twisted.python.failure import Failure

    from netchat.admission.connections import Connections
    from netchat.admission.policy import Host
    from netchat.model.events import Closing
    from netchat.model.limits import Limits


class AdmittingFactory(Protocol):
    """The factory of a door, as far as a proxied connection needs it."""

    connections: Connections

    def denial_for(self, host: Host) -> Closing | None:
        """Return why a client at `host` is not admitted; None if it is."""

    def admit(self, addr: IAddress | None, *, behind_proxy: bool) -> IProtocol:
        """Return the protocol of a connection from `addr`; it can be half closed."""

    def rejection(self, denial: Closing, received: bytes) -> bytes:
        """Return what tells a client that has sent `received` why it is not admitted."""

    def reject(self, addr: IAddress | None, denial: Closing) -> Rejection:
        """Return a protocol that tells the client at `addr` why it is not admitted."""


class ProxiedFactory(ServerFactory):
    """Makes a protocol of `factory` for each connection whose PROXY header has arrived."""

    noisy = False

    def __init__(self, factory: AdmittingFactory) -> None:
        self.factory = factory

    def buildProtocol(self, addr: IAddress | None) -> ProxiedProtocol | Rejection:
        """Return a protocol that waits for the header from the proxy at `addr`."""
        denial = self.factory.connections.capacity_denial()
        if denial is not None:
            return self.factory.reject(addr, denial)
        return ProxiedProtocol(self.factory, addr)


@implementer(IHalfCloseableProtocol)
class ProxiedProtocol(protocol.Protocol):
    """A connection from the proxy at `addr`: reads the header, then passes all to a protocol.

    That protocol gets the transport itself, so that its writes are as direct as any other's.
    """

    def __init__(self, factory: AdmittingFactory, addr: IAddress | None) -> None:
        self.key = client_key(host_at(addr))
        self._factory = factory
        self._connections = factory.connections
        self._proxy = addr
        self._received = b""
        self._protocol: Any = None
        self._closing = False
        self._since = self._connections.clock.seconds()
        self._deadline: IDelayedCall | None = None

    def connectionMade(self) -> None:
        """Wait for the header, for the time of a login at most."""
        self._connections.add(self)
        seconds = self._connections.take_login_time()
        if seconds:
            self._deadline = self._connections.clock.callLater(seconds, self._expire)

    def dataReceived(self, data: bytes) -> None:
        """Read the header, and pass on what follows it."""
        if self._protocol is not None:
            self._protocol.dataReceived(data)
        elif not self._closing:
            self._received += data
            try:
                header = read_header(self._received)
            except BadHeaderError as error:
                self._connections.log.refused(peer_name(self._proxy), str(error))
                self._close()
            else:
                if header is not None:
                    self._header_received(header)

    def readConnectionLost(self) -> None:
        """Pass on the end of the client's input."""
        if self._protocol is not None:
            self._protocol.readConnectionLost()
        else:
            self._close()

    def writeConnectionLost(self) -> None:
        """Pass on that the server's half is closed."""
        if self._protocol is not None:
            self._protocol.writeConnectionLost()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Pass on that the connection is closed."""
        self._clear_deadline()
        if self._protocol is not None:
            self._protocol.connectionLost(reason)
        else:
            log_tls_failure(self._connections.log, self._proxy, self.transport, reason)
            self._connections.remove(self)

    def replace_protocol(self, replacement: IProtocol) -> None:
        """Pass everything on to `replacement` from now on."""
        self._protocol = replacement

    @property
    def eviction_grace(self) -> float:
        """The grace period of this kind of transport, in seconds (PendingLogin)."""
        return eviction_grace_of(self.transport)

    @property
    def unread(self) -> bool:
        """Whether something has arrived that has not been read yet."""
        return has_unread(self.transport)

    def apply_limits(self, limits: Limits) -> None:
        """Keep the deadline that is running; nothing else here depends on limits."""

    def evict(self) -> None:
        """Close in favour of another connection."""
        self._connections.log.refused(peer_name(self._proxy), SERVER_FULL.reason)
        self.abort()

    def disconnect(self, closing: Closing) -> None:
        """Close without a sentence: the proxy has not sent anything for a client yet."""
        self._close()

    def abort(self) -> None:
        """Drop the connection."""
        self._closing = True
        transport: Any = self.transport
        transport.abortConnection()

    def _header_received(self, header: Header) -> None:
        rest, self._received = self._received[header.length :], b""
        addr = self._proxy if header.source is None else _twisted_address(*header.source)
        denial = self._factory.denial_for(host_at(addr))
        if denial is not None:
            self._connections.log.refused(peer_name(addr), denial.reason)
            self._close(self._factory.rejection(denial, rest))
            return
        self._clear_deadline()
        self._protocol = self._factory.admit(addr, behind_proxy=header.source is not None)
        self._connections.hand_over(self)
        self._connections.set_login_start(self._since)
        self._protocol.makeConnection(self.transport)
        if rest:
            self._protocol.dataReceived(rest)

    def _close(self, last: bytes = b"") -> None:
        self._closing = True
        self._clear_deadline()
        self._deadline = self._connections.clock.callLater(CLOSE_TIME, self._expire)
        transport: Any = self.transport
        if last:
            transport.write(last)
        transport.loseConnection()

    def _expire(self) -> None:
        self._deadline = None
        if not self._closing:
            self._connections.log.refused(peer_name(self._proxy), "no PROXY header in time")
        self.abort()

    def _clear_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


def _twisted_address(host: object, port: int) -> IAddress:
    """Return the address as Twisted has it; IPv4 in IPv6 is IPv4."""
    real = parse_host(str(host))
    kind = address.IPv4Address if isinstance(real, IPv4Address) else address.IPv6Address
    return kind("TCP", str(real), port)
