"""PROXY headers, cut in any way, and data that is not one."""

from __future__ import annotations

import struct
from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twisted.protocols.haproxy import _v1parser, _v2parser

from netchat.doors.transport.proxy_header import SIGNATURE, BadHeaderError, Header, read_header

addresses = st.one_of(
    st.tuples(st.ip_addresses(v=4), st.ip_addresses(v=4)),
    st.tuples(st.ip_addresses(v=6), st.ip_addresses(v=6)),
)
ports = st.integers(0, 65535)


def version_1(source: object, to: object, port: int, to_port: int) -> bytes:
    kind = "TCP4" if isinstance(source, IPv4Address) else "TCP6"
    return f"PROXY {kind} {source} {to} {port} {to_port}\r\n".encode()


def version_2(
    source: IPv4Address | IPv6Address,
    to: IPv4Address | IPv6Address,
    port: int,
    to_port: int,
    more: bytes = b"",
) -> bytes:
    body = source.packed + to.packed + struct.pack("!HH", port, to_port) + more
    kind = 0x11 if isinstance(source, IPv4Address) else 0x21
    return SIGNATURE + struct.pack("!BBH", 0x21, kind, len(body)) + body


@given(addresses, ports, ports, st.binary(max_size=40), st.binary(max_size=40))
def test_the_header_tells_the_address_of_the_client(
    pair: tuple[IPv4Address, IPv4Address], port: int, to_port: int, more: bytes, rest: bytes
) -> None:
    for header in (version_1(*pair, port, to_port), version_2(*pair, port, to_port, more)):
        assert read_header(header + rest) == Header((pair[0], port), len(header))
        for end in range(len(header)):
            assert read_header(header[:end]) is None


@given(addresses, ports)
def test_twisted_reads_the_same_address(pair: tuple[IPv4Address, IPv4Address], port: int) -> None:
    theirs = _v1parser.V1Parser.parse(version_1(*pair, port, 1)[:-2]).source
    assert theirs is not None
    assert (ip_address(theirs.host), theirs.port) == (pair[0], port)  # type: ignore[attr-defined]
    theirs = _v2parser.V2Parser.parse(version_2(*pair, port, 1)).source
    assert theirs is not None
    assert (ip_address(theirs.host), theirs.port) == (pair[0], port)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "header",
    [
        b"PROXY UNKNOWN\r\n",
        b"PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n",
        SIGNATURE + b"\x20\x00\0\0",
        SIGNATURE + b"\x21\x00\0\0",
        SIGNATURE + b"\x20\x11\0\x0c" + bytes(12),
        SIGNATURE + b"\x21\x31\0\xd8" + bytes(216),
    ],
)
def test_a_header_without_an_address_tells_none(header: bytes) -> None:
    assert read_header(header + b"hello") == Header(None, len(header))


@pytest.mark.parametrize(
    "data",
    [
        b"Bob\n",
        b"\n",
        b"PROXI",
        b"PROXY \r\n",
        b"PROXY TCP4 1.2.3.4 1.2.3.4 1 65536\r\n".replace(b"1 65536", b"65536 1"),
        b"PROXY TCP4 1.2.3.4 1.2.3.4 one 1\r\n",
        b"PROXY TCP4 1.2.3.4 1.2.3.4 1\r\n",
        b"PROXY TCP4 1.2.3.4 1.2.3.4 \xc2\xb2 1\r\n",
        b"PROXY TCP4 ::1 ::1 1 1\r\n",
        b"PROXY TCP4 \x1b[31m 1.2.3.4 1 1\r\n",
        b"PROXY TCP4 \xff 1.2.3.4 1 1\r\n",
        b"PROXY UDP4 1.2.3.4 1.2.3.4 1 1\r\n",
        b"PROXY " + b"x" * 200,
        b"PROXY " + b"x" * 200 + b"\r\n",
        SIGNATURE + b"\x11\x11\0\x0c" + bytes(12),
        SIGNATURE + b"\x22\x11\0\x0c" + bytes(12),
        SIGNATURE + b"\x21\x12\0\x0c" + bytes(12),
        SIGNATURE + b"\x21\x11\0\x0b" + bytes(11),
        SIGNATURE + b"\x21\x21\0\x0c" + bytes(12),
        SIGNATURE + b"\x21\x11\xff\xff",
    ],
)
def test_data_that_is_not_a_header_is_refused(data: bytes) -> None:
    with pytest.raises(BadHeaderError):
        read_header(data)


@given(st.binary(max_size=300), st.sampled_from([b"", b"PROXY ", b"PROXY TCP4 ", SIGNATURE]))
def test_no_data_raises_another_error(data: bytes, start: bytes) -> None:
    try:
        header = read_header(start + data)
    except BadHeaderError:
        return
    assert header is None or 0 < header.length <= len(start + data)
