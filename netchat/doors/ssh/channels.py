"""The connection layer of SSH: one session, and nothing is forwarded.

Source: RFC 4254.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

from twisted.conch.error import ConchError
from twisted.conch.ssh.common import getNS
from twisted.conch.ssh.connection import OPEN_ADMINISTRATIVELY_PROHIBITED, SSHConnection
from twisted.logger import Logger

from netchat.doors.ssh.packets import PacketError
from netchat.doors.ssh.session_channel import MIN_PACKET, SessionChannel, SessionUser

if TYPE_CHECKING:
    from collections.abc import Callable

NO_FORWARDING = "This server is a chat, and forwards nothing."
ONE_SESSION = "One session is enough for a connection; connect again for another one."
SMALL_PACKETS = "This server sends messages of 256 bytes and more."


class Channels(SSHConnection):
    """The channels of a connection; `opened` is called with the one session."""

    transport: Any
    _log = Logger(observer=lambda event: None)  # type: ignore[arg-type]

    def __init__(self, user: SessionUser, opened: Callable[[SessionChannel], None]) -> None:
        super().__init__()
        self._user = user
        self._opened = opened
        self._has_session = False

    def getChannel(
        self,
        channelType: bytes,
        windowSize: int,
        maxPacket: int,
        data: bytes,
    ) -> SessionChannel:
        """Return the session, or refuse any other channel."""
        refusal = ""
        if channelType != b"session":
            refusal = NO_FORWARDING
        elif self._has_session:
            refusal = ONE_SESSION
        elif maxPacket < MIN_PACKET:
            refusal = SMALL_PACKETS
        if refusal:
            raise ConchError(refusal, OPEN_ADMINISTRATIVELY_PROHIBITED)
        self._has_session = True
        channel = SessionChannel(self._user, windowSize, maxPacket, self)
        self._opened(channel)
        return channel

    def gotGlobalRequest(self, requestType: bytes, data: bytes) -> int:
        """Refuse to forward anything; a question for a sign of life is answered by that, too."""
        return 0

    def ssh_CHANNEL_DATA(self, packet: bytes) -> None:
        """Take input; the window is opened again when the guest has taken it."""
        (number,) = struct.unpack_from(">L", packet)
        channel = self.channels.get(number)
        data: bytes = getNS(packet[4:])[0]
        if channel is None or channel.localClosed:
            return
        if len(data) > channel.localWindowLeft:
            raise PacketError("more data than the window takes")
        channel.localWindowLeft -= len(data)
        channel.dataReceived(data)

    def ssh_CHANNEL_EXTENDED_DATA(self, packet: bytes) -> None:
        """Refuse: a client has no stderr."""
        raise PacketError("a client has no stderr")

    def channelClosed(self, channel: Any) -> None:
        """Close the connection when both ends have closed its only channel."""
        super().channelClosed(channel)
        self.transport.close()
