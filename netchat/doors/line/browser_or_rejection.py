"""A connection of an address that has too many guests: a browser gets the page all the same.

Many phones may share an address, and the page tells its user why they cannot join.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from netchat.admission.rejection import Rejection
from netchat.dialects.jsonl import dialect as jsonl
from netchat.dialects.text import dialect as text
from netchat.doors.line.opening import Opening, recognize
from netchat.doors.transport.handover import replace_protocol
from netchat.observability.connection_log import peer_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from twisted.internet.interfaces import IAddress
    from twisted.internet.protocol import Protocol

    from netchat.admission.connections import Connections
    from netchat.model.events import Closing

WAIT = 0.1
"""Seconds in which a browser must send its request."""


class BrowserOrRejection(Rejection):
    """Hands a browser at `addr` over to what `open_web` makes, and rejects any other client."""

    def __init__(
        self,
        connections: Connections,
        addr: IAddress | None,
        closing: Closing,
        open_web: Callable[[IAddress | None], Protocol],
    ) -> None:
        super().__init__(connections, closing)
        self._addr = addr
        self._open_web = open_web
        self._received = b""
        self._is_rejected = False

    def connectionMade(self) -> None:
        """Give the client a moment to send something."""
        self._connections.add_rejection(self)
        self._set_timer(WAIT)

    def dataReceived(self, data: bytes) -> None:
        """Decide what the client is, once enough has arrived."""
        if self._is_rejected:
            return
        self._received += data
        match recognize(self._received):
            case Opening.HTTP:
                self._set_timer(None)
                self._connections.remove_rejection(self)
                web = self._open_web(None)
                replace_protocol(self.transport, self, web)
                assert self.transport is not None, "it is connected"
                web.makeConnection(self.transport)
                web.dataReceived(self._received)
            case Opening.LINE:
                self._reject()

    def _expire(self) -> None:
        if self._is_rejected:
            self.abort()
        else:
            self._reject()

    def _reject(self) -> None:
        self._is_rejected = True
        self._connections.log.refused(peer_name(self._addr), self._closing.reason)
        dialect = jsonl if self._received.startswith(jsonl.START) else text
        self.send_last(dialect.render(self._closing))
