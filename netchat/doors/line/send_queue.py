"""The outgoing half of a guest's connection: what he is slow to take, and how it ends.

Twisted puts no cap on what waits to be sent, and a connection that is closed politely waits for a
silent reader for ever; here both have an end.
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

from netchat.doors.line.slow_reader import SlowReaderMonitor
from netchat.doors.transport.direct import DirectServer, below

if TYPE_CHECKING:
    from collections.abc import Callable

    from twisted.internet.interfaces import IDelayedCall

    from netchat.chat.room import Send
    from netchat.model.limits import ConnectionLimits


class Owner(Protocol):
    """Whose outlet it is."""

    def fast_send_changed(self) -> None:
        """Learn that what is `direct` has changed."""

    def too_slow(self) -> None:
        """Learn, once, that his reader is cut off, because he does not keep up."""


@implementer(IPushProducer)
class SendQueue:
    """Writes to `transport`, for as long as its reader keeps up.

    Registered as the transport's producer, which is how a transport tells that it is clogged: it
    asks for a pause when its buffer is fuller than it likes, and to resume when the buffer has run
    empty. A reader is `too_slow` when he is too far behind (`netchat.doors.line.slow_reader`).
    """

    __slots__ = (
        "_awaiting",
        "_clock",
        "_clogged",
        "_ended",
        "_limits",
        "_monitor",
        "_owner",
        "_timer",
        "_transport",
        "closing",
    )

    def __init__(
        self,
        transport: Any,  # mypy: no one zope interface has registerProducer and abortConnection
        clock: IReactorTime,
        limits: ConnectionLimits,
        owner: Owner,
    ) -> None:
        self.closing = False
        self._transport = transport
        self._clock = clock
        self._limits = limits
        self._owner = owner
        self._ended = False
        self._clogged = False
        self._monitor: SlowReaderMonitor | None = None
        """Only of a reader who is behind."""
        self._timer: IDelayedCall | None = None
        self._awaiting: tuple[Callable[[], None], ...] = ()
        transport.registerProducer(self, True)

    @property
    def fast_send(self) -> Send | None:
        """What sends at once; None if something waits to be sent, or the transport cannot tell."""
        transport = self._transport
        if self.closing or not isinstance(transport, DirectServer):
            return None
        return transport.fast_send

    def apply_limits(self, limits: ConnectionLimits) -> None:
        """Apply other `limits` from now on; a timer that is running stays."""
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
            self._see_behind()
        else:
            monitor.add(len(data))

    def when_drained(self, call: Callable[[], None]) -> None:
        """Call `call`, in another turn, when the reader has taken everything."""
        if self._clogged or self._monitor is not None:
            self._awaiting += (call,)
        elif not self.closing:
            self._clock.callLater(0, call)

    def close(self, *, linger: bool = True) -> None:
        """Close once everything is sent, or after `limits.close_timeout` seconds in any case.

        To `linger` is to wait until the guest closes as well: a socket that is closed while bytes
        from him are still unread is reset, and the reset can overtake his last line.
        """
        if self.closing:
            return
        self.closing = True
        self._forget_lag()
        # With a producer registered, a transport waits for that to finish before it closes.
        self._transport.unregisterProducer()
        if self._limits.close_timeout:
            self._timer = self._clock.callLater(self._limits.close_timeout, self._abort)
        if linger and not self._ended and _can_close_half(self._transport):
            self._transport.loseWriteConnection()
        else:
            self._transport.loseConnection()

    def end(self) -> None:
        """Learn that there is nothing to linger for: the guest has closed his half, or must go."""
        self._ended = True
        if self.closing:
            self._transport.loseConnection()

    def abort(self) -> None:
        """Drop the connection and what is unsent, in a moment: a write may be what found it out."""
        self.closing = True
        self._cancel()
        self._timer = self._clock.callLater(0, self._abort)

    def lost(self) -> None:
        """Learn that the connection is gone."""
        self.closing = True
        self._cancel()

    def pauseProducing(self) -> None:
        """Learn that the reader does not keep up; Twisted may say so on every write."""
        self._clogged = True
        # TLS puts small writes off, so that they may be found to be waiting only now.
        self._see_behind()

    def resumeProducing(self) -> None:
        """Learn that the reader has taken everything."""
        self._clogged = False
        self._drained()

    def stopProducing(self) -> None:
        """Nothing to do: the door hears by itself that its connection is gone."""

    def _see_behind(self) -> None:
        connection = below(self._transport)
        if connection is None or self._monitor is not None or not connection.unsent or self.closing:
            return
        self._monitor = SlowReaderMonitor(connection, self._clock, self._limits, self._be_too_slow)
        connection.emptied = self._catch_up
        self._change_direct(connection)

    def _catch_up(self) -> None:
        """Learn that the reader has taken all that there was."""
        self._forget_lag()
        connection = below(self._transport)
        if connection is not None:
            self._change_direct(connection)
        self._drained()

    def _drained(self) -> None:
        awaiting, self._awaiting = self._awaiting, ()
        for call in awaiting:
            self.when_drained(call)

    def _change_direct(self, connection: DirectServer) -> None:
        if connection is self._transport:
            self._owner.fast_send_changed()

    def _be_too_slow(self) -> None:
        self._owner.too_slow()
        self.abort()

    def _forget_lag(self) -> None:
        if self._monitor is not None:
            self._monitor.stop()
            self._monitor = None

    def _cancel(self) -> None:
        self._forget_lag()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _abort(self) -> None:
        self._timer = None
        self._transport.abortConnection()


def _can_close_half(transport: object) -> bool:
    # TLS passes on the interfaces of the transport below it, but cannot close one half.
    return IHalfCloseableDescriptor.providedBy(transport) and not ISSLTransport.providedBy(
        transport
    )
