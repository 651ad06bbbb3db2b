"""The time by which a client has to do something: give a name, or end a line."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from twisted.internet.interfaces import IDelayedCall, IReactorTime

    from netchat.model.events import Closing
    from netchat.session.session import Session


class Deadline:
    """Ends `session` when the time is over; none is set at first."""

    __slots__ = ("_call", "_clock", "_session")

    def __init__(self, clock: IReactorTime, session: Session) -> None:
        self._clock = clock
        self._session = session
        self._call: IDelayedCall | None = None

    def __bool__(self) -> bool:
        """Whether a deadline is set."""
        return self._call is not None

    def set(self, seconds: float, closing: Closing) -> None:
        """End the session with `closing` after `seconds`; 0: never. No deadline is set yet."""
        if seconds:
            self._call = self._clock.callLater(seconds, self._expire, closing)

    def extend(self, seconds: float) -> None:
        """Give the client `seconds` more, if a deadline is set."""
        if seconds > 0 and self._call is not None:
            self._call.delay(seconds)

    def clear(self) -> None:
        """Give the client all the time it wants."""
        if self._call is not None:
            self._call.cancel()
            self._call = None

    def _expire(self, closing: Closing) -> None:
        self._call = None
        self._session.leave(closing)
