"""The outgoing half of a connection: backpressure, slow readers, and an orderly close.

Twisted does not limit how much waits to be sent, and an orderly close waits for ever for a client
that does not read. Here both have a limit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from twisted.internet.interfaces import (
    IHalfCloseableDescriptor,
    IPushProducer,
    IReactorTime,
    ISSLTransport,
)
from zope.interface import implementer

from netchat.doors.connection.slow_reader import SlowReaderMonitor
from netchat.doors.transport.direct import Carrier, DirectServer, carrier_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from twisted.internet.interfaces import IDelayedCall

    from netchat.chat.clients import Send
    from netchat.model.limits import ConnectionLimits
    from netchat.session.session import Session


class SendQueueOwner(Protocol):
    """The connection that a send queue belongs to."""

    session: Session
    """It is told when `fast_send` has changed."""

    def too_slow(self) -> bytes:
        """Called once when the client is too slow to be served.

        Return what to send it at last, behind the end of a line; b"": drop the connection.
        """


@implementer(IPushProducer)
class SendQueue:
    """Writes to `transport` as long as its client keeps up.

    It is registered as the producer of the transport, because that is how a transport signals
    backpressure: it calls `pauseProducing` when its buffer is fuller than its limit, and
    `resumeProducing` when the buffer is empty. netchat.doors.connection.slow_reader decides which
    client is too slow.
    """

    __slots__ = (
        "_clock",
        "_is_paused",
        "_limits",
        "_lingers",
        "_monitor",
        "_owner",
        "_timer",
        "_transport",
        "_when_drained",
        "closing",
    )

    def __init__(
        self,
        transport: Any,  # mypy: no one zope interface has registerProducer and abortConnection
        clock: IReactorTime,
        limits: ConnectionLimits,
        owner: SendQueueOwner,
    ) -> None:
        self.closing = False
        self._transport = transport
        self._clock = clock
        self._limits = limits
        self._owner = owner
        self._lingers = True
        self._is_paused = False
        self._monitor: SlowReaderMonitor | None = None
        """Exists only while the client is behind."""
        self._timer: IDelayedCall | None = None
        self._when_drained: tuple[Callable[[], None], ...] = ()
        transport.registerProducer(self, True)

    @property
    def fast_send(self) -> Send | None:
        """The function that sends at once.

        None if something waits to be sent, or the transport has no such function.
        """
        transport = self._transport
        if self.closing or not isinstance(transport, DirectServer):
            return None
        return transport.fast_send

    def apply_limits(self, limits: ConnectionLimits) -> None:
        """Apply other `limits` from now on; a close timer that is running stays."""
        self._limits = limits
        if self._monitor is not None:
            self._monitor.apply_limits(limits)

    def write(self, data: bytes) -> None:
        """Send `data`, unless the connection is closing."""
        if self.closing:
            return
        monitor = self._monitor
        self._transport.write(data)
        if monitor is None:
            self._check_behind()
        else:
            monitor.add(len(data))

    def when_drained(self, call: Callable[[], None]) -> None:
        """Call `call`, in another turn, when everything has been sent."""
        if self._is_paused or self._monitor is not None:
            self._when_drained += (call,)
        elif not self.closing:
            self._clock.callLater(0, call)

    def close(self, *, linger: bool = True) -> None:
        """Close once everything is sent, or after `limits.close_timeout` seconds in any case.

        With `linger`, wait for the client to close as well: closing a socket with unread input
        resets the connection, and the reset can overtake the last line.
        """
        if self.closing:
            return
        self.closing = True
        self._stop_monitor()
        self._close(linger=linger)

    def _close(self, *, linger: bool = True) -> None:
        # With a producer registered, a transport waits for that to finish before it closes.
        self._transport.unregisterProducer()
        if self._limits.close_timeout:
            self._timer = self._clock.callLater(self._limits.close_timeout, self._abort)
        if linger and self._lingers and _can_close_half(self._transport):
            self._transport.loseWriteConnection()
        else:
            self._transport.loseConnection()

    def stop_lingering(self) -> None:
        """Do not wait for the client to close: it has closed its half, or time is up."""
        self._lingers = False
        if self.closing:
            self._transport.loseConnection()

    def abort(self) -> None:
        """Drop the connection and what is unsent, in another turn: this may run within a write."""
        self.closing = True
        self._cancel()
        self._timer = self._clock.callLater(0, self._abort)

    def connection_lost(self) -> None:
        """Called when the connection is gone."""
        self.closing = True
        self._cancel()

    def release(self) -> None:
        """Let another protocol write to the transport; nothing has been written here."""
        self.closing = True
        self._transport.unregisterProducer()

    def pauseProducing(self) -> None:
        """Record backpressure; Twisted may call this on every write."""
        self._is_paused = True
        # TLS delays small writes, so that it may be noticed only now that they are unsent.
        self._check_behind()

    def resumeProducing(self) -> None:
        """Record that the transport has sent everything."""
        self._is_paused = False
        self._call_drained()

    def stopProducing(self) -> None:
        """Do nothing: `connection_lost` follows."""

    def _check_behind(self) -> None:
        connection = carrier_of(self._transport)
        if connection is None or self._monitor is not None or not connection.unsent or self.closing:
            return
        self._monitor = SlowReaderMonitor(connection, self._clock, self._limits, self._drop_slow)
        connection.emptied = self._caught_up
        self._report_fast_send(connection)

    def _caught_up(self) -> None:
        """Called when the kernel has taken everything."""
        self._stop_monitor()
        connection = carrier_of(self._transport)
        if connection is not None:
            self._report_fast_send(connection)
        self._call_drained()

    def _call_drained(self) -> None:
        calls, self._when_drained = self._when_drained, ()
        for call in calls:
            self.when_drained(call)

    def _report_fast_send(self, connection: Carrier) -> None:
        if connection is self._transport:
            self._owner.session.fast_send_changed()

    def _drop_slow(self) -> None:
        """Send the client why it is closed instead of all else, unless TLS has encrypted that."""
        self.closing = True
        self._cancel()
        last = self._owner.too_slow()
        if last and isinstance(self._transport, DirectServer):
            self._transport.replace_unsent(last)
            # In another turn: this may run within a write.
            self._timer = self._clock.callLater(0, self._close)
        else:
            self.abort()

    def _stop_monitor(self) -> None:
        if self._monitor is not None:
            self._monitor.stop()
            self._monitor = None

    def _cancel(self) -> None:
        self._stop_monitor()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _abort(self) -> None:
        self._timer = None
        self._transport.abortConnection()


def _can_close_half(transport: object) -> bool:
    # A TLS transport provides the interfaces of the one below it, but cannot close one half.
    return IHalfCloseableDescriptor.providedBy(transport) and not ISSLTransport.providedBy(
        transport
    )
