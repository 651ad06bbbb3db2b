"""The endpoint of a server that is reached through a web proxy."""

from __future__ import annotations

from typing import Any

from twisted.internet import error
from twisted.internet.defer import CancelledError
from twisted.internet.interfaces import IProtocolFactory, IReactorTime, IStreamClientEndpoint
from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure

from netchat.client.connection.address import Address
from netchat.client.connection.errors import UserFacingError
from netchat.client.connection.handshake import HandshakeEndpoint, HandshakeProtocol
from netchat.client.connection.keepalive import enable_keepalive
from netchat.client.connection.proxy import Proxy
from netchat.client.connection.tunnel import Tunnel

_REASONS: dict[type[BaseException], str] = {
    error.DNSLookupError: "there is no such host",
    error.ConnectionRefusedError: "nothing listens there",
    error.TimeoutError: "it does not answer",
}


def tunnel_endpoint(
    below: IStreamClientEndpoint, proxy: Proxy, address: Address, clock: IReactorTime
) -> IStreamClientEndpoint:
    """Return the endpoint of the server at `address`, through `proxy`, whose endpoint is `below`.

    Its errors are UserFacingErrors.
    """

    def explain(reason: BaseException) -> BaseException:
        if isinstance(reason, CancelledError | UserFacingError):
            return reason
        sentences = (words for kind, words in _REASONS.items() if isinstance(reason, kind))
        return Tunnel(proxy, address).unreachable(next(sentences, str(reason).rstrip(".")))

    return HandshakeEndpoint(
        below,
        lambda factory: _TunnelProtocol(factory, clock, Tunnel(proxy, address)),
        explain,
    )


class _TunnelProtocol(HandshakeProtocol):
    """The connection to the proxy, and then, through it, to the server."""

    def __init__(self, factory: IProtocolFactory, clock: IReactorTime, tunnel: Tunnel) -> None:
        super().__init__(factory, clock)
        self._tunnel = tunnel

    def connectionMade(self) -> None:
        """Ask the proxy for the tunnel."""
        super().connectionMade()
        enable_keepalive(self.transport)
        self.transport.write(self._tunnel.request)

    def timed_out(self) -> Exception:
        """Return the error for a proxy that does not answer."""
        return self._tunnel.timed_out()

    def dataReceived(self, data: bytes) -> None:
        """Read the proxy's answer; pass on what comes after it."""
        if self.inner is not None:
            self.inner.dataReceived(data)
            return
        if self.done.called:
            return
        try:
            rest = self._tunnel.feed(data)
        except UserFacingError as problem:
            self.fail(problem)
            return
        if rest is not None:
            inner: Any = self.finish(self.transport)
            if rest:
                inner.dataReceived(rest)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Pass the loss on, or report that there is no tunnel."""
        if self.inner is not None:
            self.inner.connectionLost(reason)
        else:
            self.report(self._tunnel.closed())
