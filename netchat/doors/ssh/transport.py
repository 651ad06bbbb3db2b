"""The transport layer of SSH: conch's, hardened, and within limits.

Only key exchanges, ciphers and MACs without a known weakness are offered, and key exchanges are
made at the pace of `netchat.doors.ssh.key_exchanges`.

Source: RFC 4253; RFC 8308 (server-sig-algs); RFC 9142 (which algorithms).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from twisted.conch.ssh.transport import SSHServerTransport

from netchat.accounts.ssh_keys import SIGNATURE_ALGORITHMS
from netchat.doors.ssh.key_exchanges import FREE_REKEYS, REKEY_INTERVAL
from netchat.doors.ssh.packet_flow import PacketFlow
from netchat.doors.ssh.packets import PacketError

if TYPE_CHECKING:
    from twisted.conch.ssh.keys import Key
    from twisted.internet.interfaces import IReactorTime

    from netchat.doors.ssh.key_exchanges import KeyExchanges

REKEY_PACKETS = 2**28
"""After how many packets the server asks for new keys. Source: RFC 4344 section 3.1 allows 2**31.
"""
SERVICE_REQUEST, FIRST_OF_SERVICES = 5, 50
"""The numbers of messages that are not those of the transport. Source: RFC 4250 section 4.1."""
MAX_BLOCKED = 256
"""How many messages wait for the end of a key exchange that the server has begun."""
_TOO_OFTEN = "Too many key exchanges; raise RekeyLimit."


KEY_EXCHANGES = (
    b"mlkem768x25519-sha256",
    b"curve25519-sha256",
    b"curve25519-sha256@libssh.org",
)


class HardenedTransport(PacketFlow):
    """The transport of one client, from whose address `key` comes; its subclass is the user of it.

    `exchanges` sets the pace of key exchanges.
    """

    supportedKeyExchanges = [
        name
        for name in KEY_EXCHANGES
        if name in SSHServerTransport.supportedKeyExchanges  # ML-KEM needs cryptography 48.
    ]
    supportedPublicKeys = [b"ssh-ed25519"]
    supportedCiphers = [b"aes256-ctr", b"aes128-ctr"]
    supportedMACs = [b"hmac-sha2-512", b"hmac-sha2-256"]
    supportedCompressions = [b"none"]

    def __init__(self, host_key: Key, exchanges: KeyExchanges, clock: IReactorTime) -> None:
        super().__init__(clock)
        self._host_key = host_key
        self._exchanges = exchanges
        self._since = clock.seconds()
        self._exchanged = 0
        """How many key exchanges the client has taken part in."""
        self._is_begun = False
        """Whether the client has said how it exchanges keys, and the keys are not made yet."""
        self._has_new_keys = False
        """Whether the next keys are made, and the client is about to use them."""
        self._keyed_at = 0
        """How many packets had been sent or received when the keys were made."""

    def keys_exchanged(self) -> None:
        """Called when keys have been made; other messages can be sent again."""

    def sendExtInfo(self, extensions: object) -> None:
        """Tell with which keys clients may sign: conch tells only that of the host key."""
        super().sendExtInfo([(b"server-sig-algs", b",".join(SIGNATURE_ALGORITHMS))])

    @property
    def is_exchanging(self) -> bool:
        """Whether keys are being exchanged, and other messages have to wait."""
        exchanging: bool = self._keyExchangeState != self._KEY_EXCHANGE_NONE
        return exchanging

    def dispatchMessage(self, messageNum: int, payload: bytes) -> None:
        """Take a message, unless nothing but a key exchange may come (RFC 4253 section 7.1)."""
        progressing = self._is_begun or self._has_new_keys
        is_above = messageNum >= FIRST_OF_SERVICES or messageNum == SERVICE_REQUEST
        if is_above and (progressing or len(self._blockedByKeyExchange or ()) > MAX_BLOCKED):
            raise PacketError("a key exchange is going on")
        super().dispatchMessage(messageNum, payload)

    def ssh_DISCONNECT(self, packet: bytes) -> None:
        """Close: the client wants to."""
        self.close()

    def ssh_EXT_INFO(self, packet: bytes) -> None:
        """Ignore what the client supports."""

    def ssh_KEXINIT(self, packet: bytes) -> None:
        """Begin a key exchange, unless the client wants too many."""
        self._exchanged += 1
        most = FREE_REKEYS + (self._clock.seconds() - self._since) / REKEY_INTERVAL
        if self._exchanged > most:
            self.disconnect(_TOO_OFTEN)
        elif self._is_begun or self._has_new_keys:
            raise PacketError("a key exchange is going on")
        else:
            self._is_begun = True
            super().ssh_KEXINIT(packet)

    def ssh_KEX_DH_GEX_REQUEST_OLD(self, packet: bytes) -> None:
        """Make a key exchange when it is this connection's turn."""
        if not self._is_begun:
            raise PacketError("no key exchange has begun")
        if self.ignoreNextPacket:
            self.ignoreNextPacket = 0
            return
        self.hold("key exchange")
        self._exchanges.request(self.address_key, lambda: self._exchange(packet))

    def ssh_KEX_DH_GEX_REQUEST(self, packet: bytes) -> None:
        """Refuse: no group is offered."""
        raise PacketError("no group is offered")

    ssh_KEX_DH_GEX_INIT = ssh_KEX_DH_GEX_REQUEST

    def ssh_NEWKEYS(self, packet: bytes) -> None:
        """Use the new keys."""
        if not self._has_new_keys:
            raise PacketError("no keys have been made")
        self._has_new_keys = False
        super().ssh_NEWKEYS(packet)
        self._keyed_at = self._reader.sequence + self.outgoingPacketSequence
        self.ourKexInitPayload = self.otherKexInitPayload = b""
        self.keys_exchanged()

    def ssh_SERVICE_REQUEST(self, packet: bytes) -> None:
        """Refuse: the subclass knows which services there are."""
        raise PacketError("there is no service")

    @property
    def address_key(self) -> bytes:
        """What all connections from the address of the client have in common."""
        return b""

    def _getHostKeys(self, keyAlg: bytes) -> tuple[Key, Key]:
        return self._host_key.public(), self._host_key

    def _exchange(self, packet: bytes) -> None:
        if self.closed:
            return
        try:
            super().ssh_KEX_DH_GEX_REQUEST_OLD(packet)
            self._is_begun, self._has_new_keys = False, True
        except Exception as error:
            self.broken(error)
        else:
            self.release("key exchange")

    def packet_taken(self) -> None:
        """Ask for new keys if these have been used for many packets."""
        used = self._reader.sequence + self.outgoingPacketSequence - self._keyed_at
        if used > REKEY_PACKETS and not self.is_exchanging and self.sessionID:
            self.sendKexInit()
