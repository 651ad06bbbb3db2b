"""How the user can write the address of the server."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netchat.client.connection.address import Address, BadAddressError, parse_address


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
