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
from netchat.client.connection.errors import explain, silence, stranger
from netchat.client.connection.protocol import Line

LONGEST_WAIT = 60.0
"""How many seconds at most go by before the next attempt to come back."""
SHORTEST_WAIT = 0.1
LONGEST_RETRY = 600.0
"""How many seconds at most a server can have us wait: it is not to be trusted with more."""


def back_off(failures: int, chance: float) -> float:
    """Return how many seconds to wait after so many `failures` in a row (1, 2, 3 ...).

    Anything up to one second, doubling, at most a minute, as `chance` (0 to 1) will have it, so
    that not everybody comes back to a restarted server at the same moment.
    """
    return max(SHORTEST_WAIT, chance * min(2.0 ** min(failures - 1, 10), LONGEST_WAIT))


def wait_for(retry: float, chance: float) -> float:
    """Return how many seconds to wait for a server that asks for `retry` seconds (above 0).

    That long at least, and up to twice as long, as `chance` (0 to 1) will have it: whom it tells at
    the same moment comes back spread over as much time as he was asked to wait.
    """
    return max(SHORTEST_WAIT, min(retry, LONGEST_RETRY) * (1 + chance))


@dataclass(frozen=True, slots=True)
class Server:
    """Where the server is, the way there, and why there is none if it fails.

    Whoever is `patient` seeks it also if it was never there; nobody comes back to one that is not
    to be trusted, which `distrusts` tells. `tls` tells whether that is what we speak.
    """

    address: Address
    endpoint: IStreamClientEndpoint
    explain: Callable[[BaseException, Address], str] = explain
    patient: bool = False
    distrusts: Callable[[BaseException], bool] = lambda _: False
    tls: bool = False

    def tell(self, why: BaseException) -> str:
        """Return, in a sentence, why the server could not be reached, or went away."""
        return self.explain(why, self.address)

    def why_lost(self, line: Line, reason: BaseException) -> BaseException:
        """Return why `line` is lost, for which its transport gives `reason`."""
        if line.complaint is not None:
            return line.complaint
        if line.inbox.strange:
            return stranger(self.address)
        hushed = line.silent and isinstance(reason, error.ConnectionClosed)
        return silence(self.address) if hushed and not self.tls else reason


@implementer(IStreamClientEndpoint)
class Way:
    """An endpoint that tells `failed` why it leads nowhere, each time it does."""

    def __init__(
        self, endpoint: IStreamClientEndpoint, failed: Callable[[BaseException], None]
    ) -> None:
        self._endpoint = endpoint
        self._failed = failed

    def connect(self, factory: IProtocolFactory) -> Deferred[IProtocol]:
        """Connect; the Deferred fails after `failed` was told."""

        def tell(failure: Failure) -> Failure:
            assert failure.value is not None, "a failure has a reason"
            self._failed(failure.value)
            return failure

        return self._endpoint.connect(factory).addErrback(tell)
