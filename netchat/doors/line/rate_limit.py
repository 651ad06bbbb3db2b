"""How fast a guest may speak: a token bucket, and how long he has been faster than that.

A line takes a token out of the bucket, which holds `burst` of them and gets `rate` a second back.
What finds no token waits; it is not lost. As long as no more than a burst waits, nobody minds how
long: whoever waits for answers before he says more is never more behind than that. Whoever is, for
`flood_timeout` seconds without a break, floods.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from netchat.model.limits import ConnectionLimits

FREE_BLANKS = 64
"""How many blank lines at once cost nothing; more are a burst. A hostile guest sends them first."""
_ALMOST = 1e-6
"""What a token may lack, because times are not exact."""


def paced(limits: ConnectionLimits) -> bool:
    """Return whether there is a limit to how fast a guest may speak."""
    return limits.burst > 0 and limits.rate > 0


@lru_cache(maxsize=4)  # there may be many to whom the same happens
def adapted(before: ConnectionLimits | None, limits: ConnectionLimits) -> ConnectionLimits | None:
    """Return what holds for a guest who was under `before`, now that `limits` hold; None for none.

    No burst becomes smaller, because a program counts on the one that it was told.
    """
    if before is None or not paced(limits):
        return None
    return replace(limits, burst=max(before.burst, limits.burst))


class TokenBucket:
    """The pace of one guest who speaks; times are seconds of a clock that is never set."""

    __slots__ = ("_behind_since", "_full_at", "_limits", "waiting")

    def __init__(self, limits: ConnectionLimits) -> None:
        self.waiting = 0
        """How many lines have come, and have not been taken yet."""
        self._limits = limits
        self._full_at = 0.0
        self._behind_since: float | None = None

    @property
    def behind(self) -> bool:
        """Whether more waits than may be said at once."""
        return self.waiting > self._limits.burst

    def allowed(self, now: float) -> int:
        """Return how many lines may be taken now."""
        return max(0, int(self._tokens(now) + _ALMOST))

    def take(self, lines: int, now: float) -> None:
        """Learn that so many `lines` are taken now."""
        self._full_at = max(self._full_at, now) + lines / self._limits.rate

    def take_waiting(self, now: float) -> None:
        """Learn that a line that was waiting is taken now."""
        self.waiting = max(0, self.waiting - 1)
        self.take(1, now)

    def pass_over(self, now: float) -> None:
        """Learn that what is still waiting is blank: no line, but a great many of them are work."""
        if self.waiting > FREE_BLANKS:
            self.take(self._limits.burst, now)
        self.waiting = 0

    def reset(self, limits: ConnectionLimits | None) -> TokenBucket | None:
        """Return the pace, under `limits`, of who has said nothing yet, though as much waits."""
        if limits is None or not self.waiting:
            return None
        pace = TokenBucket(limits)
        pace.waiting = self.waiting
        return pace

    def wait(self, now: float) -> float:
        """Return the seconds until the next line may be taken."""
        missing = 1 - self._tokens(now)
        return max(0.0, missing / self._limits.rate) if missing > _ALMOST else 0.0

    def floods(self, now: float) -> bool:
        """Return whether he has been behind for too long; ask whenever a line may be taken."""
        if not self.behind:
            self._behind_since = None
        elif self._behind_since is None:
            self._behind_since = now
        else:
            return 0 < self._limits.flood_timeout <= now - self._behind_since
        return False

    def excuse(self, seconds: float) -> None:
        """Learn that for so long it was something else that he waited for than his own pace."""
        if self._behind_since is not None:
            self._behind_since += seconds

    def _tokens(self, now: float) -> float:
        return self._limits.burst - max(0.0, self._full_at - now) * self._limits.rate
