"""Slow readers: how much is unsent to a client, and whether it reads anything at all.

A client that keeps up has no monitor and no timer. A client that is behind has one until it has
caught up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from twisted.internet.interfaces import IDelayedCall, IReactorTime

    from netchat.doors.transport.direct import Carrier
    from netchat.model.limits import ConnectionLimits

CHECKS = 4
"""How often progress is checked within `stall_timeout`."""


class SlowReaderMonitor:
    """Watches `connection`, which has unsent bytes in user space.

    The write that made the client fall behind may be long, if it is an answer to the client's
    request, and is not counted. `too_slow` is called once when more than `limits.max_backlog` bytes
    written after it are unsent, or when the kernel has taken nothing for `limits.stall_timeout`
    seconds (a quarter more, at most).
    """

    __slots__ = (
        "_added",
        "_clock",
        "_connection",
        "_idle_checks",
        "_limits",
        "_taken",
        "_timer",
        "_too_slow",
    )

    def __init__(
        self,
        connection: Carrier,
        clock: IReactorTime,
        limits: ConnectionLimits,
        too_slow: Callable[[], None],
    ) -> None:
        self._connection = connection
        self._clock = clock
        self._limits = limits
        self._too_slow = too_slow
        self._added = 0
        self._taken = connection.taken
        self._idle_checks = 0
        self._timer: IDelayedCall | None = None
        self._schedule_check()

    def add(self, size: int) -> None:
        """Record that `size` more bytes were written."""
        self._added += size
        if 0 < self._limits.max_backlog < min(self._added, self._connection.unsent):
            self._give_up()

    def apply_limits(self, limits: ConnectionLimits) -> None:
        """Apply other `limits` from now on."""
        self._limits = limits
        self.stop()
        self._schedule_check()

    def stop(self) -> None:
        """Cancel the next check."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _schedule_check(self) -> None:
        if self._limits.stall_timeout:
            seconds = self._limits.stall_timeout / CHECKS
            self._timer = self._clock.callLater(seconds, self._check)

    def _check(self) -> None:
        self._timer = None
        taken, self._taken = self._taken, self._connection.taken
        self._idle_checks = self._idle_checks + 1 if taken == self._taken else 0
        if self._idle_checks < CHECKS:
            self._schedule_check()
        else:
            self._give_up()

    def _give_up(self) -> None:
        self.stop()
        self._too_slow()
