"""Who says the password: from each address one at a time, and a wrong one takes a second.

So whoever guesses has a guess a second, however many connections he has. A right word takes no
time, but waits for its turn like any other: else one could see who is answered at once. The limit
for an address is not for all (admission.py); of others each connection is an address. Of an address
something is known only as long as it is somebody's turn.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

from netchat.admission.policy import host_at
from netchat.observability.connection_log import peer_name

if TYPE_CHECKING:
    from twisted.internet.interfaces import IAddress, IReactorTime

    from netchat.admission.policy import AdmissionPolicy
    from netchat.observability.connection_log import ConnectionLog

DELAY = 1.0
"""Seconds that a wrong word takes.

Were they more, whoever has the right one and comes last of the 16 who may be connected from an
address would be in only when his client has given up (after 20 s).
"""
Word = tuple[Callable[[], bool], Callable[[bool], None]]


class Speaker(Protocol):
    """A connection over which a word is said."""

    key: bytes

    @property
    def addr(self) -> IAddress:
        """Where it comes from."""

    def fail(self) -> None:
        """Log the exception being handled, which is a bug, and close at once."""


class PasswordThrottle:
    """Has words judged one by one, if `admission` limits an address; `book` hears of wrong ones."""

    def __init__(
        self, clock: IReactorTime, admission: AdmissionPolicy, book: ConnectionLog
    ) -> None:
        self._clock = clock
        self._admission = admission
        self._book = book
        self._queues: dict[object, dict[Speaker, Word]] = {}
        """Who waits until somebody else has had his turn."""

    @property
    def addresses(self) -> int:
        """Of how many addresses something is known."""
        return len(self._queues)

    def verify(
        self, guest: Speaker, is_it: Callable[[], bool], then: Callable[[bool], None]
    ) -> float:
        """Call `then` with what `is_it` tells, which is asked when it is the turn of `guest`.

        Return within how many seconds; 0: it has been called.
        """
        exempt = self._admission.is_exempt(host_at(guest.addr))
        key = guest if exempt else guest.key
        busy = key in self._queues
        queue = self._queues.setdefault(key, {})
        queue[guest] = (is_it, then)
        if not busy:
            self._next(key)
        return DELAY * (1 + len(queue)) if key in self._queues else 0.0

    def cancel(self, guest: Any, key: bytes) -> None:
        """Learn that `guest` from `key` is gone: it is no longer his turn, if he waits for it."""
        self._queues.get(key, {}).pop(guest, None)

    def _next(self, key: object) -> None:
        queue = self._queues[key]
        while queue:
            guest = next(iter(queue))
            is_it, then = queue.pop(guest)
            try:
                if not is_it():
                    self._book.guessed(peer_name(guest.addr))
                    self._clock.callLater(DELAY, self._answer, key, guest, then)
                    return
                then(True)
            except Exception:
                guest.fail()
        del self._queues[key]

    def _answer(self, key: object, guest: Speaker, then: Callable[[bool], None]) -> None:
        try:
            then(False)
        except Exception:
            guest.fail()
        self._next(key)
