"""Which hosts and origins a browser may use, and whose address a request counts for."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netchat.doors.web.access import WebAccess, host_of

ACCESS = WebAccess(
    hosts=frozenset({"chat.example", "box"}),
    origins=frozenset({"https://intranet.example"}),
    proxies=(ip_network("10.0.0.0/8"), ip_network("fd00::/8")),
)


@pytest.mark.parametrize(
    "authority",
    [
        "192.168.1.7", "192.168.1.7:5001", "[::1]", "[fd00::1]:5001", "localhost", "LOCALHOST:5001",
        "chat.localhost", "printer.local", "printer.local.:80", "chat.example", "Chat.Example.",
        "box:5001", "8.8.8.8",
    ],
)  # fmt: skip
def test_hosts_that_public_dns_cannot_rebind_are_allowed(authority: str) -> None:
    assert ACCESS.is_host_allowed(authority)


@pytest.mark.parametrize(
    "authority",
    [
        "", "evil.example", "evil.example:5001", "chat.example.evil", "xchat.example", "local",
        "evillocal", "localhost.evil.example", "192.168.1.7.evil.example", "1.2.3.4.5", "127.1",
        "[::1", "[evil.example]", "[::1]x", "::1", "localhost:x", "localhost:123456",
        "localhost/", "user@localhost", "localhost,evil.example", "\u212aocalhost",
    ],
)  # fmt: skip
def test_any_other_host_is_refused(authority: str) -> None:
    assert not ACCESS.is_host_allowed(authority)


@given(st.text())
def test_any_text_is_a_host_or_none(authority: str) -> None:
    host = host_of(authority)
    assert host is None or host == host.lower()


@pytest.mark.parametrize(
    ("origin", "authority", "scheme"),
    [
        ("http://192.168.1.7:5001", "192.168.1.7:5001", ""),
        ("http://chat.example", "chat.example", ""),
        ("https://chat.example", "chat.example", ""),
        ("https://chat.example", "chat.example", "https"),
        ("https://chat.example", "chat.example:443", "https"),
        ("http://CHAT.example", "chat.EXAMPLE:80", ""),
        ("http://[::1]:5001", "[::1]:5001", ""),
        ("https://intranet.example", "chat.example", "http"),
    ],
)
def test_a_page_of_the_same_host_or_of_a_named_origin_may_open_a_websocket(
    origin: str, authority: str, scheme: str
) -> None:
    assert ACCESS.is_origin_allowed(origin, authority, scheme)


@pytest.mark.parametrize(
    ("origin", "authority", "scheme"),
    [
        ("http://evil.example", "192.168.1.7:5001", ""),
        ("http://192.168.1.7:5002", "192.168.1.7:5001", ""),
        ("http://192.168.1.7", "192.168.1.7:5001", ""),
        ("http://chat.example", "chat.example", "https"),
        ("https://chat.example:443", "chat.example:80", ""),
        ("http://intranet.example", "chat.example", ""),
        ("https://intranet.example.evil", "chat.example", ""),
        ("null", "chat.example", ""),
        ("", "chat.example", ""),
        ("chat.example", "chat.example", ""),
        ("file://", "chat.example", ""),
        ("ftp://chat.example", "chat.example", ""),
        ("http://chat.example/", "chat.example", ""),
        ("http://evil.example", "", ""),
    ],
)
def test_a_page_of_any_other_origin_may_not(origin: str, authority: str, scheme: str) -> None:
    assert not ACCESS.is_origin_allowed(origin, authority, scheme)


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("192.0.2.1", [], "192.0.2.1"),
        ("192.0.2.1", ["203.0.113.9"], "192.0.2.1"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", ["203.0.113.9"], "203.0.113.9"),
        ("10.0.0.1", ["198.51.100.1, 203.0.113.9"], "203.0.113.9"),
        ("10.0.0.1", ["198.51.100.1", "203.0.113.9, 10.0.0.2"], "203.0.113.9"),
        ("10.0.0.1", ["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
        ("10.0.0.1", ["203.0.113.9, nonsense"], "10.0.0.1"),
        ("10.0.0.1", ["203.0.113.9, , 10.0.0.2"], "10.0.0.2"),
        ("fd00::1", ["2001:db8::9"], "2001:db8::9"),
        ("10.0.0.1", ["[2001:db8::9]"], "2001:db8::9"),
        ("10.0.0.1", ["::ffff:203.0.113.9"], "203.0.113.9"),
    ],
)
def test_a_request_counts_for_the_last_address_that_is_no_proxy(
    peer: str, forwarded: list[str], client: str
) -> None:
    assert ACCESS.client_of(ip_address(peer), forwarded) == ip_address(client)


def test_a_client_of_a_unix_socket_is_no_proxy() -> None:
    assert ACCESS.client_of(None, ["203.0.113.9"]) is None


def test_a_client_of_a_unix_socket_may_be_a_proxy() -> None:
    access = WebAccess(unix_proxy=True, proxies=ACCESS.proxies)
    assert access.client_of(None, ["203.0.113.9"]) == ip_address("203.0.113.9")
    assert access.client_of(None, ["203.0.113.9, 10.0.0.1"]) == ip_address("203.0.113.9")
    assert access.client_of(None, ["nonsense"]) is None
