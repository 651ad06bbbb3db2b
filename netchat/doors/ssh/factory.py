"""The factory of the SSH door: makes the protocol of each connection that is admitted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twisted.internet.protocol import ServerFactory

from netchat.admission.policy import client_key, host_at
from netchat.admission.rejection import Rejection
from netchat.dialects.text.dialect import TextDialect
from netchat.doors.ssh.connection import SshConnection
from netchat.doors.ssh.guest import SshGuest
from netchat.doors.ssh.key_exchanges import KeyExchanges
from netchat.doors.ssh.rejection import ssh_rejection
from netchat.observability.connection_log import peer_name
from netchat.session.session import Session

if TYPE_CHECKING:
    from twisted.conch.ssh.keys import Key
    from twisted.internet.interfaces import IAddress

    from netchat.admission.connections import Connections
    from netchat.admission.policy import Host
    from netchat.chat.chat import Chat
    from netchat.doors.ssh.channel_transport import ChannelTransport
    from netchat.model.events import Closing
    from netchat.session.interfaces import Connection, InputDialect


class SshRejection(Rejection):
    """Tells an SSH client why it is not admitted."""

    def connectionMade(self) -> None:
        """Send the sentence."""
        self._connections.add_rejection(self)
        self.send_last(ssh_rejection(self._closing))


class SshFactory(ServerFactory):
    """Makes an SshConnection for each connection that `connections` has room for.

    Clients recognize the server by `host_key`, which is set before there are any.
    `with_passwords`: whether owners may log in with the password of their account.
    """

    noisy = False
    host_key: Key

    def __init__(
        self, chat: Chat, connections: Connections, *, with_passwords: bool = False
    ) -> None:
        self.chat = chat
        self.connections = connections
        self.with_passwords = with_passwords
        self.key_exchanges = KeyExchanges(connections.clock)
        self.text: InputDialect = TextDialect(chat.time)

    def buildProtocol(self, addr: IAddress | None) -> Any:
        """Return the protocol of a connection from `addr`, or one that rejects it."""
        denial = self.denial_for(host_at(addr)) or self.connections.capacity_denial()
        return self.open(None) if denial is None else self.reject(addr, denial)

    def denial_for(self, host: Host) -> Closing | None:
        """Return why a guest at `host` is not admitted; None if they are."""
        return self.connections.policy.denial_for(host)

    def admit(self, addr: IAddress | None, *, behind_proxy: bool = False) -> SshConnection:
        """Return the protocol of a connection from `addr`, which a proxy may have told."""
        return self.open(addr if behind_proxy else None)

    def open(self, proxied: IAddress | None) -> SshConnection:
        """Return the protocol of a connection whose client's address a proxy has told, or None."""
        return SshConnection(self, proxied)

    def rejection(self, denial: Closing, received: bytes) -> bytes:
        """Return what tells a client why it is not admitted."""
        return ssh_rejection(denial)

    def reject(self, addr: IAddress | None, denial: Closing) -> Rejection:
        """Return a protocol that tells the client at `addr` why it is not admitted."""
        self.connections.log.refused(peer_name(addr), denial.reason)
        return SshRejection(self.connections, denial)

    def make_guest(self, carrier: ChannelTransport, proxied: IAddress | None) -> SshGuest:
        """Return the guest whose transport is `carrier`."""
        guest = SshGuest(self._open_session, self.connections, b"", proxied)
        carrier.guest = guest
        return guest

    def key_of(self, address: IAddress) -> bytes:
        """Return what all connections from `address` have in common."""
        return client_key(host_at(address))

    def _open_session(self, connection: Connection) -> Session:
        return Session(self.chat, connection, self.connections.limits, self.text)
