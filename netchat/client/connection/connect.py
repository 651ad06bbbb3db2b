"""How every command connects: directly or through a proxy, over TCP or a WebSocket."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from twisted.internet.interfaces import IStreamClientEndpoint

from netchat.client.connection.address import Address, WebAddress
from netchat.client.connection.endpoint import ServerEndpoint
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
    return ServerEndpoint(
        address, endpoint, describe, keep_trying, is_untrusted, trust.tls, proxied
    )


def _stream(reactor: Any, address: Address, proxy: Proxy | None) -> IStreamClientEndpoint:
    """Return the endpoint of the bytes to `address`: of a connection, or of a tunnel."""
    if proxy is None:
        return tcp_endpoint(reactor, address)
    from netchat.client.connection.tunnel_endpoint import tunnel_endpoint

    return tunnel_endpoint(tcp_endpoint(reactor, proxy.address), proxy, address, reactor)
