"""The protocol of `netchat admin`: a request is a line of JSON, and so is each row of its answer.

Whoever can connect may do everything, so it must be the user of the server, or root: the directory
of the socket lets in nobody else, and the kernel is asked who it is.
"""

from __future__ import annotations

import os
import socket
import struct
from typing import TYPE_CHECKING

import msgspec
from twisted.internet.interfaces import IPullProducer, ISystemHandle
from twisted.internet.protocol import Protocol, ServerFactory, connectionDone
from twisted.logger import Logger
from zope.interface import implementer

from netchat.console.answers import End
from netchat.console.execute import execute
from netchat.console.requests import AnyConsoleRequest
from netchat.console.steps import Outcome
from netchat.doors.admin.console import BUG
from netchat.model.admin_socket import MAX_LINE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twisted.internet.interfaces import IAddress, IConsumer
    from twisted.python.failure import Failure

    from netchat.console.answers import Row
    from netchat.console.interface import Console

MAX_CONNECTIONS = 16
_ROWS = 100
"""How many rows are written at a time."""
_CREDENTIALS = struct.Struct("3i")
"""What SO_PEERCRED tells: process, user and group (Linux, socket(7))."""
_BUSY = "Too many commands run at once; try again when some have ended."
_STRANGER = "Only the user of the server, and root, may do that."
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(AnyConsoleRequest).decode


@implementer(IPullProducer)
class AdminProtocol(Protocol):
    """Carries out the requests of one connection on `console`, one after the other."""

    log = Logger()

    def __init__(self, factory: AdminFactory) -> None:
        self._factory = factory
        self._received = b""
        self._rows: Iterator[Row] | None = None
        """The rows of the answer that is being written."""
        self._end = End()
        self._busy = False
        self._open = False

    def connectionMade(self) -> None:
        """Refuse a stranger, and one connection too many."""
        self._open = True
        self._factory.open.add(self)
        if len(self._factory.open) > MAX_CONNECTIONS:
            self._refuse(_BUSY)
        elif not is_trusted(peer_user(self.transport)):
            self._refuse(_STRANGER)

    def dataReceived(self, data: bytes) -> None:
        """Carry out the next request, unless one is being answered."""
        self._received += data
        if not self._busy:
            self._next()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Forget the connection; what it has asked for happens all the same."""
        self._open = False
        self._rows = None
        self._factory.open.discard(self)

    def resumeProducing(self) -> None:
        """Write some rows, or the end of the answer."""
        rows: list[Row] = []
        for row in self._rows or ():
            rows.append(row)
            if len(rows) == _ROWS:
                self._write(b"".join(map(_line, rows)))
                return
        self._write(b"".join(map(_line, rows)) + _line(self._end))
        self._rows = None
        self._consumer.unregisterProducer()
        self._done()

    def stopProducing(self) -> None:
        """Write no more: the connection is lost."""
        self._rows = None

    def _next(self) -> None:
        line, end, rest = self._received.partition(b"\n")
        if not end:
            if len(self._received) > MAX_LINE:
                self._refuse(f"A request has at most {MAX_LINE} bytes.")
            return
        self._received = rest
        self._busy = True
        try:
            request = _decode(line)
        except msgspec.DecodeError as error:
            self._answer(End(code="bad-request", message=f"That is no request: {error}."))
            return
        try:
            execute(request, self._factory.console, self._answer)
        except Exception:
            self.log.failure(BUG)

    def _answer(self, outcome: Outcome | End) -> None:
        if not self._open:
            return
        if isinstance(outcome, Outcome):
            self._rows, self._end = iter(outcome.rows), End(message=outcome.message)
        else:
            self._rows, self._end = iter(()), outcome
        self._consumer.registerProducer(self, streaming=False)

    def _done(self) -> None:
        self._busy = False
        if self._received:
            self._next()

    def _refuse(self, sentence: str) -> None:
        self._busy = True
        self._write(_line(End(code="not-allowed", message=sentence)))
        assert self.transport is not None
        self.transport.loseConnection()

    def _write(self, data: bytes) -> None:
        assert self.transport is not None
        self.transport.write(data)

    @property
    def _consumer(self) -> IConsumer:
        consumer: IConsumer = self.transport  # type: ignore[assignment]
        return consumer


class AdminFactory(ServerFactory):
    """Makes the protocols that act on `console`."""

    noisy = False

    def __init__(self, console: Console) -> None:
        self.console = console
        self.open: set[AdminProtocol] = set()

    def buildProtocol(self, addr: IAddress | None) -> AdminProtocol:
        """Return the protocol of a connection."""
        return AdminProtocol(self)

    def close(self) -> None:
        """Close all connections."""
        for protocol in list(self.open):
            if protocol.transport is not None:
                protocol.transport.loseConnection()


def peer_user(transport: object) -> int | None:
    """Return the user id of the process at the other end; None: the system does not tell it."""
    if not hasattr(socket, "SO_PEERCRED") or not ISystemHandle.providedBy(transport):
        return None
    handle = transport.getHandle()
    assert isinstance(handle, socket.socket), "the transport is a unix socket"
    told = handle.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    return int(_CREDENTIALS.unpack(told)[1])


def is_trusted(user: int | None) -> bool:
    """Return whether the user with this id may do everything; the directory decides on None."""
    return user is None or user in (0, os.geteuid())


def _line(row: Row | End) -> bytes:
    return _encode(row) + b"\n"
