"""A tunnel through a web proxy: what is sent, and how any answer is read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netchat.client.connection.address import Address, Credentials
from netchat.client.connection.errors import TemporaryError, UserFacingError
from netchat.client.connection.proxy import Proxy
from netchat.client.connection.tunnel import Tunnel

CHAT = Address("bücher.test", 443)
PROXY = Proxy(Address("proxy.test", 3128), "HTTPS_PROXY")
OPEN = b"HTTP/1.1 200 Connection established\r\nVia: x\r\n\r\n"


def test_the_request_names_the_server_in_idna() -> None:
    authority = b"xn--bcher-kva.test:443"
    assert Tunnel(PROXY, CHAT).request == (
        b"CONNECT " + authority + b" HTTP/1.1\r\nHost: " + authority + b"\r\n\r\n"
    )


def test_name_and_password_are_sent_as_utf_8() -> None:
    proxy = Proxy(PROXY.address, "HTTPS_PROXY", Credentials("me", "pä:ss"))
    assert b"\r\nProxy-Authorization: Basic bWU6cMOkOnNz\r\n" in Tunnel(proxy, CHAT).request


@pytest.mark.parametrize("answer", [OPEN, b"HTTP/1.0 200\n\n", b"HTTP/1.1 204 x\r\n\r\n"])
@pytest.mark.parametrize("rest", [b"", b"\r\n\r\nHTTP/1.1 101", b"\x16\x03\x01"])
def test_an_open_tunnel_is_seen_whole_and_byte_by_byte(answer: bytes, rest: bytes) -> None:
    assert Tunnel(PROXY, CHAT).feed(answer + rest) == rest
    tunnel = Tunnel(PROXY, CHAT)
    fed = [tunnel.feed(bytes([byte])) for byte in answer]
    assert fed == [None] * (len(answer) - 1) + [b""]


@pytest.mark.parametrize(
    "answer", [b"SSH-2.0-x\r\n", b"\x15\x03\x01", b"HTTP/2 200\r\n\r\n", b"HTTP/1.1 2\r\n\r\n"]
)
def test_what_is_not_a_proxy_is_seen_at_once(answer: bytes) -> None:
    with pytest.raises(UserFacingError, match=r"^proxy.test:3128 \(HTTPS_PROXY\) does not answer"):
        Tunnel(PROXY, CHAT).feed(answer)


def test_an_answer_without_an_end_is_given_up() -> None:
    tunnel = Tunnel(PROXY, CHAT)
    assert tunnel.feed(b"HTTP/1.1 200 OK\r\n") is None
    with pytest.raises(UserFacingError, match="does not answer as a web proxy does"):
        tunnel.feed(b"X: " + bytes(70_000))


@pytest.mark.parametrize(
    ("code", "temporary"),
    [(403, False), (404, False), (407, False), (429, True), (500, True), (502, True), (504, True)],
)
def test_only_what_may_pass_is_temporary(code: int, temporary: bool) -> None:
    with pytest.raises(UserFacingError) as refused:
        Tunnel(PROXY, CHAT).feed(b"HTTP/1.1 %d \x9b31m\r\n\r\n" % code)
    assert isinstance(refused.value, TemporaryError) == temporary
    assert "\x9b" not in str(refused.value)


@given(st.binary(), st.booleans())
def test_any_answer_opens_the_tunnel_or_not(answer: bytes, http: bool) -> None:
    problem = ""
    try:
        Tunnel(PROXY, CHAT).feed(b"HTTP/1.1 " * http + answer)
    except UserFacingError as error:
        problem = str(error)
    assert problem.isprintable()
