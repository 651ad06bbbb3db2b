"""Accepts connections on a port, and rejects those for which there is no room.

A Twisted port accepts on its `socket`. An `Acceptor` takes the place of that socket, and returns
only connections that are to be served. A rejection costs four system calls and no objects, so a
flood of connections costs the guests little.
"""

from __future__ import annotations

import errno
from contextlib import suppress
from copy import copy
from dataclasses import dataclass
from socket import MSG_DONTWAIT, MSG_NOSIGNAL
from typing import TYPE_CHECKING, Any

from netchat.admission.descriptors import (
    RESERVE,
    RESERVE_LOCAL,
    ReserveDescriptor,
    is_readable,
    is_scarce,
    quarter,
)
from netchat.admission.pending_connections import Accepted, PendingConnections
from netchat.admission.policy import client_key, is_local, parse_host
from netchat.dialects.text import dialect as text
from netchat.model.disconnects import SERVER_FULL

if TYPE_CHECKING:
    from collections.abc import Callable
    from socket import socket

    from netchat.admission.connections import Connections
    from netchat.admission.pending_connections import AcceptingPort
    from netchat.admission.policy import Host
    from netchat.model.events import Closing

MAX_PER_TURN = 100
"""How many connections are rejected or made to wait in one turn of the reactor."""
MAX_PENDING = 1024
"""How many connections may be pending, if there are file descriptors for four times as many."""
NO_DESCRIPTOR = copy(SERVER_FULL)
"""The denial of a connection for which there is no descriptor; its client is told the same."""
PAUSE = 1.0
"""Seconds for which nothing is accepted when the system itself has run out of resources."""
_NONE_WAITS = (errno.EAGAIN, errno.EWOULDBLOCK)
_TRY_NEXT = (errno.ECONNABORTED, errno.EPERM, errno.EINTR)
_SHORTAGE = (errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)


@dataclass(frozen=True, slots=True)
class Clients:
    """What the clients of a port are."""

    behind_proxy: bool = False
    """Whether a PROXY header tells the address of each."""
    are_guests: bool = True
    """Whether each counts as a guest, until it turns out to be a browser."""
    with_browsers: bool = False
    """Whether there are browsers among them."""


class Acceptor:
    """Takes the place of `listening`, the listening socket of `port`.

    `plain` tells whether bytes that are sent on an accepted socket are what the client reads; they
    are not within TLS.
    """

    def __init__(
        self,
        port: AcceptingPort,
        listening: socket,
        connections: Connections,
        clients: Clients,
        *,
        plain: bool,
    ) -> None:
        self._socket = listening
        self._port = port
        self._connections = connections
        self._plain = plain
        self._clients = clients
        self._reserve = ReserveDescriptor()
        self._prompts = plain and not clients.behind_proxy
        self._pending = PendingConnections(
            port, connections, self._reject, serve_silent=self._prompts
        )

    def __getattr__(self, name: str) -> Any:
        """Return an attribute of the socket."""
        return getattr(self._socket, name)

    def close(self) -> None:
        """Close the socket and the reserve descriptor."""
        self._pending.close()
        self._reserve.release()
        self._socket.close()

    def accept(self) -> Accepted:
        """Return a connection to serve and its address.

        BlockingIOError: there is none for now.
        """
        if (pending := self._pending.next()) is not None:
            return pending
        for _ in range(MAX_PER_TURN):
            if not self._has_room():
                break
            accepted = self._accept()
            if accepted is None:
                continue
            denial = self._denial_for(*accepted)
            if self._is_served_now(accepted, denial):
                return accepted
            if denial is not None:
                self._reject(accepted, denial)
            else:
                self._pending.add(accepted, client_key(_host(accepted.address)))
        raise BlockingIOError(errno.EAGAIN, "no further connection is served for now")

    def _is_served_now(self, accepted: Accepted, denial: Closing | None) -> bool:
        """Return whether a protocol is made for `accepted`, which has sent nothing, if only to
        tell its client the `denial`."""
        if denial is not None:
            # Within TLS the sentence takes a Twisted connection, and a browser gets a page; only a
            # few may exist for that.
            told = denial is not NO_DESCRIPTOR and (not self._plain or self._clients.with_browsers)
            return told and self._connections.can_reject(_host(accepted.address))
        if not self._clients.are_guests:
            return True
        limit = self._connections.limits.admission.max_nameless
        key = client_key(_host(accepted.address))
        return self._prompts and self._connections.pending_logins.try_admit(limit, key)

    def _has_room(self) -> bool:
        """Return whether a connection may be accepted; if not, and one waits, pause the port."""
        limit = self._connections.limits.admission.max_nameless
        pending = self._connections.pending_connections
        if (
            not limit
            or not self._clients.are_guests
            or (self._prompts and self._connections.pending_logins.count < limit)
        ):
            return True
        max_pending = quarter(MAX_PENDING)
        if pending.count < max_pending or not is_readable(self._socket.fileno()):
            return True
        if pending.try_admit(max_pending):
            return True
        self._pause(pending.when_room)
        return False

    def _accept(self) -> Accepted | None:
        """Return the next connection; None: it is gone, and there may be another."""
        try:
            return Accepted(*self._socket.accept())
        except OSError as error:
            if error.errno in _TRY_NEXT:
                return None
            if error.errno == errno.EMFILE and self._reserve.release():
                self._reject_with_reserve()
                return None
            if error.errno not in (errno.EMFILE, *_SHORTAGE):
                raise
            self._pause_for(error)
            raise BlockingIOError(errno.EAGAIN, "the system has run out") from error

    def _reject_with_reserve(self) -> None:
        """Accept one connection with the reserve descriptor, and reject it."""
        try:
            self._connections.evict_http()
            self._reject(Accepted(*self._socket.accept()), NO_DESCRIPTOR)
        except OSError as error:
            if error.errno in _NONE_WAITS:
                raise
            self._pause_for(error)
            raise BlockingIOError(errno.EAGAIN, "the system has run out") from error
        finally:
            self._reserve.acquire()

    def _denial_for(self, connection: socket, address: Any) -> Closing | None:
        policy = self._connections.policy
        host = _host(address)
        # The last descriptors for connections are left to the health check, which is local.
        reserve = RESERVE_LOCAL if is_local(host) else RESERVE
        if is_scarce(connection.fileno(), reserve) and not self._connections.evict_http():
            return NO_DESCRIPTOR
        denial = None
        if not self._clients.behind_proxy:
            denial = policy.denial_for(host, as_guest=self._clients.are_guests)
        if not self._clients.are_guests:
            return denial
        if denial is None and policy.is_full and not is_local(host):
            return SERVER_FULL
        return denial

    def _reject(self, accepted: Accepted, closing: Closing) -> None:
        connection, address = accepted
        self._connections.log.refused(_peer(address), closing.reason)
        with suppress(OSError):
            # Unread input would reset the connection on close, and the sentence would be lost.
            connection.recv(65536, MSG_DONTWAIT)
        with suppress(OSError):
            if self._plain:
                connection.send(text.render(closing), MSG_DONTWAIT | MSG_NOSIGNAL)
        connection.close()

    def _pause_for(self, error: OSError) -> None:
        """Stop accepting for a while: the port would be reported as readable all the time."""
        self._connections.log.accept_failed(errno.errorcode[error.errno or 0])
        self._pause(lambda call: self._connections.clock.callLater(PAUSE, call))

    def _pause(self, schedule: Callable[[Callable[[], None]], object]) -> None:
        self._port.pause()
        schedule(self._resume)

    def _resume(self) -> None:
        if self._port.is_open:
            self._port.resume()


def _host(address: Any) -> Host:
    """Return the host at `address`, as a socket returns it."""
    return parse_host(address[0]) if isinstance(address, tuple) else None


def _peer(address: Any) -> str:
    return f"({address[0]}, {address[1]})" if isinstance(address, tuple) else "(unix)"
