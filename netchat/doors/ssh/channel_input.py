"""The input of a channel: passed on, or held while it is not taken, when the client has to wait."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from twisted.internet.interfaces import IDelayedCall, IReactorTime

WINDOW = 32 * 1024
"""Bytes that a client may send before they are taken. Source: RFC 4254 section 5.2."""


class ChannelInput:
    """Passes input to `pass_on`, and its end to `pass_end`; these return whether it is taken."""

    __slots__ = ("_clock", "_delivery", "_has_ended", "_held", "_pass_end", "_pass_on", "_pauses")

    def __init__(
        self,
        clock: IReactorTime,
        pass_on: Callable[[bytes], bool],
        pass_end: Callable[[], bool],
    ) -> None:
        self._clock = clock
        self._pass_on = pass_on
        self._pass_end = pass_end
        self._held = bytearray()
        """Input that is not taken yet: as much as the window, at most."""
        self._has_ended = False
        """Whether the end of the input is held."""
        self._pauses: set[object] = set()
        self._delivery: IDelayedCall | None = None

    def receive(self, data: bytes) -> None:
        """Pass on what the client has sent, or hold it."""
        self._held += data
        self._deliver()

    def end(self) -> None:
        """Pass on the end of the input, or hold it."""
        self._has_ended = True
        self._deliver()

    def pause(self, why: object) -> None:
        """Pass on nothing until `resume` with the same `why`."""
        self._pauses.add(why)

    def resume(self, why: object) -> None:
        """Pass on input again, if there is no other reason not to."""
        self._pauses.discard(why)
        if not self._pauses and (self._held or self._has_ended) and self._delivery is None:
            # In another turn: the one who resumes is not ready for it yet.
            self._delivery = self._clock.callLater(0, self._deliver_later)

    def flush(self) -> None:
        """Pass on all that is held, whether it is wanted or not."""
        self._pauses.clear()
        if self._delivery is not None:
            self._delivery.cancel()
            self._delivery = None
        self._deliver()

    def _deliver_later(self) -> None:
        self._delivery = None
        self._deliver()

    def _deliver(self) -> None:
        if self._pauses:
            return
        if self._held:
            data = bytes(self._held)
            if not self._pass_on(data):
                return
            del self._held[: len(data)]
        if self._has_ended and not self._held and not self._pauses and self._pass_end():
            self._has_ended = False
