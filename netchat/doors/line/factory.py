"""The factory of the line door: makes the protocol of each connection that is admitted."""

from __future__ import annotations

from socket import gethostname
from typing import TYPE_CHECKING

from twisted.internet.protocol import ServerFactory

from netchat.admission.policy import client_key, host_at, is_local
from netchat.admission.rejection import Rejection, rejection_for
from netchat.dialects.irc.dialect import SharedDialects
from netchat.dialects.text.dialect import TextDialect
from netchat.doors.line.browser_or_rejection import BrowserOrRejection
from netchat.doors.line.protocol import LineProtocol
from netchat.doors.transport.opening import Opening
from netchat.doors.web.denied_client import DeniedClient, rejection_of
from netchat.model.disconnects import DENIED, SERVER_FULL, TOO_MANY_FROM_ADDRESS
from netchat.observability.connection_log import peer_name
from netchat.session.irc.view import IrcView
from netchat.session.session import Session

if TYPE_CHECKING:
    from twisted.internet.interfaces import IAddress

    from netchat.admission.connections import Connections
    from netchat.admission.policy import Host
    from netchat.chat.chat import Chat
    from netchat.doors.transport.opening import Doors
    from netchat.model.events import Closing
    from netchat.session.interfaces import Connection


class LineFactory(ServerFactory):
    """Makes a LineProtocol on `chat` for each connection that `connections` has room for.

    `doors` are those that take over a connection that begins as their clients do.
    """

    noisy = False

    def __init__(
        self,
        chat: Chat,
        connections: Connections,
        doors: Doors | None = None,
    ) -> None:
        self.chat = chat
        self.connections = connections
        self.doors = doors or {}
        self._text = TextDialect(chat.time)
        self._irc = SharedDialects(IrcView(chat, gethostname()))

    @property
    def has_page(self) -> bool:
        """Whether browsers get a page here."""
        return Opening.HTTP in self.doors

    def buildProtocol(self, addr: IAddress | None) -> LineProtocol | Rejection:
        """Return the protocol of a connection from `addr`, or one that rejects it."""
        denial = self.denial_for(host_at(addr))
        denial = denial or self.connections.capacity_denial()
        return self.admit(addr) if denial is None else self._reject_guest(addr, denial)

    def denial_for(self, host: Host) -> Closing | None:
        """Return why a guest at `host` is not admitted; None if there are no reasons."""
        return self.connections.policy.denial_for(host)

    def admit(self, addr: IAddress | None, *, behind_proxy: bool = False) -> LineProtocol:
        """Return the protocol of a connection from `addr`, which a proxy may have told."""
        key, proxied = client_key(host_at(addr)), addr if behind_proxy else None
        return LineProtocol(self._open_session, self.connections, key, proxied, self.doors)

    def rejection(self, denial: Closing, received: bytes) -> bytes:
        """Return what tells a client that has sent `received` why it is not admitted."""
        return rejection_of(denial, received if self.doors else b"")

    def reject(self, addr: IAddress | None, denial: Closing) -> Rejection:
        """Return a protocol that tells the client at `addr` why it is not admitted."""
        return rejection_for(self.connections, addr, denial, self._trouble)

    def _reject_guest(self, addr: IAddress | None, denial: Closing) -> Rejection:
        """Return a protocol that tells a client why there is no room, unless it is a browser."""
        if not self.doors or not self.connections.can_reject(host_at(addr)):
            return self.reject(addr, denial)
        if denial is DENIED:
            self.connections.log.refused(peer_name(addr), denial.reason)
            return DeniedClient(self.connections, denial)
        if denial not in (TOO_MANY_FROM_ADDRESS, SERVER_FULL):
            return self.reject(addr, denial)

        def rejected() -> None:
            # The health check of this machine may be one of them, every minute.
            if denial is not SERVER_FULL or not is_local(host_at(addr)):
                self.connections.log.refused(peer_name(addr), denial.reason)

        open_web = self.doors.get(Opening.HTTP)
        return BrowserOrRejection(self.connections, denial, self._trouble, open_web, rejected)

    def _trouble(self) -> str:
        return self.chat.trouble

    def _open_session(self, connection: Connection) -> Session:
        return Session(self.chat, connection, self.connections.limits, self._text, self._irc)
