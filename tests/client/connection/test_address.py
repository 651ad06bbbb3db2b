"""How the user can write the address of the server."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netchat.client.connection.address import (
    Address,
    BadAddressError,
    Credentials,
    WebAddress,
    parse_address,
)


def _needs_no_zone(address: IPv4Address | IPv6Address) -> bool:
    return not address.is_link_local


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("host", "host", 5001),
        ("chat.example.org", "chat.example.org", 5001),
        ("my_container", "my_container", 5001),
        ("bücher.example", "bücher.example", 5001),
        ("host:7", "host", 7),
        ("1.2.3.4", "1.2.3.4", 5001),
        ("1.2.3.4:5", "1.2.3.4", 5),
        ("::1", "::1", 5001),
        ("fe80::1%eth0", "fe80::1%eth0", 5001),
        ("[::1]", "::1", 5001),
        ("[::1]:65535", "::1", 65535),
        ("[fe80::5%eth0]", "fe80::5%eth0", 5001),
        ("[fe80::5%eth0]:7", "fe80::5%eth0", 7),
        ("fe80::5%2", "fe80::5%2", 5001),
    ],
)
def test_an_address_is_a_host_with_an_optional_port(text: str, host: str, port: int) -> None:
    assert parse_address(text) == Address(host, port)


@pytest.mark.parametrize(
    "text",
    [
        *("", ":", ":5001", "host:", "host:0", "host:65536", "host:x", "host:-1", "host:٣"),
        *("1:2:3", "[::1", "::1]", "[host]:1", "[]:1", "[::1]x:1", "[::1:5", "::1]x:5", "host:1:2"),
        *("a b", "a\n", "a/b", "a..b", "-a", "a" * 64, "a." * 127),
    ],
)
def test_a_wrong_address_is_refused_in_one_sentence_that_quotes_it(text: str) -> None:
    with pytest.raises(BadAddressError, match=r"^'.*' is not an? (address|port); [^.]+\.$"):
        parse_address(text)


@pytest.mark.parametrize("text", ["fe80::5", "[fe80::5]:5001", "febf::1"])
def test_a_link_local_address_needs_its_interface(text: str) -> None:
    with pytest.raises(BadAddressError, match=r"its network interface; write .*%eth0\.$"):
        parse_address(text)


@given(st.text())
def test_any_text_is_an_address_or_refused(text: str) -> None:
    try:
        address = parse_address(text)
    except BadAddressError:
        return
    assert address.host
    assert 1 <= address.port <= 65535


@given(
    st.sampled_from(["host", "a.b", "1.2.3.4"])
    | st.ip_addresses(v=6).filter(_needs_no_zone).map(str),
    st.integers(1, 65535),
)
def test_an_address_is_parsed_back_from_its_text(host: str, port: int) -> None:
    address = Address(host, port)
    assert parse_address(str(address)) == address


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("ws://host", WebAddress("host", 80)),
        ("wss://host", WebAddress("host", 443, secure=True)),
        ("WS://host/", WebAddress("host", 80)),
        ("ws://host:5001", WebAddress("host", 5001)),
        ("ws://[::1]:5001", WebAddress("::1", 5001)),
        ("ws://[::1]", WebAddress("::1", 80)),
        ("ws://my_container/ws", WebAddress("my_container", 80)),
        ("wss://host/chat/", WebAddress("host", 443, secure=True, path="/chat/ws")),
        ("wss://host/chat/ws?x=1/", WebAddress("host", 443, secure=True, path="/chat/ws?x=1/")),
        ("ws://host/a b\r\nü", WebAddress("host", 80, path="/a%20b%0D%0A%C3%BC")),
        ("ws://host/%41\udcff", WebAddress("host", 80, path="/%41%FF")),
        ("ws://host?x", WebAddress("host", 80, path="/ws?x")),
        ("ws://a:b%40@host", WebAddress("host", 80, credentials=Credentials("a", "b@"))),
    ],
)
def test_a_url_is_the_address_of_a_websocket(text: str, address: WebAddress) -> None:
    assert parse_address(text) == address


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("http://host:5001/", "'http://' is not an address of netchat's; write ws://."),
        ("https://host", "'https://' is not an address of netchat's; write wss://."),
        ("ws://host/#x", "'#x' is not an address's part; leave it out."),
        ("ws://", "'' is not an address; write HOST, HOST:PORT, [IPV6]:PORT or ws://HOST."),
        ("ws://host:0", "'0' is not a port; give a number from 1 to 65535."),
        ("ws://a:secret@ho st", "'ho st' is not an address; write HOST, HOST:PORT, [IPV6]:"),
        ("ftp://host", "'ftp://' is not an address of netchat's; write ws:// or wss://."),
        ("ws://" + "ü" * 63, "' is not an address; correct its host."),
    ],
)
def test_a_wrong_url_is_refused_in_one_sentence_without_its_password(
    text: str, sentence: str
) -> None:
    with pytest.raises(BadAddressError) as refused:
        parse_address(text)
    assert sentence in str(refused.value)
    assert "secret" not in str(refused.value)


@given(st.text(), st.sampled_from(["ws://", "wss://"]))
def test_any_url_is_printed_as_one_that_means_the_same_or_refused(text: str, scheme: str) -> None:
    try:
        address = parse_address(scheme + text)
    except BadAddressError:
        return
    assert isinstance(address, WebAddress)
    assert address.path.isascii()
    assert address.path.isprintable()
    assert address.ascii_authority.isascii()
    again = parse_address(str(address))
    assert (again.host, again.port) == (address.host, address.port)
    assert isinstance(again, WebAddress)
    assert again.path == address.path


def test_a_password_in_an_address_is_never_printed() -> None:
    address = parse_address("ws://me:secret@host")
    assert "secret" not in f"{address} {address!r}"


@pytest.mark.parametrize(
    ("host", "authority"),
    [("bücher.test", "xn--bcher-kva.test:80"), ("fe80::1%eth0", "[fe80::1]:80"), ("a_b", "a_b:80")],
)
def test_in_a_header_a_host_is_in_idna_and_has_no_zone(host: str, authority: str) -> None:
    assert Address(host, 80).ascii_authority == authority
