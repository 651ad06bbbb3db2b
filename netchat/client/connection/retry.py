"""When to try the server again after a connection failed."""

from __future__ import annotations

from collections.abc import Callable

MAX_DELAY = 60.0
"""Wait at most this many seconds before the next attempt, if the server asked for no delay."""
MIN_DELAY = 0.1
MAX_REQUESTED_DELAY = 600.0
"""Wait at most this many seconds because the server asked for a delay."""


def backoff_delay(failures: int, jitter: float) -> float:
    """Return how many seconds to wait after so many `failures` in a row (1, 2, 3 ...).

    The upper bound is one second after the first failure; it doubles with each failure, up to
    MAX_DELAY. `jitter` (0 to 1) is the fraction of it to wait, so that clients do not all return to
    a restarted server at the same moment.
    """
    return max(MIN_DELAY, jitter * min(2.0 ** min(failures - 1, 10), MAX_DELAY))


def requested_delay(retry: float, jitter: float) -> float:
    """Return how many seconds to wait for a server that asks for `retry` seconds (above 0).

    That is `retry` seconds, and up to twice as long for a `jitter` from 0 to 1: clients that were
    told at the same moment spread their return over as much time as they were asked to wait.
    """
    return max(MIN_DELAY, min(retry, MAX_REQUESTED_DELAY) * (1 + jitter))


class RetrySchedule:
    """The delay before each attempt to connect; `random` returns a number from 0 to 1."""

    def __init__(self, random: Callable[[], float]) -> None:
        self.requested = 0.0
        """How many seconds the server asked for; it holds for the next attempt only."""
        self._random = random
        self._failures = 0

    def reset(self) -> None:
        """Start again with the shortest delay; called after a login."""
        self._failures = 0

    def next_delay(self, servers: int = 1) -> float:
        """Count a failure; return how many seconds to wait before the next attempt.

        So many `servers` are tried in turn; the delay grows when all of them have failed.
        """
        self._failures += 1
        requested, self.requested = self.requested, 0.0
        jitter = self._random()
        if requested > 0:
            return requested_delay(requested, jitter)
        return backoff_delay(-(-self._failures // servers), jitter)
