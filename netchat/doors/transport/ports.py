"""The reactor that endpoints listen on: sockets are made as their endpoint strings say.

Twisted's `tcp6:` takes IPv4 as well where the system lets it, and then `tcp:` cannot have the same
port; here an IPv6 socket takes IPv6 only (RFC 3493, IPV6_V6ONLY). Twisted's lock of a unix socket
asks whether a process id is in use; here it is `SocketLock`.
"""

from __future__ import annotations

import socket
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

from twisted.internet import tcp
from twisted.internet.error import CannotListenError
from twisted.internet.posixbase import PosixReactorBase

from netchat.doors.transport.twisted_internals import release_at_close
from netchat.doors.transport.unix import SocketLock, has_file

if TYPE_CHECKING:
    from twisted.internet.interfaces import IListeningPort, IProtocolFactory


class ListeningReactor:
    """Listens with `reactor`, but makes the sockets of TCP over IPv6 and of unix paths itself."""

    def __init__(self, reactor: Any) -> None:
        self._reactor = reactor

    def __getattr__(self, name: str) -> Any:
        return getattr(self._reactor, name)

    def listenTCP(  # noqa: N802  # Twisted defines the names
        self, port: int, factory: IProtocolFactory, backlog: int = 50, interface: str = ""
    ) -> IListeningPort:
        """Listen on `port`; if `interface` is every IPv6 address, take no IPv4."""
        # A reactor in memory has no sockets.
        if not (isinstance(self._reactor, PosixReactorBase) and _is_all_of_ipv6(interface)):
            listening: IListeningPort = self._reactor.listenTCP(port, factory, backlog, interface)
            return listening
        made = _Ipv6OnlyPort(port, factory, backlog, interface, self._reactor)
        made.startListening()
        return made

    def listenSSL(  # noqa: N802
        self,
        port: int,
        factory: IProtocolFactory,
        contextFactory: Any,  # noqa: N803
        backlog: int = 50,
        interface: str = "",
    ) -> IListeningPort:
        """Do the same as `listenTCP`, for TLS."""
        if not (isinstance(self._reactor, PosixReactorBase) and _is_all_of_ipv6(interface)):
            listening: IListeningPort = self._reactor.listenSSL(
                port, factory, contextFactory, backlog, interface
            )
            return listening
        from twisted.protocols.tls import TLSMemoryBIOFactory

        secure = TLSMemoryBIOFactory(contextFactory, False, factory)
        return self.listenTCP(port, secure, backlog, interface)

    def listenUNIX(  # noqa: N802
        self,
        address: Any,
        factory: IProtocolFactory,
        backlog: int = 50,
        mode: int = 0o666,
        wantPID: bool = False,  # noqa: N803
    ) -> IListeningPort:
        """Listen at the path `address`, and hold a lock for as long, whatever `wantPID` says."""
        path = str(address)
        listen = self._reactor.listenUNIX
        if not (isinstance(self._reactor, PosixReactorBase) and has_file(path)):
            listening: IListeningPort = listen(address, factory, backlog, mode)
            return listening
        try:
            lock = SocketLock(path)
        except OSError as error:
            raise CannotListenError(None, path, error) from error
        try:
            made: IListeningPort = listen(address, factory, backlog, mode)
        except BaseException:
            lock.unlock()
            raise
        release_at_close(made, lock)
        return made


class _Ipv6OnlyPort(tcp.Port):
    """A port that takes connections over IPv6 only."""

    def createInternetSocket(self) -> socket.socket:  # noqa: N802
        """Return a socket that leaves the port free for IPv4."""
        made: socket.socket = super().createInternetSocket()  # type: ignore[no-untyped-call]
        made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        return made


def _is_all_of_ipv6(interface: str) -> bool:
    try:
        address = ip_address(interface)
    except ValueError:
        return False
    return address.version == 6 and address.is_unspecified
