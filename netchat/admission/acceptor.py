"""Where connections are accepted, or turned away before anything is made for them.

A port of Twisted's accepts on its `socket`; here that is a Acceptor, which hands over only whom
there is room for. Turning somebody away is four system calls, so a flood costs the others little.
"""

from __future__ import annotations

import errno
from contextlib import suppress
from socket import MSG_DONTWAIT, MSG_NOSIGNAL
from typing import TYPE_CHECKING, Any

from twisted.internet import tcp

from netchat.admission.descriptors import (
    RESERVE,
    RESERVE_LOCAL,
    ReserveDescriptor,
    is_readable,
    is_scarce,
    quarter,
)
from netchat.admission.pending_connections import Accepted, PendingConnections
from netchat.admission.policy import FULL, client_key, is_local, parse_host
from netchat.dialects.text import dialect as text

if TYPE_CHECKING:
    from collections.abc import Callable
    from socket import socket

    from twisted.internet.interfaces import IReactorTime

    from netchat.admission.policy import Host
    from netchat.doors.line.factory import LineFactory
    from netchat.model.events import Closing

LOOKED_AT_A_TURN = 100
"""How many are turned away, or told to wait, before the others have their turn."""
MAX_PENDING = 1024
"""How many may wait in the pending_connections, if there are descriptors for many more."""
PAUSE = 1.0
"""Seconds for which nobody is accepted when the system itself has run out."""
_NOBODY = (errno.EAGAIN, errno.EWOULDBLOCK)
_NEXT = (errno.ECONNABORTED, errno.EPERM, errno.EINTR)
_SHORTAGE = (errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)


class Acceptor:
    """A listening socket, in the place of `port.socket`.

    `factory` tells who may come in. `bare` tells whether bytes that are sent at once are what the
    guest reads, as they are not within TLS; `announced`, whether a proxy tells the address later.
    """

    def __init__(
        self, port: tcp.Port, factory: LineFactory, *, bare: bool, announced: bool
    ) -> None:
        self._socket: socket = port.socket
        self._port = port
        self._factory = factory
        self._clock: IReactorTime = factory.clock
        self._bare = bare
        self._announced = announced
        self._reserve = ReserveDescriptor()
        self._asks = bare and not announced
        self._pending = PendingConnections(port, factory, self._turn_away, asked=self._asks)
        port.socket = self

    def __getattr__(self, name: str) -> Any:
        """Be the socket in all else."""
        return getattr(self._socket, name)

    def close(self) -> None:
        """Close the socket, and let go of what is spare."""
        self._pending.close()
        self._reserve.give()
        self._socket.close()

    def accept(self) -> Accepted:
        """Return who may come in, and his address; BlockingIOError: nobody, for now."""
        if (pending := self._pending.next()) is not None:
            return pending
        for _ in range(LOOKED_AT_A_TURN):
            if not self._has_room():
                break
            accepted = self._accept()
            if accepted is None:
                continue
            closing = self._refusal(*accepted)
            if self._is_next(accepted, closing):
                return accepted
            if closing is not None:
                self._turn_away(accepted, closing)
            else:
                self._pending.take(accepted, client_key(_host(accepted.address)))
        raise BlockingIOError(errno.EAGAIN, "nobody else is let in for now")

    def _is_next(self, accepted: Accepted, closing: Closing | None) -> bool:
        """Return whether `accepted`, who has said nothing, may go on to the door, or the
        rejection."""
        if closing is not None:
            # Within TLS it takes a connection to say why, which a few may have.
            return not self._bare and closing is not FULL and self._factory.can_send_rejection
        limit = self._factory.admission.limits.max_nameless
        key = client_key(_host(accepted.address))
        return self._asks and self._factory.pending_logins.try_admit(limit, key)

    def _has_room(self) -> bool:
        """Return whether one more may come, if there is one; or leave them to the kernel."""
        limit = self._factory.admission.limits.max_nameless
        pending_connections = self._factory.pending_connections
        if not limit or (self._asks and self._factory.pending_logins.count < limit):
            return True
        places = quarter(MAX_PENDING)
        if pending_connections.count < places or not is_readable(self._socket.fileno()):
            return True
        if pending_connections.try_admit(places):
            return True
        self._pause(pending_connections.when_room)
        return False

    def _accept(self) -> Accepted | None:
        """Return who has come; None: he could not be had, and there may be another."""
        try:
            return Accepted(*self._socket.accept())
        except OSError as error:
            if error.errno in _NEXT:
                return None
            if error.errno == errno.EMFILE and self._reserve.give():
                self._shed()
                return None
            if error.errno not in (errno.EMFILE, *_SHORTAGE):
                raise
            self._rest(error)
            raise BlockingIOError(errno.EAGAIN, "the system has run out") from error

    def _shed(self) -> None:
        """Accept one with the spare descriptor, and turn him away."""
        try:
            self._turn_away(Accepted(*self._socket.accept()), FULL)
        except OSError as error:
            if error.errno in _NOBODY:
                raise
            self._rest(error)
            raise BlockingIOError(errno.EAGAIN, "the system has run out") from error
        finally:
            self._reserve.take()

    def _refusal(self, connection: socket, address: Any) -> Closing | None:
        admission = self._factory.admission
        host = _host(address)
        # The last descriptors that guests may have are for the health check, which is of this host.
        reserve = RESERVE_LOCAL if is_local(host) else RESERVE
        if is_scarce(connection.fileno(), reserve):
            return FULL
        closing = None if self._announced else admission.denial_for(host)
        if closing is None and admission.full and not is_local(host):
            return FULL
        return closing

    def _turn_away(self, accepted: Accepted, closing: Closing) -> None:
        connection, address = accepted
        peer = _peer(address)
        self._factory.connection_log.refused(peer, closing.reason)
        with suppress(OSError):
            # What is unread when it is closed would reset the connection, and overtake the words.
            connection.recv(65536, MSG_DONTWAIT)
        with suppress(OSError):
            if self._bare:
                connection.send(text.render(closing), MSG_DONTWAIT | MSG_NOSIGNAL)
        connection.close()

    def _rest(self, error: OSError) -> None:
        """Leave those who come to the kernel for a while, which would tell of them for ever."""
        self._factory.connection_log.unaccepted(errno.errorcode[error.errno or 0])
        self._pause(lambda call: self._clock.callLater(PAUSE, call))

    def _pause(self, until: Callable[[Callable[[], None]], object]) -> None:
        self._port.stopReading()
        until(self._go_on)

    def _go_on(self) -> None:
        if self._port.connected and not self._port.disconnecting:
            self._port.startReading()


def guard_port(port: object, factory: LineFactory, listening: object) -> None:
    """Let `port`, on which `listening` was put for `factory`, accept only whom there is room for.

    A port of another kind accepts whoever comes; the factory then turns away the newest.
    """
    if isinstance(port, tcp.Port):
        bare = port.factory is listening
        Acceptor(port, factory, bare=bare, announced=listening is not factory)


def _host(address: Any) -> Host:
    """Return who is at `address`, as a socket tells it."""
    return parse_host(address[0]) if isinstance(address, tuple) else None


def _peer(address: Any) -> str:
    return f"({address[0]}, {address[1]})" if isinstance(address, tuple) else "(unix)"
