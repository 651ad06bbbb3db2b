"""The incoming half of a guest's connection: his lines, some in a turn, so that others have theirs.

While lines wait for their turn nothing more is read, so the kernel makes the sender wait: nothing
is dropped, and nothing piles up here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Protocol

from netchat.dialects.framing import EndlessLineError, Framer, TooLong

if TYPE_CHECKING:
    from twisted.internet.interfaces import IDelayedCall, IReactorTime

LINES_PER_TURN = 64
_NONE: Iterator[bytes | TooLong] = iter(())


class Taker(Protocol):
    """Who takes the lines."""

    def whole_lines_received(self, data: bytes) -> bool:
        """Take a read of some whole lines, or return False if they are to be taken one by one."""

    def lineReceived(self, line: bytes | TooLong) -> bool:
        """Take one line; return whether another may follow in the same turn."""

    def input_ended(self) -> None:
        """Learn that there will be no more lines."""

    def line_endless(self) -> None:
        """Learn that a line never ends, so that nothing can follow it."""

    def crash(self) -> None:
        """Learn that taking a line met a bug, which is the exception being handled."""


class Inlet:
    """Feeds `taker` with the lines of `transport`, cut by `framer`."""

    __slots__ = (
        "_all_taken",
        "_clock",
        "_ended",
        "_framer",
        "_held",
        "_lines",
        "_stopped",
        "_taker",
        "_transport",
        "_turn",
        "_unread",
    )

    def __init__(self, transport: Any, clock: IReactorTime, framer: Framer, taker: Taker) -> None:
        self._transport = transport
        self._clock = clock
        self._framer = framer
        self._taker = taker
        self._unread: tuple[bytes, ...] = ()
        """Reads that wait; a few at most, because nothing is read as long as lines wait."""
        self._lines: Iterator[bytes | TooLong] = _NONE
        self._turn: IDelayedCall | None = None
        self._ended = False
        self._all_taken = False
        self._stopped = False
        self._held = False

    def feed(self, data: bytes) -> None:
        """Take a read."""
        if self._stopped:
            return
        idle = self._turn is None and not self._held
        if idle and self._is_whole(data) and self._hand_over(data):
            return
        self._unread += (data,)
        if idle:
            self._work(LINES_PER_TURN)

    def end(self, *, at_once: bool = False) -> None:
        """Take the end of the input; `at_once` what still waits for its turn, too."""
        if self._stopped or (self._ended and not at_once):
            return
        self._ended = True
        if at_once:
            self._cancel()
            self._work(None)
        elif self._turn is None and not self._held:
            self._work(LINES_PER_TURN)

    def hold(self) -> None:
        """Hand on nothing more for now."""
        if not (self._held or self._stopped):
            self._held = True
            self._cancel()
            self._transport.pauseProducing()

    def go_on(self) -> None:
        """Hand on again, in another turn."""
        if self._held and not self._stopped:
            self._held = False
            self._turn = self._clock.callLater(0, self._next_turn)

    def stop(self) -> None:
        """Take nothing more."""
        self._stopped = True
        self._cancel()

    def _is_whole(self, data: bytes) -> bool:
        """Return whether `data` is some whole lines, and none of them can be too long."""
        framer = self._framer
        return (
            data.endswith(b"\n")
            and 0 < len(data) <= framer.limit
            and framer.empty
            and not framer.blanks
            and data.count(b"\n") <= LINES_PER_TURN
        )

    def _hand_over(self, data: bytes) -> bool:
        try:
            return self._taker.whole_lines_received(data)
        except Exception:
            self.stop()
            self._taker.crash()
            return True

    def _work(self, budget: int | None) -> None:
        """Hand on `budget` lines (None: all), and put off the rest."""
        try:
            if self._hand_on(budget):
                if not self._held:
                    self._put_off()
            elif self._ended:
                self.stop()
                self._taker.input_ended()
        except EndlessLineError:
            self.stop()
            self._taker.line_endless()
        except Exception:
            self.stop()
            self._taker.crash()

    def _hand_on(self, budget: int | None) -> bool:
        """Return whether there may be more to hand on, in another turn."""
        while not self._stopped:
            for line in self._lines:
                if not (line or self._framer.blanks):
                    continue
                more = self._taker.lineReceived(line)
                if budget is not None:
                    budget -= 1
                    if self._held or not (more and budget):
                        return True
                if self._stopped:
                    return False
            if self._unread:
                data, *rest = self._unread
                self._unread = tuple(rest)
                self._lines = self._framer.feed(data)
            elif self._ended and not self._all_taken:
                self._all_taken = True
                self._lines = self._framer.rest()
            else:
                # Nothing is kept for a guest who is silent: there may be many.
                self._lines = _NONE
                return False
        return False

    def _put_off(self) -> None:
        self._transport.pauseProducing()
        self._turn = self._clock.callLater(0, self._next_turn)

    def _next_turn(self) -> None:
        self._turn = None
        self._work(LINES_PER_TURN)
        if self._turn is None and not (self._stopped or self._held):
            self._transport.resumeProducing()

    def _cancel(self) -> None:
        if self._turn is not None:
            self._turn.cancel()
            self._turn = None
