"""How every command connects: directly or through a proxy, over TCP or a WebSocket."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from twisted.internet.interfaces import IStreamClientEndpoint

from netchat.client.connection.address import (
    DEFAULT_PORT,
    Address,
    BadAddressError,
    WebAddress,
    is_loopback,
    parse_authority,
)
from netchat.client.connection.endpoint import ServerEndpoint
from netchat.client.connection.errors import UserFacingError
from netchat.client.connection.network_errors import explain
from netchat.client.connection.proxy import Proxy, find_proxy
from netchat.client.connection.tcp import tcp_endpoint
from netchat.client.connection.trust import Trust


def server_endpoint(
    reactor: Any,
    address: Address,
    trust: Trust,
    environment: Mapping[str, str],
    *,
    keep_trying: bool = False,
) -> ServerEndpoint:
    """Return the endpoint of the server at `address`.

    `environment` may name a proxy for a WebSocket. Raises UserFacingError if the proxy or the file
    of a CA cannot be used, ImportError if there is no pyOpenSSL and TLS is wanted.
    """
    proxy = find_proxy(address, environment) if isinstance(address, WebAddress) else None
    endpoint = _stream(reactor, address, proxy)
    describe, is_untrusted = explain, lambda _: False
    if trust.tls:
        from netchat.client.connection import tls

        endpoint = tls.wrap(endpoint, address, ca=trust.ca, fingerprint=trust.fingerprint)
        describe, is_untrusted = tls.explain_any, tls.is_trust_failure
    if isinstance(address, WebAddress):
        from netchat.client.connection.websocket_endpoint import WebSocketEndpoint

        web_socket = WebSocketEndpoint(endpoint, address, reactor)
        reactor.addSystemEventTrigger("before", "shutdown", web_socket.close)
        endpoint = web_socket
    proxied = proxy is not None

    def elsewhere(text: str) -> ServerEndpoint | None:
        other = address_elsewhere(text, address)
        if other is None:
            return None
        try:
            return server_endpoint(reactor, other, trust, environment, keep_trying=keep_trying)
        except UserFacingError:
            return None

    return ServerEndpoint(
        address, endpoint, describe, keep_trying, is_untrusted, trust.tls, proxied, elsewhere
    )


def address_elsewhere(text: str, given: Address) -> Address | None:
    """Return the address of the server at `text`, HOST:PORT, which is reached as that at `given`.

    None if it is of no use. No server makes the client connect to this machine, unless it is on it
    as well. What a web server before `given` wants to know of the user is for that one only.
    """
    try:
        address = parse_authority(text, DEFAULT_PORT)
        if isinstance(given, WebAddress):
            address = replace(given, host=address.host, port=address.port, credentials=None)
            _ = address.ascii_authority
    except (BadAddressError, UnicodeError):
        return None
    is_given = (address.host, address.port) == (given.host, given.port)
    is_private = is_loopback(address.host) and not is_loopback(given.host)
    return None if is_given or is_private else address


def _stream(reactor: Any, address: Address, proxy: Proxy | None) -> IStreamClientEndpoint:
    """Return the endpoint of the bytes to `address`: of a connection, or of a tunnel."""
    if proxy is None:
        return tcp_endpoint(reactor, address)
    from netchat.client.connection.tunnel_endpoint import tunnel_endpoint

    return tunnel_endpoint(tcp_endpoint(reactor, proxy.address), proxy, address, reactor)
