"""The endpoint of the server, and why a connection to it failed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from twisted.internet import error
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IProtocol, IProtocolFactory, IStreamClientEndpoint
from twisted.python.failure import Failure
from zope.interface import implementer

from netchat.client.connection.address import Address, WebAddress
from netchat.client.connection.errors import closed_silently, not_netchat
from netchat.client.connection.network_errors import explain
from netchat.client.connection.protocol import ClientProtocol


@dataclass(frozen=True, slots=True)
class ServerEndpoint:
    """Where the server is, how to connect to it, and how to explain a failure.

    With `keep_trying`, a server that cannot be reached at first is tried again. `is_untrusted`
    tells whether a failure means that the server cannot be trusted; then the client does not
    reconnect. `tls` tells whether the endpoint uses TLS, `proxied` whether it goes through a proxy.
    `elsewhere` returns the endpoint of another server of the site by its address, HOST:PORT, which
    is reached in the same way; None if that address is of no use.
    """

    address: Address
    endpoint: IStreamClientEndpoint
    explain: Callable[[BaseException, Address], str] = explain
    keep_trying: bool = False
    is_untrusted: Callable[[BaseException], bool] = lambda _: False
    tls: bool = False
    proxied: bool = False
    elsewhere: Callable[[str], ServerEndpoint | None] = lambda _: None

    def describe(self, why: BaseException) -> str:
        """Return, in a sentence, why the server could not be reached or the connection was lost."""
        return self.explain(why, self.address)

    def loss_reason(self, protocol: ClientProtocol, reason: BaseException) -> BaseException:
        """Return why the connection of `protocol` was lost; its transport gives `reason`."""
        if protocol.problem is not None:
            return protocol.problem
        if protocol.decoder.is_foreign:
            return not_netchat(self.address)
        silent_close = protocol.silent and isinstance(reason, error.ConnectionClosed)
        # With TLS or a WebSocket, the server has answered in the handshake.
        answered = self.tls or isinstance(self.address, WebAddress)
        return closed_silently(self.address) if silent_close and not answered else reason


@implementer(IStreamClientEndpoint)
class ReportingEndpoint:
    """An endpoint that calls `on_failure` with the reason of each attempt that fails."""

    def __init__(
        self, endpoint: IStreamClientEndpoint, on_failure: Callable[[BaseException], None]
    ) -> None:
        self._endpoint = endpoint
        self._on_failure = on_failure

    def connect(self, factory: IProtocolFactory) -> Deferred[IProtocol]:
        """Connect; the Deferred fails after `on_failure` was called."""

        def report(failure: Failure) -> Failure:
            assert failure.value is not None, "a failure has a reason"
            self._on_failure(failure.value)
            return failure

        return self._endpoint.connect(factory).addErrback(report)
