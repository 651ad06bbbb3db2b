"""Rate limit of joins and leaves: if an address causes more, several of them are told in one line.

What a client says is limited, but it can also make the others read by connecting and leaving. Up to
the rate of its address, joins and leaves happen at once. Beyond it they wait, and happen together
in one turn, so that the others read one line; leaves come first, so that a name that is used again
costs no further line. Nobody is refused, so no network is exempt, and a crowd that returns after a
restart is back in seconds.

Source: the generic cell rate algorithm (ITU-T I.371), which keeps one time per address.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from twisted.internet.interfaces import IDelayedCall, IReactorTime

    from netchat.admission.policy import AdmissionPolicy

BURST = 20
"""How many joins and leaves of an address happen at once after a silence."""
JOINS_TOGETHER = 50
"""The maximum number of joins that happen in one turn after they have waited."""


class Client(Protocol):
    """A connection over which a guest joins or leaves."""

    key: bytes

    def fail(self) -> None:
        """Log the exception being handled, which is a bug, and close at once."""


class _Queue:
    """What waits at one address until `timer` calls."""

    __slots__ = ("joins", "leaves", "timer")

    def __init__(self, timer: IDelayedCall) -> None:
        self.joins: dict[Client, Callable[[], object]] = {}
        self.leaves: list[tuple[Client, Callable[[], object]]] = []
        self.timer = timer


class PresenceThrottle:
    """Calls what joins and leaves are, at `join_rate` of the limits of `policy` per address.

    Nothing is kept of an address from which nobody has come or gone for a few seconds.
    """

    def __init__(self, clock: IReactorTime, policy: AdmissionPolicy) -> None:
        self._clock = clock
        self._policy = policy
        self._busy_until: dict[bytes, float] = {}
        """When an address has its whole burst again, those used longest ago first."""
        self._queues: dict[bytes, _Queue] = {}
        self._stopped = False

    @property
    def addresses(self) -> int:
        """How many addresses something is kept of."""
        return len(self._busy_until)

    def join(self, client: Client, call: Callable[[], bool]) -> float:
        """Call `call` when `client` may join; return within how many seconds (0: it was called).

        `call` returns whether the client has joined: a name that is refused costs nothing.
        """
        queue = self._queue_of(client.key)
        if queue is None:
            if not call():
                self._give_back(client.key)
            return 0.0
        queue.joins[client] = call
        turns = (len(queue.joins) - 1) // JOINS_TOGETHER
        return queue.timer.getTime() - self._clock.seconds() + turns / self._policy.limits.join_rate

    def leave(self, client: Client, call: Callable[[], None]) -> None:
        """Call `call`, which lets a guest leave, when the others may be told that."""
        queue = self._queue_of(client.key)
        if queue is None:
            call()
        else:
            queue.leaves.append((client, call))

    def cancel(self, client: Any, key: bytes) -> None:
        """Forget the join of `client`, if it waits: the connection, of `key`, is closed."""
        queue = self._queues.get(key)
        if queue is not None:
            queue.joins.pop(client, None)

    def stop(self) -> None:
        """Let all leave who wait for it; from now on nothing waits."""
        self._stopped = True
        queues, self._queues = self._queues, {}
        for queue in queues.values():
            queue.timer.cancel()
            _call_all(queue.leaves)

    def _queue_of(self, key: bytes) -> _Queue | None:
        """Return the queue of the address with `key`; None if a join or leave may happen now."""
        queue, rate = self._queues.get(key), self._policy.limits.join_rate
        if queue is None and rate and not self._stopped:
            wait = self._take(key, 1 / rate)
            if wait > 0:
                timer = self._clock.callLater(wait, self._release, key)
                queue = self._queues[key] = _Queue(timer)
        return queue

    def _take(self, key: bytes, interval: float) -> float:
        """Take one of the burst, and return 0; or return after how many seconds there is one."""
        now, times = self._clock.seconds(), self._busy_until
        busy_until = max(times.pop(key, now), now)
        wait = busy_until - now - (BURST - 1) * interval
        if wait < interval / 1000:  # Sums of floating-point numbers are not exact.
            wait, busy_until = 0.0, busy_until + interval
        times[key] = busy_until
        while times[oldest := next(iter(times))] <= now:
            del times[oldest]
        return wait

    def _give_back(self, key: bytes) -> None:
        rate = self._policy.limits.join_rate
        if rate and key in self._busy_until:
            self._busy_until[key] -= 1 / rate

    def _release(self, key: bytes) -> None:
        queue = self._queues[key]
        leaves, queue.leaves = queue.leaves, []
        _call_all(leaves)
        joins = list(islice(queue.joins.items(), JOINS_TOGETHER))
        for client, _ in joins:
            del queue.joins[client]
        _call_all(joins)
        rate = self._policy.limits.join_rate
        interval = 1 / rate if rate else 0.0
        self._take(key, interval)
        if queue.joins or queue.leaves:
            queue.timer = self._clock.callLater(interval, self._release, key)
        else:
            del self._queues[key]


def _call_all(calls: list[tuple[Client, Callable[[], object]]]) -> None:
    for client, call in calls:
        try:
            call()
        except Exception:
            client.fail()
