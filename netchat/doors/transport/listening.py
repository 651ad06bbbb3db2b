"""Listening ports: connections that send directly, a long backlog, and admission."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twisted.internet import tcp, unix

from netchat.admission.acceptor import Acceptor
from netchat.doors.transport.direct import DirectServer, DirectUnixServer
from netchat.doors.transport.twisted_internals import PortInternals

if TYPE_CHECKING:
    from twisted.internet.interfaces import IListeningPort, IProtocolFactory

    from netchat.admission.acceptor import Clients
    from netchat.admission.connections import Connections

BACKLOG = 4096
"""How many connections may wait to be accepted.

When many clients reconnect at once, one that finds no place in the backlog tries again after a
second, and then after two more; Twisted's default is 50.
"""


def tune_port(port: IListeningPort) -> None:
    """Have `port` make direct connections, and lengthen its backlog."""
    if isinstance(port, tcp.Port):
        internals = PortInternals(port)
        internals.set_backlog(BACKLOG)
        internals.replace_connection_class(tcp.Server, DirectServer)
        internals.replace_connection_class(unix.Server, DirectUnixServer)


def guard_port(
    port: object, connections: Connections, factory: IProtocolFactory, clients: Clients
) -> None:
    """Have `port`, on which `factory` listens, accept only connections for which there is room.

    A port that is neither TCP nor unix accepts all; the factory then rejects the newest.
    """
    if isinstance(port, tcp.Port):
        internals = PortInternals(port)
        # Within TLS the port has another factory, which wraps this one.
        plain = internals.factory is factory
        internals.socket = Acceptor(internals, internals.socket, connections, clients, plain=plain)
