"""One client's SSH connection: the handshake, who it is, its session, and its guest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from twisted.conch.ssh.common import NS, getNS
from twisted.internet.protocol import connectionDone

from netchat.doors.ssh.authentication import Authentication
from netchat.doors.ssh.channel_transport import ChannelTransport
from netchat.doors.ssh.channels import Channels
from netchat.doors.ssh.frontends import serve
from netchat.doors.ssh.link import SessionLink
from netchat.doors.ssh.login import SshLogin
from netchat.doors.ssh.packet_flow import PROTOCOL_ERROR
from netchat.doors.ssh.packets import PacketError
from netchat.doors.ssh.session_channel import SessionChannel, SessionUser, Start
from netchat.doors.ssh.terminal_modules import with_terminal
from netchat.doors.ssh.transport import HardenedTransport
from netchat.doors.transport.keepalive import tune_connection
from netchat.model.disconnects import BYE
from netchat.observability.connection_log import peer_name

if TYPE_CHECKING:
    from twisted.conch.ssh.keys import Key
    from twisted.internet.interfaces import IAddress
    from twisted.python.failure import Failure

    from netchat.admission.connections import Connections
    from netchat.chat.chat import Chat
    from netchat.doors.ssh.guest import SshGuest
    from netchat.doors.ssh.key_exchanges import KeyExchanges
    from netchat.session.interfaces import InputDialect

SERVICE_ACCEPT = 6


class Door(Protocol):
    """The factory of the door."""

    chat: Chat
    connections: Connections
    host_key: Key
    key_exchanges: KeyExchanges
    with_passwords: bool
    """Whether owners may log in with the password of their account."""
    text: InputDialect

    def make_guest(self, carrier: ChannelTransport, proxied: IAddress | None) -> SshGuest:
        """Return the guest whose transport is `carrier`."""

    def key_of(self, address: IAddress) -> bytes:
        """Return what all connections from `address` have in common."""


class SshConnection(HardenedTransport, SessionUser):
    """The protocol of a connection to `door`; `proxied` is the client's address if a proxy has told
    it."""

    def __init__(self, door: Door, proxied: IAddress | None) -> None:
        clock = door.connections.clock
        super().__init__(door.host_key, door.key_exchanges, clock)
        self._door = door
        self._proxied = proxied
        self._login: SshLogin | None = None
        """The login that was accepted."""
        self._carrier = ChannelTransport(self, clock)
        self._guest = door.make_guest(self._carrier, proxied)

    # The connection.

    def connectionMade(self) -> None:
        """Take a place among the connections, and begin the handshake."""
        tune_connection(self.transport, self._door.connections.limits.connection)
        self._guest.key = self._door.key_of(self._proxied or self.transport.getPeer())
        self._guest.makeConnection(self._carrier)
        super().connectionMade()

    def lost(self, reason: Failure = connectionDone) -> None:
        """Let the guest leave."""
        self._carrier.connection_lost()
        self._guest.connectionLost(reason)
        self._carrier.frontend_lost()

    def broken(self, error: Exception) -> None:
        """Close the connection of a client that does not speak SSH."""
        # What happens above the messages has guards of its own, so this is no bug.
        why = str(error) if isinstance(error, PacketError) else type(error).__name__
        self._door.connections.log.refused(peer_name(self._guest.addr), f"bad SSH: {why}")
        self.disconnect("That is no valid message of SSH; update your client.", PROTOCOL_ERROR)

    def drained(self) -> None:
        """Send what waits."""
        self._carrier.pump()

    def keys_exchanged(self) -> None:
        """Send what waits."""
        self._carrier.pump()

    @property
    def address_key(self) -> bytes:
        """What all connections from the address of the client have in common."""
        return self._guest.key

    # Authentication.

    def ssh_SERVICE_REQUEST(self, packet: bytes) -> None:
        """Begin the authentication, once."""
        if getNS(packet)[0] != Authentication.name or self.service is not None:
            raise PacketError("there is no such service")
        self._guest.grant_attention_time()
        self.sendPacket(SERVICE_ACCEPT, NS(Authentication.name))
        tries = self._guest.limits.conversation.login_tries
        self.setService(Authentication(self._make_login, tries))

    def authenticated(self, login: SshLogin) -> None:
        """Let the client open its session."""
        self._login = login
        self.setService(Channels(self, self._session_opened))

    def _make_login(self, user: bytes) -> SshLogin:
        with_passwords = self._door.with_passwords
        return SshLogin(self._door.chat, self._guest, user, with_passwords=with_passwords)

    # The session.

    def _session_opened(self, channel: SessionChannel) -> None:
        self._carrier.channel = channel

    def start(self, start: Start) -> None:
        """Start what the client wants, in another turn: the answer to its request comes first."""
        self._clock.callLater(0, self._prepare, start)

    def _prepare(self, start: Start) -> None:
        if start.terminal is None:
            self._start(start)
        else:
            with_terminal(self._clock, lambda: self._start(start))

    def _start(self, start: Start) -> None:
        if self.closed or self._login is None or not self._guest.session.state.is_open:
            return
        self._carrier.guarded(lambda: self._serve(start))

    def _serve(self, start: Start) -> None:
        login = self._login
        assert login is not None, "a session is opened after the login"
        link = SessionLink(self._guest, self._carrier, login.name, self._clock, self._door.chat)
        lobby = self._guest.limits.conversation.lobby
        frontend, hello, dialect = serve(start, link, self._door.text, lobby)
        self._carrier.frontend = frontend
        if hello is None:
            link.close(1)
        else:
            self._guest.enter(hello, login.account, dialect)

    def resized(self, columns: int, rows: int) -> None:
        """Pass on another size of the terminal."""
        self._carrier.resize(columns, rows)

    def received(self, data: bytes) -> None:
        """Pass on input."""
        self._carrier.input.receive(data)

    def input_ended(self) -> None:
        """Pass on the end of the input."""
        self._carrier.input.end()

    def window_opened(self) -> None:
        """Send what waits."""
        self._carrier.pump()

    def channel_closed(self) -> None:
        """Let the guest leave: the client has closed the channel."""
        self._carrier.channel = None
        self._guest.session.leave(BYE)
