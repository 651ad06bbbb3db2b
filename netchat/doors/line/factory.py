"""The factory of the line door: makes the protocol of each connection that is admitted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twisted.internet.protocol import ServerFactory

from netchat.admission.policy import client_key, host_at
from netchat.admission.rejection import Rejection, rejection_for
from netchat.dialects.text.dialect import TextDialect
from netchat.doors.line.browser_or_rejection import BrowserOrRejection
from netchat.doors.line.protocol import LineProtocol
from netchat.model.disconnects import TOO_MANY_FROM_ADDRESS
from netchat.session.session import Session

if TYPE_CHECKING:
    from collections.abc import Callable

    from twisted.internet.interfaces import IAddress
    from twisted.internet.protocol import Protocol

    from netchat.admission.connections import Connections
    from netchat.admission.policy import Host
    from netchat.chat.chat import Chat
    from netchat.model.events import Closing
    from netchat.session.interfaces import Connection


class LineFactory(ServerFactory):
    """Makes a LineProtocol on `chat` for each connection that `connections` has room for.

    `open_web` makes the protocol that takes over a connection that begins with an HTTP request; its
    argument is the client's address if a proxy has told it. None: no web door.
    """

    noisy = False

    def __init__(
        self,
        chat: Chat,
        connections: Connections,
        open_web: Callable[[IAddress | None], Protocol] | None = None,
    ) -> None:
        self.chat = chat
        self.connections = connections
        self.open_web = open_web
        self._text = TextDialect(chat.time)

    def buildProtocol(self, addr: IAddress | None) -> LineProtocol | Rejection:
        """Return the protocol of a connection from `addr`, or one that rejects it."""
        denial = self.denial_for(host_at(addr))
        denial = denial or self.connections.capacity_denial()
        return self.admit(addr) if denial is None else self.reject(addr, denial)

    def denial_for(self, host: Host) -> Closing | None:
        """Return why a guest at `host` is not admitted; None if there are no reasons."""
        return self.connections.policy.denial_for(host)

    def admit(self, addr: IAddress | None, *, behind_proxy: bool = False) -> LineProtocol:
        """Return the protocol of a connection from `addr`, which a proxy may have told."""
        key, proxied = client_key(host_at(addr)), addr if behind_proxy else None
        return LineProtocol(self._open_session, self.connections, key, proxied, self.open_web)

    def reject(self, addr: IAddress | None, denial: Closing) -> Rejection:
        """Return a protocol that tells the client at `addr` why it is not admitted."""
        may_be_browser = denial is TOO_MANY_FROM_ADDRESS and self.connections.can_reject
        if self.open_web is not None and may_be_browser:
            return BrowserOrRejection(self.connections, addr, denial, self.open_web)
        return rejection_for(self.connections, addr, denial, lambda: self.chat.journal.trouble)

    def _open_session(self, connection: Connection) -> Session:
        return Session(self.chat, connection, self.connections.limits, self._text)
