"""How many key exchanges the server makes: each costs it half a millisecond.

A client can ask for one with a few bytes and without any work of its own (DHEat, CVE-2002-20001).
So the server makes a limited number a second, and the addresses take turns; and one connection may
have a few only.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from twisted.internet.interfaces import IDelayedCall, IReactorTime

PER_SECOND = 200
"""Key exchanges a second, of all connections: a tenth of a processor."""
TURN = 0.05
"""Seconds between two turns while some wait."""
REKEY_INTERVAL = 10.0
"""Seconds for each of which a connection may have one more key exchange."""
FREE_REKEYS = 4
"""How many it may have beside these."""


class KeyExchanges:
    """Makes key exchanges at a limited pace."""

    def __init__(self, clock: IReactorTime) -> None:
        self._clock = clock
        self._waiting: OrderedDict[bytes, deque[Callable[[], None]]] = OrderedDict()
        self._left = int(PER_SECOND * TURN)
        self._timer: IDelayedCall | None = None

    def request(self, key: bytes, make: Callable[[], None]) -> None:
        """Call `make`, at once or later, in turn with other addresses than that of `key`."""
        if self._left and not self._waiting:
            self._left -= 1
            self._start_timer()
            make()
            return
        self._waiting.setdefault(key, deque()).append(make)
        self._start_timer()

    def stop(self) -> None:
        """Make none that waits."""
        self._waiting.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _start_timer(self) -> None:
        if self._timer is None:
            self._timer = self._clock.callLater(TURN, self._next_turn)

    def _next_turn(self) -> None:
        self._timer = None
        self._left = int(PER_SECOND * TURN)
        while self._left and self._waiting:
            key, calls = self._waiting.popitem(last=False)
            make = calls.popleft()
            if calls:
                self._waiting[key] = calls
            self._left -= 1
            make()
        if self._waiting:
            self._start_timer()
