"""A reader who is behind: how far, and whether he takes anything at all.

Nothing is kept for readers who keep up, and nobody asks after them. Who is behind has a timer of
his own, until he has caught up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from twisted.internet.interfaces import IDelayedCall, IReactorTime

    from netchat.doors.transport.direct import DirectServer
    from netchat.model.limits import ConnectionLimits

LOOKS = 4
"""How often one looks within the time in which he must take something."""


class SlowReaderMonitor:
    """The reader of `connection`, for whom something waits in user space.

    What made him fall behind may be a great deal, if he has asked for that: one answer is not held
    against him. But he is `too_slow` when of what was written after it more than
    `limits.max_backlog` bytes wait, or when the kernel has taken nothing for
    `limits.stall_timeout` seconds (a quarter more, at most).
    """

    __slots__ = (
        "_added",
        "_clock",
        "_connection",
        "_limits",
        "_quiet",
        "_taken",
        "_tell",
        "_timer",
    )

    def __init__(
        self,
        connection: DirectServer,
        clock: IReactorTime,
        limits: ConnectionLimits,
        too_slow: Callable[[], None],
    ) -> None:
        self._connection = connection
        self._clock = clock
        self._limits = limits
        self._tell = too_slow
        self._added = 0
        self._taken = connection.taken
        self._quiet = 0
        self._timer: IDelayedCall | None = None
        self._look_later()

    def add(self, size: int) -> None:
        """Learn that `size` bytes more were written."""
        self._added += size
        if 0 < self._limits.max_backlog < min(self._added, self._connection.unsent):
            self._give_up()

    def apply_limits(self, limits: ConnectionLimits) -> None:
        """Apply other `limits` from now on."""
        self._limits = limits
        self.stop()
        self._look_later()

    def stop(self) -> None:
        """Ask no more after him."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look_later(self) -> None:
        if self._limits.stall_timeout:
            seconds = self._limits.stall_timeout / LOOKS
            self._timer = self._clock.callLater(seconds, self._look)

    def _look(self) -> None:
        self._timer = None
        taken, self._taken = self._taken, self._connection.taken
        self._quiet = self._quiet + 1 if taken == self._taken else 0
        if self._quiet < LOOKS:
            self._look_later()
        else:
            self._give_up()

    def _give_up(self) -> None:
        self.stop()
        self._tell()
