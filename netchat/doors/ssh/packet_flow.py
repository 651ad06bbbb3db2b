"""The packets of an SSH connection in both directions, at the pace of the server.

A limited number of packets is taken in each turn of the reactor, and none from a client that does
not read, or while something else has to come first.

Source: RFC 4253 sections 4.2 and 6.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twisted.conch.ssh.common import NS
from twisted.conch.ssh.transport import SSHServerTransport
from twisted.internet.interfaces import IHalfCloseableProtocol, IPushProducer
from twisted.internet.protocol import connectionDone
from twisted.logger import Logger
from zope.interface import implementer

from netchat.doors.ssh.packets import MAX_BEFORE_KEYS, MAX_PACKET, PacketReader
from netchat.doors.ssh.rejection import DISCONNECT, VERSION

if TYPE_CHECKING:
    from twisted.internet.interfaces import IDelayedCall, IReactorTime
    from twisted.python.failure import Failure

MAX_VERSION = 255
"""Bytes of the line with which the client identifies itself."""
PACKETS_PER_TURN = 64
"""How many packets of a connection are taken in one turn of the reactor."""
CLOSE_TIME = 5.0
"""Seconds after which the connection is dropped if the client has not read why it is closed."""
PROTOCOL_ERROR, BY_APPLICATION = 2, 11
BAD = "That is not SSH as this server speaks it; update your client."


@implementer(IHalfCloseableProtocol, IPushProducer)
class PacketFlow(SSHServerTransport):
    """A transport of conch whose packets flow as the server can take them; `clock` runs timers."""

    _log = Logger(observer=lambda event: None)  # type: ignore[arg-type]
    ourVersionString = VERSION
    transport: Any

    def __init__(self, clock: IReactorTime) -> None:
        self._clock = clock
        self._reader = PacketReader()
        self._version = b""
        self._holds: set[object] = set()
        self._turn: IDelayedCall | None = None
        self._close_timer: IDelayedCall | None = None
        self.closed = False
        """Whether nothing more is taken from the client."""
        self.is_full = False
        """Whether the kernel takes no more output for now."""

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

    def broken(self, error: Exception) -> None:
        """Called when taking a message has raised: it is none."""

    def lost(self, reason: Failure) -> None:
        """Called when the connection is gone."""

    def packet_taken(self) -> None:
        """Called when a packet has been taken."""

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

    def sendDisconnect(self, reason: int, desc: bytes) -> None:
        """Close, as conch wants to."""
        self.disconnect(desc.decode(errors="replace") if desc else BAD, reason)

    def _send_now(self, kind: int, payload: bytes) -> None:
        super().sendPacket(kind, payload)
        self.outgoingPacketSequence &= 0xFFFFFFFF

    def _read_version(self, data: bytes) -> bytes:
        """Return what follows the version of the client."""
        line, end, rest = (self._version + data).partition(b"\n")
        if len(line) > MAX_VERSION:
            self.disconnect(BAD, PROTOCOL_ERROR)
        elif not end:
            self._version = line
        elif line.startswith((b"SSH-2.0-", b"SSH-1.99-")):
            self.gotVersion = True
            self.otherVersionString = line.removesuffix(b"\r")
            return rest
        else:
            self.disconnect(BAD, PROTOCOL_ERROR)
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
            self.packet_taken()
        except Exception as error:
            self.broken(error)
            return False
        return True

    def _abort(self) -> None:
        self._close_timer = None
        self.transport.abortConnection()
