"""The incoming half of a connection: lines, a limited number in each turn of the reactor.

While lines wait for their turn nothing more is read, so that the kernel makes the client wait:
nothing is dropped, and nothing accumulates here. (While they wait only for the rate limit, one
burst more is read, to find out whether the client floods: netchat.doors.connection.rate_limit.)
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from netchat.dialects.framing import EndlessLineError, TooLong
from netchat.doors.connection.rate_limit import TokenBucket, adapted, is_rate_limited
from netchat.doors.connection.whole_second import whole_second
from netchat.model.disconnects import BYE, ENDLESS_LINE, FLOOD

if TYPE_CHECKING:
    from twisted.internet.interfaces import IDelayedCall, IReactorTime

    from netchat.doors.connection.framing import Framing
    from netchat.model.events import Closing
    from netchat.model.limits import ConnectionLimits
    from netchat.session.session import Session

LINES_PER_TURN = 64
_NONE: Iterator[bytes | TooLong] = iter(())

R = TypeVar("R")


class Owner(Protocol):
    """The protocol that the queue belongs to."""

    session: Session

    def lineReceived(self, line: bytes | TooLong) -> bool:
        """Take one line; return whether another may follow in the same turn."""

    def fail(self) -> None:
        """Called when taking a line has raised, within the `except`; that is a bug."""


class InputQueue(Generic[R]):
    """Passes the lines of `transport`, cut by `framer`, to `owner` as fast as `limits` allow."""

    __slots__ = (
        "_all_read",
        "_bucket",
        "_clock",
        "_end",
        "_framer",
        "_limits",
        "_lines",
        "_owner",
        "_paused_at",
        "_stopped",
        "_transport",
        "_turn",
        "_unread",
        "last_fed",
    )

    def __init__(
        self,
        transport: Any,
        clock: IReactorTime,
        framer: Framing[R],
        owner: Owner,
        limits: ConnectionLimits,
    ) -> None:
        self._transport = transport
        self._clock = clock
        self._framer = framer
        self._owner = owner
        self._limits = limits if is_rate_limited(limits) else None
        self._bucket: TokenBucket | None = None
        """None before the first line, or if the rate is not limited."""
        self._unread: tuple[R, ...] = ()
        """Reads that wait; a few at most, because reading is paused while lines wait."""
        self._lines: Iterator[bytes | TooLong] = _NONE
        self._turn: IDelayedCall | None = None
        self._end: Closing | None = None
        """With what the session leaves behind the last line, once the input has ended."""
        self._all_read = False
        self._stopped = False
        self._paused_at: float | None = None
        """The time of `pause`; None if not paused."""
        self.last_fed = 0
        """When something has arrived last, in whole seconds of the clock; 0: nothing has."""

    def feed(self, data: R) -> bool:
        """Take a read; return whether it was whole lines that are all passed on by now."""
        if self._stopped:
            return False
        self.last_fed = whole_second(int(self._clock.seconds()))
        idle = self._turn is None and self._paused_at is None
        if idle and self._pass_whole(data):
            return True
        self._unread += (data,)
        bucket = self._get_bucket()
        if bucket is not None:
            bucket.waiting += self._framer.count(data)
        if idle:
            self._process()
        elif bucket is not None and bucket.is_behind:
            self._transport.pauseProducing()
        return False

    def apply_limits(self, limits: ConnectionLimits) -> None:
        """Apply other `limits` from now on, with a full burst."""
        self._limits = adapted(self._limits, limits)
        self.reset()

    def reset(self) -> None:
        """Fill the token bucket."""
        if self._bucket is not None:
            self._bucket = self._bucket.reset(self._limits)

    def end(self, closing: Closing = BYE, *, at_once: bool = False, broken: bool = False) -> None:
        """Take the end of the input; with `at_once`, also the lines that still wait.

        The session leaves with `closing` behind the last line. Of a client that exceeds the rate
        limit that is one burst: hanging up does not circumvent the limit. If the input is `broken`
        off, an incomplete last line is dropped.
        """
        if self._stopped or (self._end is not None and not at_once):
            return
        self._end = self._end or closing
        self._all_read = self._all_read or broken
        if at_once:
            self._cancel()
            self._process(None if self._limits is None else self._limits.burst, at_once=True)
        elif self._turn is None and self._paused_at is None:
            self._process()

    def pause(self) -> None:
        """Pass on no lines for now."""
        if self._paused_at is None and not self._stopped:
            self._paused_at = self._clock.seconds()
            self._cancel()
            self._transport.pauseProducing()

    def resume(self) -> None:
        """Pass on lines again, from another turn on, and within the rate limit."""
        if self._paused_at is not None and not self._stopped:
            if self._bucket is not None:
                self._bucket.excuse(self._clock.seconds() - self._paused_at)
            self._paused_at = None
            self._turn = self._clock.callLater(0, self._next_turn)

    def stop(self) -> None:
        """Pass on nothing more."""
        self._stopped = True
        self._cancel()

    def discard(self) -> None:
        """Pass on nothing more, but keep reading, to notice when the client closes its half."""
        self.stop()
        self._resume_transport()

    def _get_bucket(self) -> TokenBucket | None:
        """Return the token bucket, made on first use; None if the rate is not limited."""
        if self._bucket is None and self._limits is not None:
            self._bucket = TokenBucket(self._limits)
        return self._bucket

    def _pass_whole(self, read: R) -> bool:
        """Pass `read` on at once if it is a few whole lines that are allowed now; else False."""
        data, lines, now = self._framer.whole(read), 0, 0.0
        if not data or (lines := data.count(b"\n")) > LINES_PER_TURN:
            return False
        bucket = self._bucket or self._get_bucket()
        if bucket is not None:
            now = self._clock.seconds()
            if lines > bucket.allowed(now):
                return False
        try:
            taken = self._owner.session.receive_whole_lines(data)
        except Exception:
            self.stop()
            self._owner.fail()
            return True
        if taken and bucket is not None:
            bucket.take(lines, now)
        return taken

    def _process(self, budget: int | None = LINES_PER_TURN, *, at_once: bool = False) -> None:
        """Pass on `budget` lines (None: all), and schedule the rest; with `at_once`, drop it."""
        bucket = self._bucket
        if bucket is not None and budget and not at_once:
            budget = min(budget, bucket.allowed(self._clock.seconds()))
            if not budget:
                self._schedule()
                return
        try:
            if self._pass_lines(budget, at_once=at_once):
                if at_once:
                    self.stop()
                elif self._paused_at is None and self._turn is None:
                    # A line whose answer was there at once has paused and resumed already.
                    self._schedule()
            elif self._end is not None:
                self.stop()
                self._owner.session.leave(self._end)
        except EndlessLineError:
            self.stop()
            self._owner.session.leave(ENDLESS_LINE)
        except Exception:
            self.stop()
            self._owner.fail()

    def _pass_lines(self, budget: int | None, *, at_once: bool) -> bool:
        """Pass on `budget` lines; return whether there may be more for another turn."""
        while not self._stopped:
            for line in self._lines:
                if not (line or self._framer.yield_blanks):
                    continue
                if self._bucket is not None:
                    self._bucket.take_waiting(self._clock.seconds())
                more = self._owner.lineReceived(line)
                if budget is not None:
                    budget -= 1
                    if not budget or ((self._paused_at is not None or not more) and not at_once):
                        return True
                if self._stopped:
                    return False
            if not self._frame_next():
                return False
        return False

    def _frame_next(self) -> bool:
        """Cut the next read into lines; return whether there was one."""
        if self._unread:
            data, *rest = self._unread
            self._unread = tuple(rest)
            self._lines = self._framer.feed(data)
        elif self._end is not None and not self._all_read:
            self._all_read = True
            self._lines = self._framer.rest()
        else:
            # Silent clients, of which there may be many, keep nothing in memory.
            self._lines = _NONE
            if self._bucket is not None:
                self._bucket.skip_blanks(self._clock.seconds())
            return False
        return True

    def _schedule(self) -> None:
        wait = 0.0 if self._bucket is None else self._bucket.wait(self._clock.seconds())
        if wait and self._bucket is not None and not self._bucket.is_behind:
            self._resume_transport()
        else:
            self._transport.pauseProducing()
        self._turn = self._clock.callLater(wait, self._next_turn)

    def _next_turn(self) -> None:
        self._turn = None
        if self._bucket is not None and self._bucket.is_flooding(self._clock.seconds()):
            self.stop()
            self._owner.session.leave(FLOOD)
            return
        self._process()
        if self._turn is None and self._paused_at is None and not self._stopped:
            self._resume_transport()

    def _resume_transport(self) -> None:
        # Resuming after the end of the input would report the end again.
        if self._end is None:
            self._transport.resumeProducing()

    def _cancel(self) -> None:
        if self._turn is not None:
            self._turn.cancel()
            self._turn = None
