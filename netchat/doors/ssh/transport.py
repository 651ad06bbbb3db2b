"""The transport layer of SSH: conch's, hardened, and within limits.

Only key exchanges, ciphers and MACs without a known weakness are offered. Packets have a limited
size and are taken a few in each turn of the reactor, key exchanges are made at the pace of
`netchat.doors.ssh.key_exchanges`, and nothing is taken from a client that does not read.

Source: RFC 4253; RFC 8308 (server-sig-algs); RFC 9142 (which algorithms).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twisted.conch.ssh.common import NS
from twisted.conch.ssh.transport import SSHServerTransport
from twisted.internet.interfaces import IHalfCloseableProtocol, IPushProducer
from twisted.internet.protocol import connectionDone
from twisted.logger import Logger
from zope.interface import implementer

from netchat.accounts.ssh_keys import SIGNATURE_ALGORITHMS
from netchat.doors.ssh.key_exchanges import FREE_REKEYS, REKEY_INTERVAL
from netchat.doors.ssh.packets import MAX_BEFORE_KEYS, MAX_PACKET, PacketError, PacketReader
from netchat.doors.ssh.rejection import DISCONNECT, VERSION

if TYPE_CHECKING:
    from twisted.conch.ssh.keys import Key
    from twisted.internet.interfaces import IDelayedCall, IReactorTime
    from twisted.python.failure import Failure

    from netchat.doors.ssh.key_exchanges import KeyExchanges

MAX_VERSION = 255
"""Bytes of the line with which the client identifies itself. Source: RFC 4253 section 4.2."""
PACKETS_PER_TURN = 64
"""How many packets of a connection are taken in one turn of the reactor."""
REKEY_PACKETS = 2**28
"""After how many packets the server asks for new keys. Source: RFC 4344 section 3.1 allows 2**31.
"""
CLOSE_TIME = 5.0
"""Seconds after which the connection is dropped if the client has not read why it is closed."""
PROTOCOL_ERROR, BY_APPLICATION = 2, 11
_BAD = "That is not SSH as this server speaks it; update your client."
_TOO_OFTEN = "Too many key exchanges; raise RekeyLimit."


@implementer(IHalfCloseableProtocol, IPushProducer)
class HardenedTransport(SSHServerTransport):
    """The transport of one client, from whose address `key` comes; its subclass is the user of it.

    `exchanges` sets the pace of key exchanges.
    """

    _log = Logger(observer=lambda event: None)  # type: ignore[arg-type]
    ourVersionString = VERSION
    supportedKeyExchanges = [
        b"mlkem768x25519-sha256",
        b"curve25519-sha256",
        b"curve25519-sha256@libssh.org",
    ]
    supportedPublicKeys = [b"ssh-ed25519"]
    supportedCiphers = [b"aes256-ctr", b"aes128-ctr"]
    supportedMACs = [b"hmac-sha2-512", b"hmac-sha2-256"]
    supportedCompressions = [b"none"]
    transport: Any

    def __init__(self, host_key: Key, exchanges: KeyExchanges, clock: IReactorTime) -> None:
        self._host_key = host_key
        self._exchanges = exchanges
        self._clock = clock
        self._reader = PacketReader()
        self._version = b""
        self._holds: set[object] = set()
        self._turn: IDelayedCall | None = None
        self._close_timer: IDelayedCall | None = None
        self._since = clock.seconds()
        self._exchanged = 0
        """How many key exchanges the client has begun."""
        self._has_new_keys = False
        """Whether the next keys are made, and the client is about to use them."""
        self._keyed_at = 0
        """How many packets had been sent or received when the keys were made."""
        self.closed = False
        """Whether nothing more is taken from the client."""
        self.is_full = False
        """Whether the kernel takes no more output for now."""

    # What the layers above use.

    def disconnect(self, sentence: str, code: int = BY_APPLICATION) -> None:
        """Tell the client why, and close."""
        if self.closed:
            return
        payload = code.to_bytes(4, "big") + NS(sentence.encode()) + NS(b"")
        self._send_now(DISCONNECT, payload)
        self.close()

    def close(self) -> None:
        """Close once everything is sent, or after CLOSE_TIME seconds in any case."""
        if self.closed:
            return
        self.closed = True
        self._close_timer = self._clock.callLater(CLOSE_TIME, self._abort)
        self.transport.unregisterProducer()
        self.transport.loseConnection()

    def hold(self, why: object) -> None:
        """Take no packets until `release` with the same `why`."""
        if not self._holds:
            self.transport.pauseProducing()
        self._holds.add(why)

    def release(self, why: object) -> None:
        """Take packets again, if there is no other reason not to."""
        if why not in self._holds:
            return
        self._holds.remove(why)
        if not self._holds and not self.closed:
            self.transport.resumeProducing()
            if self._turn is None:
                self._turn = self._clock.callLater(0, self._next_turn)

    def drained(self) -> None:
        """Called when the kernel takes output again."""

    def keys_exchanged(self) -> None:
        """Called when keys have been made; other messages can be sent again."""

    def broken(self, error: Exception) -> None:
        """Called, within the `except`, when taking a message has raised: it is none, or a bug."""

    def lost(self, reason: Failure) -> None:
        """Called when the connection is gone."""

    # What Twisted and conch call.

    def connectionMade(self) -> None:
        """Send the version, and begin the key exchange."""
        self.transport.registerProducer(self, True)
        super().connectionMade()

    def dataReceived(self, data: bytes) -> None:
        """Take a read: any number of packets, of which the last may be incomplete."""
        if self.closed:
            return
        if not self.gotVersion:
            data = self._read_version(data)
        self._reader.feed(data)
        if not self._holds and self._turn is None:
            self._process()

    def readConnectionLost(self) -> None:
        """Close: SSH needs both directions."""
        self.close()

    def writeConnectionLost(self) -> None:
        """Do nothing: this half is closed only at the end."""

    def connectionLost(self, reason: Failure | None = None) -> None:
        """Let the client leave, whichever end closed the connection."""
        self.closed = True
        for timer in (self._turn, self._close_timer):
            if timer is not None and timer.active():
                timer.cancel()
        self.lost(reason or connectionDone)

    def pauseProducing(self) -> None:
        """Take nothing from a client that does not read."""
        self.is_full = True
        self.hold("full")

    def resumeProducing(self) -> None:
        """Go on: the kernel has taken everything."""
        self.is_full = False
        self.release("full")
        self.drained()

    def stopProducing(self) -> None:
        """Do nothing: `connectionLost` follows."""

    def sendPacket(self, messageType: int, payload: bytes) -> None:
        """Send a message, unless the connection is closing."""
        if not self.closed:
            self._send_now(messageType, payload)

    def sendExtInfo(self, extensions: object) -> None:
        """Tell with which keys clients may sign: conch tells only that of the host key."""
        super().sendExtInfo([(b"server-sig-algs", b",".join(SIGNATURE_ALGORITHMS))])

    def sendDisconnect(self, reason: int, desc: bytes) -> None:
        """Close, as conch wants to."""
        self.disconnect(desc.decode(errors="replace") if desc else _BAD, reason)

    @property
    def is_exchanging(self) -> bool:
        """Whether keys are being exchanged, and other messages have to wait."""
        exchanging: bool = self._keyExchangeState != self._KEY_EXCHANGE_NONE
        return exchanging

    def ssh_KEXINIT(self, packet: bytes) -> None:
        """Begin a key exchange, unless the client wants too many."""
        self._exchanged += 1
        most = FREE_REKEYS + (self._clock.seconds() - self._since) / REKEY_INTERVAL
        if self._exchanged > most:
            self.disconnect(_TOO_OFTEN)
        else:
            super().ssh_KEXINIT(packet)

    def ssh_KEX_DH_GEX_REQUEST_OLD(self, packet: bytes) -> None:
        """Make a key exchange when it is this connection's turn."""
        if self._keyExchangeState != self._KEY_EXCHANGE_PROGRESSING or self._has_new_keys:
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
            self._has_new_keys = True
        except Exception as error:
            self.broken(error)
        else:
            self.release("key exchange")

    def _send_now(self, kind: int, payload: bytes) -> None:
        super().sendPacket(kind, payload)
        self.outgoingPacketSequence &= 0xFFFFFFFF

    def _read_version(self, data: bytes) -> bytes:
        """Return what follows the version of the client."""
        line, end, rest = (self._version + data).partition(b"\n")
        if len(line) > MAX_VERSION:
            self.disconnect(_BAD, PROTOCOL_ERROR)
        elif not end:
            self._version = line
        elif line.startswith((b"SSH-2.0-", b"SSH-1.99-")):
            self.gotVersion = True
            self.otherVersionString = line.removesuffix(b"\r")
            return rest
        else:
            self.disconnect(_BAD, PROTOCOL_ERROR)
        return b""

    def _next_turn(self) -> None:
        self._turn = None
        self.release("turn")
        if not self._holds:
            self._process()

    def _process(self) -> None:
        """Take packets, and schedule the rest."""
        if not self.gotVersion:
            return
        for _ in range(PACKETS_PER_TURN):
            if self.closed or self._holds or not self._take_packet():
                return
        if self._turn is None:
            self._turn = self._clock.callLater(0, self._next_turn)
            self.hold("turn")

    def _take_packet(self) -> bool:
        """Take one packet; return whether there was one."""
        try:
            limit = MAX_PACKET if self.isEncrypted("in") else MAX_BEFORE_KEYS
            packet = self._reader.next(self.currentEncryptions, limit)
            if packet is None:
                return False
            self.incomingPacketSequence = self._reader.sequence
            self.dispatchMessage(packet[0], packet[1:])
            self._renew_keys()
        except Exception as error:
            self.broken(error)
            return False
        return True

    def _renew_keys(self) -> None:
        used = self._reader.sequence + self.outgoingPacketSequence - self._keyed_at
        if used > REKEY_PACKETS and not self.is_exchanging and self.sessionID:
            self.sendKexInit()

    def _abort(self) -> None:
        self._close_timer = None
        self.transport.abortConnection()
