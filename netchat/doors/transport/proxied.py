"""The door behind a proxy, which says first for whom it has connected (`haproxy:` endpoints).

The proxy is believed, so nobody else may reach the port.
"""

from __future__ import annotations

from ipaddress import IPv4Address
from typing import TYPE_CHECKING, Any

from twisted.internet import address
from twisted.internet.interfaces import IHalfCloseableProtocol
from twisted.internet.protocol import Protocol, ServerFactory, connectionDone
from zope.interface import implementer

from netchat.admission.pending_logins import eviction_grace_of, has_unread
from netchat.admission.policy import FULL, client_key, host_at, parse_host
from netchat.admission.rejection import CLOSE_TIME, Rejection
from netchat.dialects.text import dialect as text
from netchat.doors.transport.proxy_header import BadHeaderError, Header, read_header
from netchat.observability.connection_log import peer_name

if TYPE_CHECKING:
    from twisted.internet.interfaces import IAddress, IDelayedCall
    from twisted.python.failure import Failure

    from netchat.doors.line.factory import LineFactory
    from netchat.doors.line.protocol import LineProtocol
    from netchat.model.events import Closing


class ProxiedFactory(ServerFactory):
    """Opens a door of `factory` for every connection whose header has come."""

    noisy = False

    def __init__(self, factory: LineFactory) -> None:
        self.factory = factory

    def buildProtocol(self, addr: IAddress | None) -> Proxied | Rejection:
        """Return what waits for the header, on a connection from the proxy at `addr`."""
        closing = self.factory.no_place(host_at(addr))
        if closing is not None:
            return self.factory.refuse(addr, closing)
        return Proxied(self.factory, addr)


@implementer(IHalfCloseableProtocol)
class Proxied(Protocol):
    """A connection from the proxy at `addr`: its header, and then a door.

    The door has the transport itself, so that its writes are as direct as any other's.
    """

    def __init__(self, factory: LineFactory, addr: IAddress | None) -> None:
        self.key = client_key(host_at(addr))
        self._factory = factory
        self._proxy = addr
        self._start = b""
        self._door: LineProtocol | None = None
        self._over = False
        self._since = factory.clock.seconds()
        self._deadline: IDelayedCall | None = None

    def connectionMade(self) -> None:
        """Wait for the header as long as for a name."""
        self._factory.connection_opened(self)
        seconds = self._factory.take_login_time()
        if seconds:
            self._deadline = self._factory.clock.callLater(seconds, self._expire)

    def dataReceived(self, data: bytes) -> None:
        """Hand the door what comes behind the header."""
        if self._door is not None:
            self._door.dataReceived(data)
        elif not self._over:
            self._start += data
            try:
                header = read_header(self._start)
            except BadHeaderError as error:
                self._factory.connection_log.refused(peer_name(self._proxy), str(error))
                self._close()
            else:
                if header is not None:
                    self._announce(header)

    def readConnectionLost(self) -> None:
        """Pass on the end of the guest's input."""
        if self._door is not None:
            self._door.readConnectionLost()
        else:
            self._close()

    def writeConnectionLost(self) -> None:
        """Pass on that our half is closed."""
        if self._door is not None:
            self._door.writeConnectionLost()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Pass on that the connection is gone."""
        self._clear_deadline()
        if self._door is not None:
            self._door.connectionLost(reason)
        else:
            self._factory.connection_closed(self)

    @property
    def eviction_grace(self) -> float:
        """How many seconds it has in any case."""
        return eviction_grace_of(self.transport)

    @property
    def unread(self) -> bool:
        """Whether something has come that is not read yet."""
        return has_unread(self.transport)

    def evict(self) -> None:
        """Close for somebody else."""
        self._factory.connection_log.refused(peer_name(self._proxy), FULL.reason)
        self.abort()

    def disconnect(self, closing: Closing) -> None:
        """Close; nobody is there yet who could be told why."""
        self._close()

    def abort(self) -> None:
        """Close at once."""
        self._over = True
        transport: Any = self.transport
        transport.abortConnection()

    def _announce(self, header: Header) -> None:
        rest, self._start = self._start[header.length :], b""
        addr = self._proxy if header.source is None else _twisted(*header.source)
        closing = self._factory.admission.denial_for(host_at(addr))
        if closing is not None:
            self._factory.connection_log.refused(peer_name(addr), closing.reason)
            self._close(text.render(closing))
            return
        self._clear_deadline()
        door: Any = self._factory.door(addr, announced=header.source is not None)
        self._door = door
        self._factory.door_changed(self)
        self._factory.has_waited_since(self._since)
        door.makeConnection(self.transport)
        if rest:
            door.dataReceived(rest)

    def _close(self, last: bytes = b"") -> None:
        self._over = True
        self._clear_deadline()
        self._deadline = self._factory.clock.callLater(CLOSE_TIME, self._expire)
        transport: Any = self.transport
        if last:
            transport.write(last)
        transport.loseConnection()

    def _expire(self) -> None:
        self._deadline = None
        if not self._over:
            self._factory.connection_log.refused(peer_name(self._proxy), "no PROXY header in time")
        self.abort()

    def _clear_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


def _twisted(host: object, port: int) -> IAddress:
    """Return the address as Twisted has it; IPv4 in IPv6 is IPv4."""
    real = parse_host(str(host))
    kind = address.IPv4Address if isinstance(real, IPv4Address) else address.IPv6Address
    return kind("TCP", str(real), port)
