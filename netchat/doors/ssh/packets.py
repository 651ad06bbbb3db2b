"""The packets of an SSH connection: cut from what arrives in linear time, with a limit.

Source: RFC 4253 section 6.
"""

from __future__ import annotations

import struct
from typing import Any

MAX_PACKET = 35_000
"""The most bytes of a packet. Source: RFC 4253 section 6.1."""
MAX_BEFORE_KEYS = 8_192
"""The same before there are keys: no message of a key exchange is longer."""


class PacketError(Exception):
    """What arrives is no packet, or its MAC is wrong: the text says what is wrong."""


class PacketReader:
    """Cuts packets, which `encryptions` (conch's SSHCiphers) decrypt and verify."""

    __slots__ = ("_buffer", "_first", "sequence")

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._first = b""
        """The decrypted first block of a packet whose end has not arrived yet."""
        self.sequence = 0
        """How many packets have been read."""

    @property
    def size(self) -> int:
        """How many bytes wait."""
        return len(self._buffer)

    def feed(self, data: bytes) -> None:
        """Add what has arrived."""
        self._buffer += data

    def next(self, encryptions: Any, limit: int) -> bytes | None:
        """Return the payload of the next packet; None if its end has not arrived yet."""
        block, mac_size = encryptions.decBlockSize, encryptions.verifyDigestSize
        if len(self._buffer) < block:
            return None
        first = self._first or encryptions.decrypt(bytes(self._buffer[:block]))
        length, padding = struct.unpack_from("!LB", first)
        size = length + 4
        if not block <= size <= limit or size % block or not 4 <= padding < length:
            raise PacketError("bad packet length")
        if len(self._buffer) < size + mac_size:
            self._first = first
            return None
        packet: bytes = first + encryptions.decrypt(bytes(self._buffer[block:size]))
        mac = bytes(self._buffer[size : size + mac_size])
        del self._buffer[: size + mac_size]
        self._first = b""
        if mac_size and not encryptions.verify(self.sequence, packet, mac):
            raise PacketError("bad MAC")
        self.sequence = (self.sequence + 1) & 0xFFFFFFFF
        return packet[5:-padding]
