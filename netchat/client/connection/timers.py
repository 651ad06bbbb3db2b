"""What is to be done later."""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.interfaces import IDelayedCall, IReactorTime


class Timers:
    """Calls to be made after a while, each known by what it is for."""

    def __init__(self, clock: IReactorTime) -> None:
        self._clock = clock
        self._calls: dict[str, IDelayedCall] = {}

    def set(self, name: str, seconds: float, act: Callable[[], object]) -> None:
        """Call `act` after so many `seconds`, in place of what was planned for `what` before."""
        self.cancel(name)
        self._calls[name] = self._clock.callLater(seconds, act)

    def cancel(self, *names: str) -> None:
        """Do nothing of what is planned for `plans`."""
        for name in names:
            call = self._calls.pop(name, None)
            if call is not None and call.active():
                call.cancel()

    def cancel_all(self) -> None:
        """Do nothing of what is planned."""
        self.cancel(*self._calls)
