"""Named delayed calls."""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.interfaces import IDelayedCall, IReactorTime


class Timers:
    """Delayed calls, at most one of each name."""

    __slots__ = ("_calls", "_clock")

    def __init__(self, clock: IReactorTime) -> None:
        self._clock = clock
        self._calls: dict[str, IDelayedCall] = {}

    def seconds(self) -> float:
        """Return the time of the clock."""
        return self._clock.seconds()

    def set(self, name: str, seconds: float, act: Callable[[], object]) -> None:
        """Call `act` after so many `seconds`, in place of an earlier call of this `name`."""
        self.cancel(name)
        self._calls[name] = self._clock.callLater(seconds, act)

    def cancel(self, *names: str) -> None:
        """Cancel the calls of these `names`, if there are any."""
        for name in names:
            call = self._calls.pop(name, None)
            if call is not None and call.active():
                call.cancel()

    def cancel_all(self) -> None:
        """Cancel every call."""
        self.cancel(*self._calls)
