"""Which proxy the environment names for a WebSocket."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netchat.client.connection.address import Address, Credentials, WebAddress
from netchat.client.connection.errors import UserFacingError
from netchat.client.connection.proxy import Proxy, find_proxy, is_bypassed

PLAIN = WebAddress("chat.test", 80)
SECURE = WebAddress("chat.test", 443, secure=True)
PROXY = "http://proxy.test:3128"


@pytest.mark.parametrize(
    ("address", "environment", "variable"),
    [
        (SECURE, {"HTTPS_PROXY": PROXY}, "HTTPS_PROXY"),
        (SECURE, {"https_proxy": PROXY, "HTTPS_PROXY": "http://other"}, "https_proxy"),
        (SECURE, {"ALL_PROXY": PROXY}, "ALL_PROXY"),
        (SECURE, {"HTTPS_PROXY": "", "all_proxy": PROXY}, "all_proxy"),
        (SECURE, {"HTTP_PROXY": PROXY}, None),
        (PLAIN, {"HTTP_PROXY": PROXY}, "HTTP_PROXY"),
        (PLAIN, {"HTTP_PROXY": "http://other", "HTTPS_PROXY": PROXY}, "HTTPS_PROXY"),
        (PLAIN, {"http_proxy": PROXY, "ALL_PROXY": "http://other"}, "http_proxy"),
        (PLAIN, {}, None),
        (PLAIN, {"HTTP_PROXY": PROXY, "NO_PROXY": "chat.test"}, None),
        (PLAIN, {"HTTP_PROXY": PROXY, "no_proxy": "chat.test"}, None),
        (PLAIN, {"HTTP_PROXY": PROXY, "no_proxy": "other", "NO_PROXY": "*"}, "HTTP_PROXY"),
        (WebAddress("localhost", 80), {"HTTP_PROXY": PROXY}, None),
        (WebAddress("127.0.0.2", 80), {"HTTP_PROXY": PROXY}, None),
        (WebAddress("::1", 80), {"HTTP_PROXY": PROXY}, None),
    ],
)
def test_the_environment_names_the_proxy(
    address: WebAddress, environment: dict[str, str], variable: str | None
) -> None:
    found = find_proxy(address, environment)
    expected = variable and Proxy(Address("proxy.test", 3128), variable)
    assert found == expected


@pytest.mark.parametrize(
    ("text", "address", "credentials"),
    [
        ("proxy.test", Address("proxy.test", 80), None),
        ("proxy.test:3128", Address("proxy.test", 3128), None),
        ("HTTP://proxy.test/", Address("proxy.test", 80), None),
        ("http://[::1]:3128", Address("::1", 3128), None),
        ("http://me:p%40ss@1.2.3.4:1", Address("1.2.3.4", 1), Credentials("me", "p@ss")),
        ("me:pass@proxy.test:1", Address("proxy.test", 1), Credentials("me", "pass")),
        ("http://me@proxy.test:1", Address("proxy.test", 1), Credentials("me", "")),
    ],
)
def test_a_proxy_is_a_url_or_a_host_with_a_port(
    text: str, address: Address, credentials: Credentials | None
) -> None:
    found = find_proxy(SECURE, {"HTTPS_PROXY": text})
    assert found == Proxy(address, "HTTPS_PROXY", credentials)
    assert str(found) == f"{address} (HTTPS_PROXY)"
    assert "pass" not in repr(found)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("http://", "HTTPS_PROXY is not the address of a proxy; write it as http://HOST:PORT."),
        ("http://me:secret@:80", "HTTPS_PROXY is not the address of a proxy; write it as "),
        ("http://proxy.test/path", "HTTPS_PROXY is not the address of a proxy; write it as "),
        ("socks5h://me:secret@proxy.test", "HTTPS_PROXY names a proxy that is reached by socks5h:"),
        ("https://proxy.test", "by https://, which netchat cannot use; give one as http://HOST:PO"),
    ],
)
def test_a_proxy_that_cannot_be_used_is_reported_in_one_sentence(text: str, sentence: str) -> None:
    with pytest.raises(UserFacingError) as refused:
        find_proxy(SECURE, {"HTTPS_PROXY": text})
    assert sentence in str(refused.value)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    ("no_proxy", "bypassed"),
    [
        ("chat.lan", True),
        ("CHAT.LAN", True),
        ("lan", True),
        (".lan", True),
        ("*.lan", True),
        ("other, chat.lan", True),
        ("other chat.lan", True),
        ("chat.lan:5001", True),
        ("chat.lan:80", False),
        ("at.lan", False),
        ("chat.lan.example", False),
        ("x.chat.lan", False),
        ("*", True),
        ("", False),
        ("10.0.0.0/8", False),
        (":", False),
    ],
)
def test_no_proxy_names_hosts_and_what_is_below_them(no_proxy: str, bypassed: bool) -> None:
    assert is_bypassed(Address("chat.lan", 5001), no_proxy) == bypassed
    assert is_bypassed(Address("Chat.Lan.", 5001), no_proxy) == bypassed


@pytest.mark.parametrize(
    ("host", "no_proxy", "bypassed"),
    [
        ("10.1.2.3", "10.0.0.0/8", True),
        ("11.1.2.3", "10.0.0.0/8", False),
        ("10.1.2.3", "10.1.2.3", True),
        ("10.1.2.3", "10.1.2.3:5001", True),
        ("10.1.2.3", "10.1.2.3:5002", False),
        ("fd00::1", "fd00::/8", True),
        ("fd00::1", "[fd00::1]", True),
        ("fd00::1", "fd00::2", False),
        ("fe80::1%eth0", "fe80::/10", True),
    ],
)
def test_no_proxy_names_networks(host: str, no_proxy: str, bypassed: bool) -> None:
    assert is_bypassed(Address(host, 5001), no_proxy) == bypassed


@given(st.text(), st.text())
def test_any_environment_names_a_proxy_or_none_or_is_refused(proxy: str, no_proxy: str) -> None:
    with suppress(UserFacingError):
        find_proxy(SECURE, {"HTTPS_PROXY": proxy, "NO_PROXY": no_proxy})
