"""The incoming half of a guest's connection: his lines, some in a turn, so that others have theirs.

While lines wait for their turn nothing more is read, so the kernel makes the sender wait: nothing
is dropped, and nothing piles up here. (While they wait only because he speaks too fast, a burst
more is read, to see whether it is more than that: `netchat.doors.line.rate_limit`.)
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Protocol

from netchat.dialects.framing import EndlessLineError, Framer, TooLong
from netchat.doors.line.rate_limit import TokenBucket, adapted, paced

if TYPE_CHECKING:
    from twisted.internet.interfaces import IDelayedCall, IReactorTime

    from netchat.model.limits import ConnectionLimits

LINES_PER_TURN = 64
_NONE: Iterator[bytes | TooLong] = iter(())


class LineReader(Protocol):
    """Who takes the lines."""

    def whole_lines_received(self, data: bytes) -> bool:
        """Take a read of some whole lines, or return False if they are to be taken one by one."""

    def lineReceived(self, line: bytes | TooLong) -> bool:
        """Take one line; return whether another may follow in the same turn."""

    def input_ended(self) -> None:
        """Learn that there will be no more lines."""

    def line_endless(self) -> None:
        """Learn that a line never ends, so that nothing can follow it."""

    def line_flood(self) -> None:
        """Learn that far too many lines have come for far too long, so that no more are taken."""

    def fail(self) -> None:
        """Learn that taking a line met a bug, which is the exception being handled."""


class InputQueue:
    """Feeds `taker` with the lines of `transport`, cut by `framer`, as fast as `limits` allow."""

    __slots__ = (
        "_all_taken",
        "_bucket",
        "_clock",
        "_ended",
        "_framer",
        "_held",
        "_limits",
        "_lines",
        "_stopped",
        "_taker",
        "_transport",
        "_turn",
        "_unread",
    )

    def __init__(
        self,
        transport: Any,
        clock: IReactorTime,
        framer: Framer,
        taker: LineReader,
        limits: ConnectionLimits,
    ) -> None:
        self._transport = transport
        self._clock = clock
        self._framer = framer
        self._taker = taker
        self._limits = limits if paced(limits) else None
        self._bucket: TokenBucket | None = None
        """None for who has not spoken yet, or may speak as fast as he likes."""
        self._unread: tuple[bytes, ...] = ()
        """Reads that wait; a few at most, because nothing is read as long as lines wait."""
        self._lines: Iterator[bytes | TooLong] = _NONE
        self._turn: IDelayedCall | None = None
        self._ended = False
        self._all_taken = False
        self._stopped = False
        self._held: float | None = None
        """Since when nothing is handed on, if that is so."""

    def feed(self, data: bytes) -> None:
        """Take a read."""
        if self._stopped:
            return
        idle = self._turn is None and self._held is None
        if idle and (lines := self._count_whole(data)) and self._hand_over(data, lines):
            return
        self._unread += (data,)
        bucket = self._paced()
        if bucket is not None:
            bucket.waiting += data.count(b"\n")
        if idle:
            self._work()
        elif bucket is not None and bucket.behind:
            self._transport.pauseProducing()

    def apply_limits(self, limits: ConnectionLimits) -> None:
        """Apply other `limits` from now on, with a full burst."""
        self._limits = adapted(self._limits, limits)
        self.reset()

    def reset(self) -> None:
        """Let the guest speak as if he had not spoken yet."""
        if self._bucket is not None:
            self._bucket = self._bucket.reset(self._limits)

    def end(self, *, at_once: bool = False, broken: bool = False) -> None:
        """Take the end of the input; `at_once` what still waits for its turn, too.

        Of who speaks too fast that is a burst: nobody says a thousand lines by hanging up. If the
        input is `broken` off, the line that it ends in is half a line, and not taken.
        """
        if self._stopped or (self._ended and not at_once):
            return
        self._ended = True
        self._all_taken = self._all_taken or broken
        if at_once:
            self._cancel()
            self._work(None if self._limits is None else self._limits.burst, at_once=True)
        elif self._turn is None and self._held is None:
            self._work()

    def pause(self) -> None:
        """Hand on nothing more for now."""
        if self._held is None and not self._stopped:
            self._held = self._clock.seconds()
            self._cancel()
            self._transport.pauseProducing()

    def resume(self) -> None:
        """Hand on again, in another turn, and as fast as the guest may speak."""
        if self._held is not None and not self._stopped:
            if self._bucket is not None:
                self._bucket.excuse(self._clock.seconds() - self._held)
            self._held = None
            self._turn = self._clock.callLater(0, self._next_turn)

    def stop(self) -> None:
        """Take nothing more."""
        self._stopped = True
        self._cancel()

    def close(self) -> None:
        """Take nothing more, but read on: or the guest's own end would never be seen."""
        self.stop()
        self._read_more()

    def _paced(self) -> TokenBucket | None:
        """Return the bucket of a guest who speaks; None if there is no limit to it."""
        if self._bucket is None and self._limits is not None:
            self._bucket = TokenBucket(self._limits)
        return self._bucket

    def _count_whole(self, data: bytes) -> int:
        """Return how many lines `data` is, if they are whole and none can be too long, or 0."""
        framer = self._framer
        fits = data.endswith(b"\n") and 0 < len(data) <= framer.limit
        lines = data.count(b"\n") if fits and framer.empty and not framer.yield_blanks else 0
        return lines if lines <= LINES_PER_TURN else 0

    def _hand_over(self, data: bytes, lines: int) -> bool:
        bucket = self._paced()
        now = 0.0
        if bucket is not None:
            now = self._clock.seconds()
            if lines > bucket.allowed(now):
                return False
        try:
            taken = self._taker.whole_lines_received(data)
        except Exception:
            self.stop()
            self._taker.fail()
            return True
        if taken and bucket is not None:
            bucket.take(lines, now)
        return taken

    def _work(self, budget: int | None = LINES_PER_TURN, *, at_once: bool = False) -> None:
        """Hand on `budget` lines (None: all), and put off the rest, if it is not now or never."""
        bucket = self._bucket
        if bucket is not None and budget and not at_once:
            budget = min(budget, bucket.allowed(self._clock.seconds()))
            if not budget:
                self._put_off()
                return
        try:
            if self._hand_on(budget, at_once=at_once):
                if at_once:
                    self.stop()
                elif self._held is None:
                    self._put_off()
            elif self._ended:
                self.stop()
                self._taker.input_ended()
        except EndlessLineError:
            self.stop()
            self._taker.line_endless()
        except Exception:
            self.stop()
            self._taker.fail()

    def _hand_on(self, budget: int | None, *, at_once: bool) -> bool:
        """Return whether there may be more to hand on, in another turn."""
        while not self._stopped:
            for line in self._lines:
                if not (line or self._framer.yield_blanks):
                    continue
                if self._bucket is not None:
                    self._bucket.take_waiting(self._clock.seconds())
                more = self._taker.lineReceived(line)
                if budget is not None:
                    budget -= 1
                    if not budget or ((self._held is not None or not more) and not at_once):
                        return True
                if self._stopped:
                    return False
            if not self._read_on():
                return False
        return False

    def _read_on(self) -> bool:
        """Cut what was read next into lines; return whether there was anything."""
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
            if self._bucket is not None:
                self._bucket.pass_over(self._clock.seconds())
            return False
        return True

    def _put_off(self) -> None:
        wait = 0.0 if self._bucket is None else self._bucket.wait(self._clock.seconds())
        if wait and self._bucket is not None and not self._bucket.behind:
            self._read_more()
        else:
            self._transport.pauseProducing()
        self._turn = self._clock.callLater(wait, self._next_turn)

    def _next_turn(self) -> None:
        self._turn = None
        if self._bucket is not None and self._bucket.floods(self._clock.seconds()):
            self.stop()
            self._taker.line_flood()
            return
        self._work()
        if self._turn is None and self._held is None and not self._stopped:
            self._read_more()

    def _read_more(self) -> None:
        # Reading again what has ended would end it again.
        if not self._ended:
            self._transport.resumeProducing()

    def _cancel(self) -> None:
        if self._turn is not None:
            self._turn.cancel()
            self._turn = None
