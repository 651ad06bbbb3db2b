"""Rate limit of password attempts for one name, from however many addresses they come.

After FREE wrong passwords for a name each further attempt has to wait: a second at first, then
twice as long each time, up to MAX_DELAY. Attempts for one name are made one after the other; the
one whose address has failed least often for this name is the next, and of several the one who has
come last: those who guess keep coming again, and the owner comes once. Who goes away before it is
their turn has failed, too, so that nobody is the last by coming again. An attempt that has to wait
for others of its address gives way. So who guesses from 50 addresses has about 8,600 attempts a
day, and the owner, from an address of their own, waits MAX_DELAY at most. Nothing is locked out for
ever: the failures are forgotten after a right password, or after FORGET seconds without a wrong
one.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from twisted.internet.interfaces import IDelayedCall, IReactorTime

    from netchat.admission.password_throttle import Answer, Check, PasswordClient, PasswordThrottle

FREE = 5
"""Wrong passwords after which further attempts have to wait."""
MAX_DELAY = 10.0
"""Seconds between two attempts at most."""
FORGET = 3600.0
"""Seconds after which wrong passwords are forgotten."""
MAX_ADDRESSES = 1000
"""How many addresses are remembered that have failed for one name, the latest."""
MAX_NAMES = 10_000
"""How many names are remembered for which passwords were wrong, those that were used last."""


class AccountThrottle:
    """Lets passwords be verified at the pace of their name, and of their address (`addresses`)."""

    def __init__(self, clock: IReactorTime, addresses: PasswordThrottle) -> None:
        self._clock = clock
        self._addresses = addresses
        self._names: OrderedDict[object, _Pace] = OrderedDict()
        """The pace of each name, those used longest ago first."""
        self._waiting: dict[PasswordClient, _Pace] = {}

    @property
    def names(self) -> int:
        """How many names are remembered."""
        return len(self._names)

    def verify(
        self, client: PasswordClient, name: object, check: Check, answer: Answer, device: str = ""
    ) -> None:
        """Call `answer` with the result of `check`, at the pace of `name`, which is any key.

        A `device` that has logged in before has a pace of its own: one attempt at a time.
        """
        if device:
            self._addresses.verify(client, check, answer, key=(name, device))
            return
        pace = self._pace_of(name)

        def start() -> None:
            self._addresses.verify(client, check, finished)

        def finished(matches: bool) -> None:
            self._leave(pace, client, matches=matches)
            answer(matches)

        self._reclaim_turn(pace, client)
        pace.waiting[client] = start
        self._waiting[client] = pace
        self._start_next(pace)

    def cancel(self, client: Any) -> None:
        """Drop the attempt of `client`, unless it is being verified already."""
        was_in_queue = self._addresses.cancel(client)
        pace = self._waiting.pop(client, None)
        if pace is None:
            return
        if pace.waiting.pop(client, None) or was_in_queue:
            pace.count(client.key)
        if pace.busy is client and was_in_queue:
            pace.busy = None
        self._start_next(pace)

    def stop(self) -> None:
        """Start no further attempts."""
        for pace in self._names.values():
            pace.waiting.clear()
            if pace.timer is not None:
                pace.timer.cancel()
                pace.timer = None

    def _leave(self, pace: _Pace, client: PasswordClient, *, matches: bool) -> None:
        self._waiting.pop(client, None)
        pace.busy = None
        now = self._clock.seconds()
        if matches:
            pace.failures, pace.next = 0, 0.0
            pace.by_address.clear()
        else:
            pace.failures += 1
            pace.last = now
            late = pace.failures - FREE
            pace.next = now + (min(2.0 ** min(late, 16), MAX_DELAY) if late >= 0 else 0.0)
            pace.count(client.key)
        self._start_next(pace)

    def _start_next(self, pace: _Pace) -> None:
        if pace.busy is not None or pace.timer is not None:
            return
        if not pace.waiting:
            if not pace.failures:
                self._names.pop(pace.name, None)
            return
        wait = pace.next - self._clock.seconds()
        if wait > 0:
            pace.timer = self._clock.callLater(wait, self._timer_ended, pace)
            return
        newest_first = reversed(pace.waiting)
        client = min(newest_first, key=lambda one: (pace.failed(one), self._addresses.is_busy(one)))
        pace.start, pace.busy = pace.waiting.pop(client), client
        pace.start()

    def _reclaim_turn(self, pace: _Pace, newcomer: PasswordClient) -> None:
        """Take the turn from who waits for others of its address, if `newcomer` goes before it."""
        holder = pace.busy
        if holder is None or pace.failed(newcomer) > pace.failed(holder):
            return
        if self._addresses.cancel(holder):
            pace.waiting[holder], pace.busy = pace.start, None

    def _timer_ended(self, pace: _Pace) -> None:
        pace.timer = None
        self._start_next(pace)

    def _pace_of(self, name: object) -> _Pace:
        now = self._clock.seconds()
        self._forget_some(now)
        pace = self._names.get(name)
        if pace is None or pace.is_over(now):
            pace = self._names[name] = _Pace(name)
        self._names.move_to_end(name)
        return pace

    def _forget_some(self, now: float) -> None:
        """Forget at most two names, of which one more is about to be remembered at most."""
        for _ in range(2):
            oldest = next(iter(self._names.values()), None)
            if oldest is None:
                return
            if not oldest.is_quiet:
                self._names.move_to_end(oldest.name)
            elif len(self._names) >= MAX_NAMES or oldest.is_over(now):
                del self._names[oldest.name]
            else:
                return


class _Pace:
    """The attempts for one name."""

    __slots__ = (
        "busy",
        "by_address",
        "failures",
        "last",
        "name",
        "next",
        "start",
        "timer",
        "waiting",
    )

    def __init__(self, name: object) -> None:
        self.name = name
        self.busy: PasswordClient | None = None
        """Whose password is being verified, or waits for others of its address."""
        self.start: Callable[[], None] = _nothing
        """What verifies that password."""
        self.waiting: dict[PasswordClient, Callable[[], None]] = {}
        self.failures = 0
        self.by_address: OrderedDict[bytes, int] = OrderedDict()
        """How often each address has failed, or has gone away before its turn."""
        self.last = 0.0
        """When the last one failed."""
        self.next = 0.0
        """When the next attempt may be made."""
        self.timer: IDelayedCall | None = None

    @property
    def is_quiet(self) -> bool:
        """Whether no attempt is made, or waits."""
        return self.busy is None and not self.waiting and self.timer is None

    def is_over(self, now: float) -> bool:
        """Return whether the failures can be forgotten."""
        return self.is_quiet and now - self.last >= FORGET

    def failed(self, client: PasswordClient) -> int:
        """Return how often the address of `client` has failed."""
        return self.by_address.get(client.key, 0)

    def count(self, key: bytes) -> None:
        """Count a failure of the address with this `key`."""
        self.by_address[key] = self.by_address.pop(key, 0) + 1
        if len(self.by_address) > MAX_ADDRESSES:
            self.by_address.popitem(last=False)


def _nothing() -> None:
    """Nobody's password is verified."""
