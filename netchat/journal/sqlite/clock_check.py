"""Whether the wall clock can be trusted to delete lines by their age.

A clock that is wrong for a minute, such as that of a machine without a battery, would make every
line look old. So the wall clock is compared with one that is never set, and over a restart with
its own last reading, or with the newest line if there is none.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

DAY = 86_400
LONGEST_SLEEP = 1 * DAY
"""By how many seconds the wall clock may gain while the server runs: a machine may sleep."""
LONGEST_STOP = 7 * DAY
"""For how many seconds the server may have been stopped.

Both are at most half of the time for which lines are kept, so that no jump deletes them all.
"""

_JUMPED = (
    "The clock has jumped {way} by {days:.1f} days, so for {keep:g} days no line is deleted"
    " because of its age; correct the clock if it is wrong, or restart with --clock trusted if it"
    " is right and old lines must not wait."
)
_RIGHT_AGAIN = "The clock is right again: lines are deleted because of their age as before."
_ACCEPTED = (
    "The clock has not jumped for {keep:g} days, so it counts as right: lines are deleted because"
    " of their age again."
)


@dataclass(slots=True)
class ClockReadings:
    """What has to be known of the wall clock over a restart, in seconds since the epoch.

    `seen` is its last reading, `right` what it would be if it had not jumped, and `jumped` its
    first reading after the jump; without a jump, `right` is `seen` and `jumped` is 0.
    """

    seen: float
    right: float
    jumped: float = 0.0


class ClockCheck:
    """Compares the wall clock with `seconds`, a clock that is never set.

    Lines are to be kept for `keep` seconds. After a jump, the wall clock is trusted again when it
    has gone back, or has not jumped for `keep` seconds: every line is then old enough whatever the
    clock said before. `warn` and `inform` are called with sentences for the operator.
    """

    def __init__(
        self,
        readings: ClockReadings,
        keep: float,
        *,
        seconds: Callable[[], float],
        warn: Callable[[str], None],
        inform: Callable[[str], None],
    ) -> None:
        self.readings = readings
        self._keep = keep
        self._seconds = seconds
        self._warn = warn
        self._inform = inform
        self._last: float | None = None

    def is_right(self, now: float) -> bool:
        """Return whether the wall clock, which says `now`, can be trusted."""
        seconds = self._seconds()
        passed = 0.0 if self._last is None else seconds - self._last
        tolerance = min(self._keep / 2, LONGEST_STOP if self._last is None else LONGEST_SLEEP)
        self._last = seconds
        readings = self.readings
        gained = now - (readings.seen + passed)
        was_right, jumped = readings.right + passed, readings.jumped
        if abs(now - was_right) <= tolerance:
            if jumped:
                self._inform(_RIGHT_AGAIN)
            self.readings = ClockReadings(now, now)
            return True
        if not jumped or abs(gained) > tolerance:
            days, way = abs(gained) / DAY, "forward" if gained > 0 else "back"
            self._warn(_JUMPED.format(way=way, days=days, keep=self._keep / DAY))
            jumped = now
        elif now - jumped >= self._keep:
            self._inform(_ACCEPTED.format(keep=self._keep / DAY))
            self.readings = ClockReadings(now, now)
            return True
        self.readings = ClockReadings(now, was_right, jumped)
        return False
