"""What is to be done later."""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.interfaces import IDelayedCall, IReactorTime


class Plans:
    """Calls to be made after a while, each known by what it is for."""

    def __init__(self, clock: IReactorTime) -> None:
        self._clock = clock
        self._calls: dict[str, IDelayedCall] = {}

    def make(self, what: str, seconds: float, act: Callable[[], object]) -> None:
        """Call `act` after so many `seconds`, in place of what was planned for `what` before."""
        self.drop(what)
        self._calls[what] = self._clock.callLater(seconds, act)

    def drop(self, *plans: str) -> None:
        """Do nothing of what is planned for `plans`."""
        for what in plans:
            call = self._calls.pop(what, None)
            if call is not None and call.active():
                call.cancel()

    def drop_all(self) -> None:
        """Do nothing of what is planned."""
        self.drop(*self._calls)
