"""What endpoints that begin with a handshake have in common: a tunnel, a WebSocket.

The Deferred of such an endpoint fires when the handshake is done.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.interfaces import (
    IProtocol,
    IProtocolFactory,
    IReactorTime,
    IStreamClientEndpoint,
)
from twisted.internet.protocol import Factory, Protocol
from twisted.python.failure import Failure
from zope.interface import implementer

from netchat.client.connection.timers import Timers

TIMEOUT = 20.0
"""Seconds that a handshake may take."""


class HandshakeProtocol(Protocol):
    """A connection that begins with a handshake; after it, `inner`, built by `factory`, uses it.

    `done` fires with `inner` when the handshake is done, or fails. A subclass calls `finish` or
    `fail`.
    """

    transport: Any
    inner: Any = None

    def __init__(self, factory: IProtocolFactory, clock: IReactorTime) -> None:
        self._factory = factory
        self.timers = Timers(clock)
        self.done: Deferred[IProtocol] = Deferred(self._cancel)

    def connectionMade(self) -> None:
        """Begin to wait for the end of the handshake."""
        self.timers.set("handshake", TIMEOUT, lambda: self.fail(self.timed_out()))

    def timed_out(self) -> Exception:
        """Return the error for a handshake that takes too long."""
        raise NotImplementedError

    def finish(self, transport: object) -> Any:
        """Connect the inner protocol to `transport`, and return it: the handshake is done."""
        self.timers.cancel("handshake")
        self.inner = self._factory.buildProtocol(self.transport.getPeer())
        self.inner.makeConnection(transport)
        self.done.callback(self.inner)
        return self.inner

    def fail(self, reason: BaseException) -> None:
        """Abort the connection: the handshake failed because of `reason`."""
        self.report(reason)
        self.transport.abortConnection()

    def report(self, reason: BaseException) -> None:
        """Report the first `reason` why the handshake failed."""
        self.timers.cancel_all()
        if not self.done.called:
            self.done.errback(Failure(reason))

    def _cancel(self, _: Deferred[IProtocol]) -> None:
        self.fail(CancelledError())


@implementer(IStreamClientEndpoint)
class HandshakeEndpoint:
    """The endpoint `below`, and the handshake of the protocol that `protocol` returns.

    `explain` returns the error for a connection to `below` that fails.
    """

    def __init__(
        self,
        below: IStreamClientEndpoint,
        protocol: Callable[[IProtocolFactory], HandshakeProtocol],
        explain: Callable[[BaseException], BaseException] = lambda reason: reason,
    ) -> None:
        self._below = below
        self._protocol = protocol
        self._explain = explain

    def connect(self, factory: IProtocolFactory) -> Deferred[IProtocol]:
        """Connect, and do the handshake."""
        outer = Factory.forProtocol(lambda: self._protocol(factory))

        def explained(failure: Failure) -> Failure:
            assert failure.value is not None, "a failure has a reason"
            return Failure(self._explain(failure.value))

        def shake_hands(connection: Any) -> Deferred[IProtocol]:
            done: Deferred[IProtocol] = connection.done
            return done

        return self._below.connect(outer).addCallbacks(shake_hands, explained)
