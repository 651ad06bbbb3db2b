"""How another server of the site is reached, by its address in a welcome."""

from __future__ import annotations

import pytest
from twisted.internet import reactor

from netchat.client.connection.address import WebAddress, parse_address
from netchat.client.connection.connect import server_endpoint
from netchat.client.connection.endpoint import ServerEndpoint
from netchat.client.connection.trust import Trust


def endpoint(given: str, *, tls: bool = False, **environment: str) -> ServerEndpoint:
    address = parse_address(given)
    is_secure = tls or (isinstance(address, WebAddress) and address.secure)
    return server_endpoint(
        reactor, address, Trust(is_secure, None, bytes(32)), environment, keep_trying=True
    )


def elsewhere(given: str, text: str, *, tls: bool = False, **environment: str) -> ServerEndpoint:
    found = endpoint(given, tls=tls, **environment).elsewhere(text)
    assert found is not None
    return found


@pytest.mark.parametrize("tls", [True, False])
def test_tls_is_used_there_as_here(tls: bool) -> None:
    found = elsewhere("one.lan", "two.lan:5002", tls=tls)
    assert (str(found.address), found.tls) == ("two.lan:5002", tls)
    assert found.keep_trying


@pytest.mark.parametrize("scheme", ["ws", "wss"])
def test_a_websocket_is_used_there_as_here(scheme: str) -> None:
    found = elsewhere(f"{scheme}://one.lan/chat/ws", "[2001:db8::2]:5001")
    assert str(found.address) == f"{scheme}://[2001:db8::2]:5001/chat/ws"
    assert found.tls == (scheme == "wss")


def test_what_a_web_server_wants_to_know_is_told_to_no_other() -> None:
    found = elsewhere("wss://ann:secret@one.lan", "two.lan:443")
    assert isinstance(found.address, WebAddress)
    assert found.address.credentials is None


def test_a_proxy_is_used_there_as_here() -> None:
    assert elsewhere("ws://one.lan", "two.lan:5001", all_proxy="proxy.lan:3128").proxied


@pytest.mark.parametrize("text", ["127.0.0.1:5001", "[::1]:5001", "localhost:5001", "LocalHost."])
def test_no_server_makes_a_client_connect_to_its_own_machine(text: str) -> None:
    assert endpoint("one.lan").elsewhere(text) is None
    assert endpoint("127.0.0.1:5009").elsewhere(text) is not None


@pytest.mark.parametrize(
    "text",
    ["one.lan:5001", "", "a b:5001", "two.lan:0", "wss://two.lan", "u:p@two.lan:5001", "-:1"],
)
def test_an_address_that_is_none_or_is_known_is_of_no_use(text: str) -> None:
    assert endpoint("one.lan:5001").elsewhere(text) is None


def test_a_server_elsewhere_has_the_same_way_to_others() -> None:
    found = elsewhere("one.lan", "two.lan:5001", tls=True).elsewhere("three.lan:5001")
    assert found is not None
    assert found.tls
