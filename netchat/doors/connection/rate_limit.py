"""The rate limit of a client's lines: a token bucket, and how long the client has exceeded it.

Each line takes a token from the bucket, which holds `burst` tokens and gains `rate` a second. A
line for which there is no token waits; it is not lost. A client may have a burst of lines waiting
for any time: one that waits for answers before it sends more never has more. A client that has had
more than a burst of lines waiting for `flood_timeout` seconds without a break is flooding.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from netchat.model.limits import ConnectionLimits

FREE_BLANKS = 64
"""How many blank lines at a time cost nothing; more cost a burst, because skipping them is work."""
_TOLERANCE = 1e-6
"""What may be missing of a token, because times are not exact."""


def is_rate_limited(limits: ConnectionLimits) -> bool:
    """Return whether `limits` limit the rate of lines."""
    return limits.burst > 0 and limits.rate > 0


@lru_cache(maxsize=4)  # Called with the same arguments for each open connection.
def adapted(before: ConnectionLimits | None, limits: ConnectionLimits) -> ConnectionLimits | None:
    """Return the limits of a connection that began under `before`, now that `limits` apply.

    None: its rate is not limited. The burst never shrinks, because a program relies on the one that
    its welcome announced.
    """
    if before is None or not is_rate_limited(limits):
        return None
    return replace(limits, burst=max(before.burst, limits.burst))


class TokenBucket:
    """The bucket of one client; all times are seconds of a clock that is never set back."""

    __slots__ = ("_behind_since", "_full_at", "_limits", "waiting")

    def __init__(self, limits: ConnectionLimits) -> None:
        self.waiting = 0
        """How many lines have arrived and have not been taken yet."""
        self._limits = limits
        self._full_at = 0.0
        self._behind_since: float | None = None

    @property
    def is_behind(self) -> bool:
        """Whether more than a burst of lines waits."""
        return self.waiting > self._limits.burst

    def allowed(self, now: float) -> int:
        """Return how many lines may be taken now."""
        return max(0, int(self._tokens(now) + _TOLERANCE))

    def take(self, lines: int, now: float) -> None:
        """Take the tokens of `lines` lines."""
        self._full_at = max(self._full_at, now) + lines / self._limits.rate

    def take_waiting(self, now: float) -> None:
        """Take the token of a line that was waiting."""
        self.waiting = max(0, self.waiting - 1)
        self.take(1, now)

    def skip_blanks(self, now: float) -> None:
        """Record that all that was still waiting was blank, which costs a burst if it was much."""
        if self.waiting > FREE_BLANKS:
            self.take(self._limits.burst, now)
        self.waiting = 0

    def reset(self, limits: ConnectionLimits | None) -> TokenBucket | None:
        """Return a full bucket under `limits` with the same number of lines waiting.

        None if no lines wait, or the rate is not limited: then no bucket is needed yet.
        """
        if limits is None or not self.waiting:
            return None
        bucket = TokenBucket(limits)
        bucket.waiting = self.waiting
        return bucket

    def wait(self, now: float) -> float:
        """Return the seconds until the next line may be taken."""
        missing = 1 - self._tokens(now)
        return max(0.0, missing / self._limits.rate) if missing > _TOLERANCE else 0.0

    def is_flooding(self, now: float) -> bool:
        """Return whether the client is flooding; to be called whenever a line may be taken."""
        if not self.is_behind:
            self._behind_since = None
        elif self._behind_since is None:
            self._behind_since = now
        else:
            return 0 < self._limits.flood_timeout <= now - self._behind_since
        return False

    def excuse(self, seconds: float) -> None:
        """Do not count `seconds`, in which lines waited for something else than the rate limit."""
        if self._behind_since is not None:
            self._behind_since += seconds

    def _tokens(self, now: float) -> float:
        return self._limits.burst - max(0.0, self._full_at - now) * self._limits.rate
