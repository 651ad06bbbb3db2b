"""Where the server is, the way there, and when to try it again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from twisted.internet import error
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IProtocol, IProtocolFactory, IStreamClientEndpoint
from twisted.python.failure import Failure
from zope.interface import implementer

from netchat.client.connection.address import Address
from netchat.client.connection.errors import closed_silently, explain, not_netchat
from netchat.client.connection.protocol import ClientProtocol


@dataclass(frozen=True, slots=True)
class ServerEndpoint:
    """Where the server is, the way there, and why there is none if it fails.

    Whoever is `patient` seeks it also if it was never there; nobody comes back to one that is not
    to be trusted, which `distrusts` tells. `tls` tells whether that is what we speak.
    """

    address: Address
    endpoint: IStreamClientEndpoint
    explain: Callable[[BaseException, Address], str] = explain
    keep_trying: bool = False
    is_untrusted: Callable[[BaseException], bool] = lambda _: False
    tls: bool = False

    def describe(self, why: BaseException) -> str:
        """Return, in a sentence, why the server could not be reached, or went away."""
        return self.explain(why, self.address)

    def loss_reason(self, protocol: ClientProtocol, reason: BaseException) -> BaseException:
        """Return why `line` is lost, for which its transport gives `reason`."""
        if protocol.problem is not None:
            return protocol.problem
        if protocol.decoder.is_foreign:
            return not_netchat(self.address)
        silent_close = protocol.silent and isinstance(reason, error.ConnectionClosed)
        return closed_silently(self.address) if silent_close and not self.tls else reason


@implementer(IStreamClientEndpoint)
class ReportingEndpoint:
    """An endpoint that tells `failed` why it leads nowhere, each time it does."""

    def __init__(
        self, endpoint: IStreamClientEndpoint, on_failure: Callable[[BaseException], None]
    ) -> None:
        self._endpoint = endpoint
        self._on_failure = on_failure

    def connect(self, factory: IProtocolFactory) -> Deferred[IProtocol]:
        """Connect; the Deferred fails after `failed` was told."""

        def report(failure: Failure) -> Failure:
            assert failure.value is not None, "a failure has a reason"
            self._on_failure(failure.value)
            return failure

        return self._endpoint.connect(factory).addErrback(report)
