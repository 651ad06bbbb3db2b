"""The PROXY header, in which a proxy tells the address of its client. Pure: no I/O.

Twisted's parser, which is private, fails on a header that arrives in pieces, takes any text for an
address, and raises ValueError or KeyError on unexpected input.

Source: HAProxy's proxy-protocol.txt, versions 1 and 2.
"""

from __future__ import annotations

import struct
from ipaddress import IPv4Address, IPv6Address
from typing import NamedTuple

SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
_FIRST = b"PROXY "
_LONGEST_1 = 107
_LONGEST_2 = 16 + 4096
"""The addresses take 216 bytes at most; the rest is other information, which is ignored."""
_KINDS: dict[bytes, type[IPv4Address | IPv6Address]] = {b"TCP4": IPv4Address, b"TCP6": IPv6Address}


class BadHeaderError(Exception):
    """The data is not a PROXY header; the message says why not."""


class Header(NamedTuple):
    """A whole header: the client's address (None: the proxy tells none) and the header's length."""

    source: tuple[IPv4Address | IPv6Address, int] | None
    length: int


def read_header(data: bytes) -> Header | None:
    """Return the header that `data` begins with, or None if it is incomplete.

    Raise BadHeaderError if `data` cannot be the beginning of a header.
    """
    if data[: len(SIGNATURE)] == SIGNATURE[: len(data)]:
        return _read_2(data)
    if data[: len(_FIRST)] == _FIRST[: len(data)]:
        return _read_1(data)
    raise BadHeaderError("no PROXY header")


def _read_1(data: bytes) -> Header | None:
    line, end, _ = data[:_LONGEST_1].partition(b"\r\n")
    if not end:
        if len(data) >= _LONGEST_1:
            raise BadHeaderError("endless PROXY header")
        return None
    length = len(line) + len(end)
    match line.split(b" "):
        case [_, b"UNKNOWN", *_]:
            return Header(None, length)
        case [_, b"TCP4" | b"TCP6" as kind, source, _, port, _]:
            try:
                host = _KINDS[kind](source.decode("ascii"))
                return Header((host, _port(port)), length)
            except ValueError as error:
                raise BadHeaderError("bad address in PROXY header") from error
    raise BadHeaderError("bad PROXY header")


def _port(text: bytes) -> int:
    if not (text.isdigit() and len(text) <= 5 and int(text) <= 65535):
        raise ValueError("no port")
    return int(text)


def _read_2(data: bytes) -> Header | None:
    if len(data) < 16:
        return None
    command, kind, size = struct.unpack_from("!BBH", data, 12)
    length = 16 + size
    if command not in (0x20, 0x21) or length > _LONGEST_2:
        raise BadHeaderError("bad PROXY header")
    if len(data) < length:
        return None
    if command == 0x20 or kind in (0x00, 0x31):  # The proxy itself, or no IP address.
        return Header(None, length)
    try:
        return Header(_source(kind, data[16:length]), length)
    except (struct.error, KeyError) as error:
        raise BadHeaderError("bad address in PROXY header") from error


def _source(kind: int, addresses: bytes) -> tuple[IPv4Address | IPv6Address, int]:
    layout = {0x11: "!4s4sH2x", 0x21: "!16s16sH2x"}[kind]
    source, _, port = struct.unpack_from(layout, addresses)
    return IPv4Address(source) if kind == 0x11 else IPv6Address(source), port
